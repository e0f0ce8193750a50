"""One conference of the archive, each part read when it is first asked for.

It costs what one conference costs, however many others the archive has: of the journals only the boots are read whose
time falls into the conference's days, of the other schedules only those whose days a bookmark may belong to.
"""

from functools import cached_property
from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.archive.journals import Journal, read_journals
from clapmark.archive.partial_log import PartialLog
from clapmark.archive.wall_time import Clock, WallTime
from clapmark.base.gc_pause import no_garbage_collection
from clapmark.bookmarks.fold import Bookmark, fold_bookmarks, fold_visits
from clapmark.bookmarks.linker import Linked, Linker, ScheduleSpan, linker_of
from clapmark.conference.outline import Outline
from clapmark.conference.spans import read_schedule
from clapmark.conference.words import read_words
from clapmark.countdowns.runs import Run, runs_of
from clapmark.posts.deletions import deleted_bookmarks
from clapmark.posts.ids import crowd_id
from clapmark.posts.paths import post_paths
from clapmark.posts.write_log import Written
from clapmark.recordings.anchors import TalkVideo, read_anchors
from clapmark.recordings.lead import read_leads
from clapmark.recordings.quote import Windows, read_windows
from clapmark.recordings.recordings import Recordings
from clapmark.recordings.transcript import Transcript
from clapmark.recordings.transcript_store import transcript_of
from clapmark.schedule.model import Schedule, Talk


