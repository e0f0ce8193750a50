"""`clapmark assign`: assign a bookmark to a talk, or drop it."""

import contextlib
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import NO_TALK, add_assignments, add_drops, read_drops
from clapmark.bookmarks.fold import Bookmark, all_bookmarks
from clapmark.bookmarks.linker import Linked, linker_of
from clapmark.bookmarks.lookup import find_bookmark, moment_text, shown_tag
from clapmark.commands.options import (
    archive_option,
    complete_talk,
    conference_option,
    find_talk,
    json_option,
    read_conference,
)
from clapmark.conference.spans import read_schedules
from clapmark.posts.deletions import read_deleted, that_count
from clapmark.schedule import Talk
from clapmark.schedule.text import one_line

_DROPPED = ("", "")  # in place of (slug, talk id)


@click.command("assign", short_help="Assign a bookmark to a talk.")
@click.argument("words", metavar="[BOOKMARK... TALK]", nargs=-1, shell_complete=complete_talk)
@click.option("--drop", "is_drop", is_flag=True, help="Drop each BOOKMARK: ignore it everywhere and remove its bullet.")
@click.option("--dry-run", is_flag=True, help="Preview the changes; write nothing.")
@json_option
@conference_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    words: tuple[str, ...],
    is_drop: bool,
    dry_run: bool,
    as_json: bool,
    slug: str | None,
    folder: Path,
) -> None:
    """Assign each BOOKMARK to TALK; without arguments, list the bookmarks that have no talk.

    A BOOKMARK is its id, the beginning of its id, or the time of the press; TALK is a talk's id, a part of its title,
    or `-` for no talk. The decision holds until you assign the bookmark again, also if the schedule changes. The list
    shows the ids; in a post the id is in the marker behind each bullet. The next `clapmark notes` updates the posts.

    With --drop the bookmarks are ignored in posts, `show`, `search`, reports and exports. The journal keeps
    them. Assign one to a talk, or to `-`, to get it back.

    \b
    Examples:
      clapmark assign
      clapmark assign ykukl3k7e7 asyncio
      clapmark assign 14:30 14:32 "Bees & Sensors"
      clapmark assign ykuk -
      clapmark assign --drop 14:30
    """
    archive, schedule = read_conference(folder, slug)
    if is_drop and not words:
        raise UsageError("Name the bookmarks to drop: `clapmark assign --drop BOOKMARK...`.")
    if len(words) == 1 and not is_drop:
        raise UsageError("Name the talk as well: `clapmark assign BOOKMARK TALK`, `-` for no talk.")
    is_writing = bool(words) and not dry_run
    with archive.lock() if is_writing else contextlib.nullcontext():
        assigning = _Assigning(archive, ZoneInfo(schedule.zone))
        if not words:
            _list(environment, assigning.without_talk(), assigning.zone, as_json)
            return
        chosen = [assigning.find(word) for word in (words if is_drop else words[:-1])]
        talk = None if is_drop or words[-1] == NO_TALK else find_talk(schedule, words[-1])
        target = _DROPPED if is_drop else (schedule.slug, talk.id if talk else NO_TALK)
        before = {link.bookmark.id: assigning.place(link) for link in chosen}
        moved = [name for name, place in before.items() if place != target]
        if moved and is_writing and is_drop:
            add_drops(archive, moved, environment.utc_ms())
        elif moved and is_writing:
            add_assignments(archive, dict.fromkeys(moved, target), environment.utc_ms())
    if as_json:
        environment.give_json([_change(name, place, target) for name, place in before.items()])
        return
    for link in chosen:
        name = _shown(link.bookmark, assigning.zone)
        was = "dropped" if before[link.bookmark.id] == _DROPPED else _title(link)
        if is_drop:
            result = "would be dropped" if dry_run else "is dropped now"
            state = "is dropped already"
        else:
            title = f"“{talk.title}”" if talk else "no talk"
            result = f"would belong to {title}" if dry_run else f"now belongs to {title}"
            state = f"belongs to {title} already"
        if link.bookmark.id in moved:
            environment.tell(f"{name} {result}; before: {was}.")
        else:
            environment.tell(f"{name} {state}; nothing was changed.")
    if moved and not dry_run:
        environment.tell("Next: `clapmark notes` updates the posts.")


class _Assigning:
    """The bookmarks of the archive, and where each belongs."""

    def __init__(self, archive: Archive, zone: ZoneInfo) -> None:
        self.zone = zone
        schedules = read_schedules(archive)
        self._archive = archive
        self._schedules = schedules
        self._linker = linker_of(archive, schedules.values())
        self._drops = read_drops(archive)
        bookmarks = all_bookmarks(read_journals(archive))
        self._linked = [self._linker.link(bookmark) for bookmark in bookmarks if not bookmark.undone]

    def without_talk(self) -> list[tuple[Linked, list[tuple[str, Talk]]]]:
        """Return the bookmarks without a talk, each with the (slug, talk) pairs that ran at its time."""
        deleted = {slug: read_deleted(self._archive, slug, one.start, one.end) for slug, one in self._schedules.items()}
        loose = [link for link in that_count(self._archive, self._linked, deleted) if link.talk is None]
        return [(link, self._linker.fitting(link.bookmark.when, link.bookmark.room)) for link in loose]

    def place(self, link: Linked) -> tuple[str | None, str]:
        """Return the (slug, talk id) that a bookmark belongs to now, _DROPPED if it was dropped."""
        if link.bookmark.id in self._drops:
            return _DROPPED
        return link.slug, link.talk.id if link.talk else NO_TALK

    def find(self, word: str) -> Linked:
        """Return the bookmark that a person named. Raises UsageError if there is none, or more than one."""
        found = find_bookmark(word, [link.bookmark for link in self._linked], self.zone)
        return next(link for link in self._linked if link.bookmark is found)


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
            environment.give(f"{link.bookmark.id}  {moment_text(link.bookmark, zone)}  {shown_tag(link.bookmark)}")
        for _, talk in fitting:
            words = (talk.id.ljust(12), one_line(talk.room, 24).ljust(24), one_line(talk.title, 80))
            environment.give(f"    {'  '.join(words)}".rstrip())
    if not loose:
        environment.tell("Every bookmark has a talk.")
        return
    environment.tell("`clapmark assign BOOKMARK TALK` assigns one to a talk; `clapmark schedule show` lists the talks.")
    several = [fitting for _, fitting in loose if len(fitting) > 1 and all(talk.room for _, talk in fitting)]
    slug = several[0][0][0] if several else None  # a room decides only between talks that have one
    if slug is not None:
        environment.tell(
            "Where several talks ran, your room decides which one it is: set `room` under "
            f"[conferences.{slug}] in clapmark.toml; for next time, `clapmark settings set room NAME` on the device."
        )


def _change(name: str, before: tuple[str | None, str], after: tuple[str | None, str]) -> dict[str, object]:
    return {"bookmark": name, "before": _as_json(before), "after": _as_json(after), "changed": before != after}


def _as_json(place: tuple[str | None, str]) -> dict[str, object] | None:
    if place == _DROPPED:
        return None
    return {"conference": place[0], "talk": None if place[1] == NO_TALK else place[1]}


def _title(link: Linked) -> str:
    return f"“{link.talk.title}”" if link.talk else "no talk"


def _shown(bookmark: Bookmark, zone: ZoneInfo) -> str:
    return f"{bookmark.id} ({shown_tag(bookmark)}, {moment_text(bookmark, zone)})"
