"""`clapmark assign`: say which talk a bookmark belongs to."""

import contextlib
import re
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import NO_TALK, add_assignments
from clapmark.bookmarks.fold import ID_LENGTH, Bookmark, all_bookmarks
from clapmark.bookmarks.linker import Linked, Linker, linker_of
from clapmark.commands.options import (
    archive_option,
    complete_talk,
    conference_option,
    find_talk,
    json_option,
    read_conference,
)
from clapmark.schedule import Talk, from_json
from clapmark.schedule.text import one_line, quoted

_LEAST_OF_AN_ID = 4
_TIME = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}:\d{2})(:\d{2})?")


@click.command("assign", short_help="Give a bookmark to a talk, or to another one.")
@click.argument("words", metavar="[BOOKMARK... TALK]", nargs=-1, shell_complete=complete_talk)
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@json_option
@conference_option
@archive_option
@click.pass_obj
def command(
    environment: Environment, words: tuple[str, ...], dry_run: bool, as_json: bool, slug: str | None, folder: Path
) -> None:
    """Give each BOOKMARK to TALK; without any, list the bookmarks that have no talk.

    A BOOKMARK is its id, the beginning of it, or the time of the press; TALK a talk's id, a part of its title, or `-`
    for no talk. It holds until you assign the bookmark again, whatever the schedule says. Ids stand in the list, and
    in the post behind each bullet. The posts follow with the next `clapmark notes`.

    \b
    Examples:
      clapmark assign
      clapmark assign ykukl3k7e7 asyncio
      clapmark assign 14:30 14:32 "Bees & Sensors"
      clapmark assign ykuk -
    """
    archive, schedule = read_conference(folder, slug)
    if len(words) == 1:
        raise UsageError("Say which talk the bookmark belongs to: `clapmark assign BOOKMARK TALK`, `-` for no talk.")
    is_writing = bool(words) and not dry_run
    with archive.lock() if is_writing else contextlib.nullcontext():
        linker, linked = _linked(archive)
        zone = ZoneInfo(schedule.zone)
        if not words:
            loose = [(link, linker.fitting(link.bookmark.when)) for link in linked if link.talk is None]
            _list(environment, loose, zone, as_json)
            return
        talk = None if words[-1] == NO_TALK else find_talk(schedule, words[-1])
        chosen = [_find(word, linked, zone) for word in words[:-1]]
        target = (schedule.slug, talk.id if talk else NO_TALK)
        moved = {link.bookmark.id: link for link in chosen if _place(link) != target}
        if moved and is_writing:
            add_assignments(archive, dict.fromkeys(moved, target), environment.utc_ms())
    if as_json:
        values = [_change(link, target, link.bookmark.id in moved) for link in chosen]
        environment.give_json(values)
        return
    title = f"“{talk.title}”" if talk else "no talk"
    for link in chosen:
        if link.bookmark.id in moved:
            belongs = "would belong" if dry_run else "now belongs"
            environment.tell(f"{_shown(link.bookmark, zone)} {belongs} to {title}; before: {_title(link)}.")
        else:
            environment.tell(f"{_shown(link.bookmark, zone)} belongs to {title} already; nothing was changed.")
    if moved and not dry_run:
        environment.tell("Next: `clapmark notes` moves what is in the posts.")


def _linked(archive: Archive) -> tuple[Linker, list[Linked]]:
    paths = {slug: archive.schedule_path(slug) for slug in archive.conferences()}
    linker = linker_of(archive, [from_json(path.read_bytes(), str(path)) for path in paths.values()])
    bookmarks = all_bookmarks(read_journals(archive))
    return linker, [linker.link(bookmark) for bookmark in bookmarks if not bookmark.undone]


