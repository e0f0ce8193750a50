"""The rows of the index, made from the archive's files."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from clapmark.archive.archive import Archive
from clapmark.archive.journals import Journal, parse_log
from clapmark.archive.wall_time import Clock
from clapmark.base.errors import ConflictError
from clapmark.bookmarks.assignments import read_drops
from clapmark.bookmarks.fold import fold_bookmarks
from clapmark.bookmarks.linker import Linker, linker_of
from clapmark.conference.spans import read_schedules
from clapmark.countdowns.runs import runs_of
from clapmark.index.posts import Text, texts_of_post
from clapmark.index.sources import Sources
from clapmark.posts.deletions import read_deleted
from clapmark.posts.flavours import FLAVOURS
from clapmark.posts.paths import post_paths
from clapmark.posts.write_log import Written
from clapmark.schedule import Schedule, Talk

_TALK_ROW = "INSERT INTO talks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BOOKMARK_ROW = "INSERT OR REPLACE INTO bookmarks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COUNTDOWN_ROW = "INSERT OR REPLACE INTO countdowns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TEXT_ROW = "INSERT INTO texts (kind, talk, bookmark, title, speakers, text, source) VALUES (?, ?, ?, ?, ?, ?, ?)"

Row = tuple[object, ...]


def fill_schedules(connection: sqlite3.Connection, archive: Archive) -> None:
    """Add all conferences and their talks."""
    for schedule in read_schedules(archive).values():
        slug = schedule.slug
        days = schedule.start.isoformat(), schedule.end.isoformat()
        connection.execute(
            "INSERT INTO conferences VALUES (?, ?, ?, ?, ?)", (slug, schedule.title, schedule.zone, *days)
        )
        connection.executemany(_TALK_ROW, (_talk_row(slug, talk) for talk in schedule.talks))
        rows = (
            ("talk", talk_key(slug, talk.id), None, talk.title, ", ".join(talk.speakers), talk.abstract, slug)
            for talk in schedule.talks
        )
        connection.executemany(_TEXT_ROW, rows)


def fill(
    connection: sqlite3.Connection, archive: Archive, sources: Sources, changed: Collection[str]
) -> dict[str, str]:
    """Add the bookmarks of the changed logs and the words in the changed posts.

    Returns, by its name, a sentence on each post that could not be read.
    """
    schedules = read_schedules(archive)
    linker = linker_of(archive, schedules.values())
    for device, epoch in archive.journals():
        path = archive.log_path(device, epoch)
        name = path.relative_to(archive.folder).as_posix()
        if name in sources.logs and name in changed:
            journal = parse_log(device, epoch, path.read_bytes())
            clock = Clock(journal.records)
            connection.executemany(_BOOKMARK_ROW, _bookmark_rows(journal, clock, name, schedules, linker))
            connection.executemany(_COUNTDOWN_ROW, _countdown_rows(journal, clock, name, schedules, linker))
    notices: dict[str, str] = {}
    flavour = FLAVOURS[archive.settings.flavour]
    for slug, schedule in schedules.items():
        written_path = archive.written_path(slug)
        written = Written(written_path.read_bytes() if written_path.exists() else b"")
        for path in post_paths(archive, slug):
            name = path.relative_to(archive.folder).as_posix()
            if name not in sources.posts or name not in changed:
                continue
            try:
                texts = texts_of_post(path.read_bytes(), schedule, flavour, written)
            except ConflictError as error:
                notices[name] = f"The words in {name} cannot be found by a search: {error}."
            else:
                connection.executemany(_TEXT_ROW, _text_rows(slug, texts, name))
    return notices


def find_hidden(connection: sqlite3.Connection, archive: Archive) -> set[str]:
    """Note which bookmarks are deleted in their posts or dropped; return the logs of those that are no longer.

    The rule is that of `posts.deletions`: such a bookmark counts nowhere.
    """
    gone = dict.fromkeys(read_drops(archive), "")
    for slug, schedule in read_schedules(archive).items():
        for name in read_deleted(archive, slug, schedule.start, schedule.end):
            gone.setdefault(name, slug)
    known = {
        row[0]: (row[1], row[2]) for row in connection.execute("SELECT id, conference, source FROM hidden_bookmarks")
    }
    back = {name for name, (conference, _) in known.items() if gone.get(name) != conference}
    connection.executemany("DELETE FROM hidden_bookmarks WHERE id = ?", ((name,) for name in back))
    fresh = ((name, slug) for name, slug in gone.items() if name not in known or name in back)
    connection.executemany("INSERT INTO hidden_bookmarks VALUES (?, ?, '')", fresh)
    return {known[name][1] for name in back if known[name][1]}


def take_out_hidden(connection: sqlite3.Connection) -> None:
    """Take the hidden bookmarks out of the table of bookmarks, and note which log they come from."""
    found = (
        "SELECT bookmarks.id, bookmarks.source FROM bookmarks "
        "JOIN hidden_bookmarks AS hidden ON hidden.id = bookmarks.id "
        "WHERE hidden.conference IN ('', bookmarks.conference)"
    )
    rows = connection.execute(found).fetchall()
    connection.executemany("UPDATE hidden_bookmarks SET source = ? WHERE id = ?", ((row[1], row[0]) for row in rows))
    connection.executemany("DELETE FROM bookmarks WHERE id = ?", ((row[0],) for row in rows))


def forget(connection: sqlite3.Connection, source: str) -> None:
    """Take out what came from one file."""
    connection.execute("DELETE FROM bookmarks WHERE source = ?", (source,))
    connection.execute("DELETE FROM countdowns WHERE source = ?", (source,))
    connection.execute("DELETE FROM texts WHERE source = ?", (source,))
    connection.execute("DELETE FROM sources WHERE path = ?", (source,))


def talk_key(slug: str, talk_id: str) -> str:
    """Return what names a talk among those of all conferences."""
    return f"{slug}/{talk_id}"


def _talk_row(slug: str, talk: Talk) -> Row:
    start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in (talk.start, talk.end))
    return (
        talk_key(slug, talk.id), talk.title, slug, start[:10], start, end, talk.room, _names(talk.speakers), talk.track,
        talk.kind, talk.vanished, talk.abstract, talk.url, talk.recording_url,
    )  # fmt: skip


def _countdown_rows(
    journal: Journal, clock: Clock, name: str, schedules: dict[str, Schedule], linker: Linker
) -> Iterator[Row]:
    for run in runs_of(journal, clock, linker):
        if run.skipped:
            continue
        schedule = schedules.get(run.slug or "")
        time = _local_time(run.when.utc_ms, ZoneInfo(schedule.zone) if schedule else _UTC)
        lengths_ms = (run.planned_ms, run.adjusted_ms, run.actual_ms, run.overrun_ms, run.paused_ms)
        yield (
            f"{run.device}/{run.epoch}/{run.seq}",
            time,
            time and time[:10],
            talk_key(run.slug, run.talk_id) if run.slug else None,
            run.slug,
            _names(run.speakers),
            run.preset,
            *(None if length_ms is None else length_ms / 1000 for length_ms in lengths_ms),
            name,
        )


def _bookmark_rows(
    journal: Journal, clock: Clock, name: str, schedules: dict[str, Schedule], linker: Linker
) -> Iterator[Row]:
    zones = {slug: ZoneInfo(schedule.zone) for slug, schedule in schedules.items()}
    talks: dict[tuple[str | None, str], tuple[str, str]] = {}  # by slug and id: the talk's key, its speakers
    for bookmark in fold_bookmarks(journal, clock):
        if bookmark.undone:
            continue
        linked = linker.link(bookmark)
        talk, slug = linked.talk, linked.slug
        key, speakers = None, "[]"
        if talk is not None and slug is not None:
            known = talks.get((slug, talk.id))
            if known is None:
                known = talks[slug, talk.id] = talk_key(slug, talk.id), _names(talk.speakers)
            key, speakers = known
        utc_ms, error_ms = bookmark.when.utc_ms, bookmark.when.error_ms
        time = _local_time(utc_ms, zones.get(slug or "", _UTC))
        yield (
            bookmark.id,
            time,
            time and time[:10],
            bookmark.tag,
            key,
            slug,
            speakers,
            bookmark.length_ms / 1000 if bookmark.length_ms else None,
            None if error_ms is None else error_ms / 1000,
            utc_ms,
            bookmark.device,
            name,
        )


_UTC = ZoneInfo("UTC")


def _local_time(utc_ms: int | None, zone: ZoneInfo) -> str | None:
    return None if utc_ms is None else datetime.fromtimestamp(utc_ms // 1000, zone).isoformat(" ")[:19]


def _text_rows(slug: str, texts: Iterable[Text], source: str) -> Iterator[Row]:
    for text in texts:
        talk = talk_key(slug, text.talk_id) if text.talk_id else None
        yield text.kind, talk, text.bookmark_id or None, "", "", text.text, source


def _names(speakers: tuple[str, ...]) -> str:
    return json.dumps(speakers, ensure_ascii=False)
