"""The bookmarks of an archive, and those of each talk of one conference."""

from dataclasses import dataclass

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.bookmarks.fold import Bookmark, all_bookmarks
from clapmark.bookmarks.linker import linker_of
from clapmark.schedule.model import Schedule, Talk
from clapmark.schedule.store import from_json
from clapmark.schedule.text import one_line


@dataclass(frozen=True)
class Marked:
    """`bookmarks` are all that were not taken back, by time; `by_talk` those of the conference, by talk id.

    `unlinked` counts those of the conference that belong to no talk.
    """

    bookmarks: tuple[Bookmark, ...]
    by_talk: dict[str, list[Bookmark]]
    unlinked: int = 0

    def of(self, talk: Talk) -> list[Bookmark]:
        """Return the bookmarks of a talk, by time."""
        return self.by_talk.get(talk.id, [])


def read_marked(archive: Archive, schedule: Schedule) -> Marked:
    """Return the bookmarks of the archive. Reads only."""
    # all conferences count, as for the notes: two that overlap leave a bookmark without a talk
    paths = {slug: archive.schedule_path(slug) for slug in archive.conferences() if slug != schedule.slug}
    others = [from_json(path.read_bytes(), f"{slug}/schedule.json") for slug, path in paths.items()]
    linker = linker_of(archive, [schedule, *others])
    bookmarks = [bookmark for bookmark in all_bookmarks(read_journals(archive)) if not bookmark.undone]
    by_talk: dict[str, list[Bookmark]] = {}
    for bookmark in bookmarks:
        link = linker.link(bookmark)
        if link.slug == schedule.slug:
            by_talk.setdefault(link.talk.id if link.talk else "", []).append(bookmark)
    unlinked = len(by_talk.pop("", []))
    return Marked(tuple(bookmarks), by_talk, unlinked)


def shown_tag(bookmark: Bookmark) -> str:
    """Return a bookmark's tag as it may be shown: a device can record any text as one."""
    return one_line(bookmark.tag, 32) or "note"