def _find(word: str, linked: list[Linked], zone: ZoneInfo) -> Linked:
    name = word.strip().lower().removeprefix("^clap-")
    found = [link for link in linked if link.bookmark.id == name]
    if not found and _LEAST_OF_AN_ID <= len(name) < ID_LENGTH:
        found = [link for link in linked if link.bookmark.id.startswith(name)]
    if not found and (asked := _TIME.fullmatch(word.strip())):
        found = [link for link in linked if _is_at(link.bookmark, asked, zone)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{link.bookmark.id} ({_time(link.bookmark, zone)})" for link in found[:8])
        raise UsageError(f"{len(found)} bookmarks fit {quoted(word)}; name one by its id: {listed}.")
    raise UsageError(
        f"There is no bookmark {quoted(word)}, or it was taken back on the device. `clapmark assign` lists those "
        "without a talk; the others' ids stand behind their bullets in the post."
    )


def _is_at(bookmark: Bookmark, asked: re.Match[str], zone: ZoneInfo) -> bool:
    if bookmark.when.utc_ms is None:
        return False
    at = datetime.fromtimestamp(max(bookmark.when.utc_ms, 0) / 1000, UTC).astimezone(zone)
    day, minute, second = asked.groups()
    return (
        f"{at:%H:%M}" == minute.zfill(5)
        and day in {None, at.date().isoformat()}
        and (second is None or second == f":{at:%S}")
    )


def _list(
    environment: Environment, loose: list[tuple[Linked, list[tuple[str, Talk]]]], zone: ZoneInfo, as_json: bool
) -> None:
    """List bookmarks without a talk, and below them the talks that ran at that time."""
    if as_json:
        values = [
            {
                "bookmark": link.bookmark.id,
                "tag": link.bookmark.tag,
                "utc_ms": link.bookmark.when.utc_ms,
                "error_ms": link.bookmark.when.error_ms,
                "conference": link.slug,
                "fitting": [{"conference": slug, "talk": talk.id} for slug, talk in fitting],
            }
            for link, fitting in loose
        ]
        environment.give_json(values)
        return
    for fitting, group in groupby(loose, key=itemgetter(1)):
        for link, _ in group:
            environment.give(f"{link.bookmark.id}  {_time(link.bookmark, zone)}  {_tag(link.bookmark)}")
        for _, talk in fitting:
            words = (talk.id.ljust(12), one_line(talk.room, 24).ljust(24), one_line(talk.title, 80))
            environment.give(f"    {'  '.join(words)}".rstrip())
    if not loose:
        environment.tell("Every bookmark has its talk.")
        return
    environment.tell("`clapmark assign BOOKMARK TALK` gives one to a talk; `clapmark schedule show` lists talks.")
    slug = next((fitting[0][0] for link, fitting in loose if len(fitting) > 1), None)
    if slug is not None:
        environment.tell(
            "Where several talks ran, the room that you sat in says which: `room` under "
            f"[conferences.{slug}] in clapmark.toml; for next time, `clapmark settings set room NAME` on the device."
        )


def _change(link: Linked, target: tuple[str, str], is_moved: bool) -> dict[str, object]:
    before = {"conference": link.slug, "talk": link.talk.id if link.talk else None}
    after = {"conference": target[0], "talk": None if target[1] == NO_TALK else target[1]}
    return {"bookmark": link.bookmark.id, "before": before, "after": after, "changed": is_moved}


def _place(link: Linked) -> tuple[str | None, str]:
    return link.slug, link.talk.id if link.talk else NO_TALK


def _title(link: Linked) -> str:
    return f"“{link.talk.title}”" if link.talk else "no talk"


def _shown(bookmark: Bookmark, zone: ZoneInfo) -> str:
    return f"{bookmark.id} ({_tag(bookmark)}, {_time(bookmark, zone)})"


def _tag(bookmark: Bookmark) -> str:
    return one_line(bookmark.tag, 32) or "note"


def _time(bookmark: Bookmark, zone: ZoneInfo) -> str:
    when = bookmark.when
    if when.utc_ms is None:
        return "time unknown"
    at = datetime.fromtimestamp(min(max(when.utc_ms / 1000, 0), 4e9), UTC).astimezone(zone)
    about = "" if (when.error_ms or 0) <= 30_000 else "~"
    return f"{about}{at:%Y-%m-%d %H:%M}"