class Conference:
    """The data of one conference. Reads only, but for derived files in `.clapmark`."""

    def __init__(self, archive: Archive, slug: str, outline: Outline | None = None) -> None:
        """Nothing is read yet. Give the same `outline` to several conferences of an archive."""
        self.archive = archive
        self.slug = slug
        self._outline = outline or Outline(archive)

    @cached_property
    def schedule(self) -> Schedule:
        """The schedule. Raises ScheduleError if it is damaged."""
        return read_schedule(self.archive, self.slug)

    @cached_property
    def span(self) -> ScheduleSpan:
        """When this conference can have bookmarks."""
        return next(span for span in self.spans if span.slug == self.slug)

    @cached_property
    def spans(self) -> list[ScheduleSpan]:
        """The spans of all conferences, this one with the schedule that is read already."""
        found = self._outline.spans
        own = (ScheduleSpan(one.slug, one.first_ms, one.last_ms, lambda: self.schedule) for one in found)
        return [mine if one.slug == self.slug else one for one, mine in zip(found, own, strict=True)]

    @cached_property
    def linker(self) -> Linker:
        """Finds the talk of a bookmark among all conferences: two that overlap leave one without a talk."""
        return linker_of(self.archive, self.spans)

    @cached_property
    def linked(self) -> list[Linked]:
        """The bookmarks of the boots in the conference's days, by time, with what they belong to.

        Bookmarks that were taken back or dropped (`undone`), and those of another conference, are among them.
        """
        bookmarks = [mark for journal, clock in self._journals for mark in fold_bookmarks(journal, clock)]
        for mark in bookmarks:
            mark.undone = mark.undone or mark.id in self._outline.drops
        return [self.linker.link(mark) for mark in sorted(bookmarks, key=lambda mark: mark.order)]

    @cached_property
    def own(self) -> list[Linked]:
        """The bookmarks that count, by time: those taken back, dropped, or deleted in the post are left out."""
        own = (link for link in self.linked if link.slug == self.slug)
        return [link for link in own if not link.bookmark.undone and link.bookmark.id not in self.deleted]

    @cached_property
    def deleted(self) -> frozenset[str]:
        """The ids of the bookmarks whose bullets the person deleted."""
        posts = [path.read_bytes() for path in self.post_paths if path.is_file()]
        return deleted_bookmarks(Written(self.written), posts)

    @cached_property
    def by_talk(self) -> dict[str, list[Bookmark]]:
        """The bookmarks of each talk that has some, by talk id; in each by time."""
        found: dict[str, list[Bookmark]] = {}
        for link in self.own:
            if link.talk is not None:
                found.setdefault(link.talk.id, []).append(link.bookmark)
        return found

    def of(self, talk: Talk) -> list[Bookmark]:
        """Return the bookmarks of a talk, by time."""
        return self.by_talk.get(talk.id, [])

    @property
    def marked_talks(self) -> list[Talk]:
        """The talks that have bookmarks, in the order of the schedule."""
        return [talk for talk in self.schedule.talks if talk.id in self.by_talk]

    @cached_property
    def unlinked(self) -> list[Bookmark]:
        """The bookmarks of this conference that belong to no talk."""
        return [link.bookmark for link in self.own if link.talk is None]

    @cached_property
    def visited(self) -> frozenset[str]:
        """The ids of the talks that were sat in, whether they have bookmarks or not."""
        visits = [visit for journal, clock in self._journals for visit in fold_visits(journal, clock)]
        pairs = (self.linker.chosen(visit.talk_id, visit.when) for visit in visits)
        return frozenset(pair[1].id for pair in pairs if pair and pair[0] == self.slug)

    @cached_property
    def runs(self) -> list[Run]:
        """The countdowns of this conference's talks, by time."""
        runs = [run for journal, clock in self._journals for run in runs_of(journal, clock, self.linker)]
        own = (run for run in runs if run.slug == self.slug)
        return sorted(own, key=lambda run: (run.when.sort_ms, run.epoch, run.seq))

    @cached_property
    def anchors(self) -> dict[str, TalkVideo]:
        """What ties recordings to the clock, by talk id. Raises ScheduleError if the file is damaged."""
        return read_anchors(self.archive, self.slug)

    @cached_property
    def recordings(self) -> Recordings:
        """The recordings of the talks, and where in them a bookmark is."""
        return self.recordings_with(self.anchors)

    def recordings_with(self, anchors: dict[str, TalkVideo]) -> Recordings:
        """Return the recordings as they would be with other anchors."""
        bookmarks = [link.bookmark for link in self.linked if not link.bookmark.undone]
        return Recordings(self.schedule, anchors, bookmarks, read_leads(self.archive.folder))

    @cached_property
    def windows(self) -> Windows:
        """How much of a transcript is quoted for each tag."""
        return read_windows(self.archive.folder)

    def transcript(self, talk: Talk) -> Transcript | None:
        """Return the transcript of a talk's recording. Raises TranscriptError if it is damaged."""
        return transcript_of(self.archive, self.recordings, talk)

    @cached_property
    def written(self) -> bytes:
        """The list of the lines that were written into the posts; empty if there is none."""
        path = self.archive.written_path(self.slug)
        return path.read_bytes() if path.exists() else b""

    @property
    def post_paths(self) -> list[Path]:
        """Where the posts are: one that may not exist yet, or those of the days that do."""
        return post_paths(self.archive, self.slug)

    @cached_property
    def words(self) -> dict[str, str]:
        """The person's words in the posts, by bookmark id."""
        return read_words(self.post_paths, self.archive.settings.flavour, Written(self.written))

    @property
    def key_parts(self) -> list[str]:
        """Texts that change whenever a record that this conference is made from changes."""
        parts = [log.key(boot) for log, boots in self._boots for boot in boots]
        parts += [log.shared_key for log, boots in self._boots if boots]
        parts += [f"{name} {talk}" for name, (slug, talk) in self._outline.assignments.items() if slug == self.slug]
        parts += sorted(self._outline.drops)
        return parts

    @property
    def neighbours(self) -> list[ScheduleSpan]:
        """The other conferences whose days overlap with this one's: a bookmark may belong to either."""
        days = WallTime(self.span.first_ms, self.span.last_ms)
        return [one for one in self.spans if one.slug != self.slug and one.overlaps(days)]

    @cached_property
    def _boots(self) -> list[tuple[PartialLog, list[int]]]:
        return self._outline.boots_of(self.span)

    @cached_property
    def _journals(self) -> list[tuple[Journal, Clock]]:
        with no_garbage_collection():
            near = [(log.read(boots), log.clock) for log, boots in self._boots if boots]
            found = {mark.id for journal, clock in near for mark in fold_bookmarks(journal, clock)}
            if self._named_bookmarks() <= found:
                return near
            # a bookmark that was assigned or written here comes from another time, because the clock was wrong or not
            # set: only reading everything finds it
            return [(journal, Clock(journal.records)) for journal in read_journals(self.archive)]

    def _named_bookmarks(self) -> set[str]:
        """Return the ids of the bookmarks that files of this conference name."""
        assigned = {name for name, (slug, _) in self._outline.assignments.items() if slug == self.slug}
        anchored = {anchor.bookmark for video in self.anchors.values() for anchor in video.anchors if anchor.bookmark}
        written = Written(self.written).bookmarks()
        if self.archive.settings.has_crowd:  # its bullets look like those of bookmarks
            written -= {crowd_id(self.slug, talk.id) for talk in self.schedule.talks}
        return assigned | anchored | written
