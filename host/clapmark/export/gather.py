"""The talks of a conference with their marks, gathered from schedule, journal, anchors, transcripts and posts."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clapmark.archive.archive import Archive
from clapmark.bookmarks.collect import Marked, read_marked, shown_tag
from clapmark.bookmarks.fold import Bookmark
from clapmark.export.model import Mark, TalkMarks
from clapmark.export.words import read_words
from clapmark.recordings.alignment import Lies
from clapmark.recordings.position_text import local_time
from clapmark.recordings.quote import quote, read_windows
from clapmark.recordings.recordings import Recordings, recordings_of
from clapmark.recordings.transcript_store import transcript_of
from clapmark.schedule.model import Schedule, Talk


@dataclass(frozen=True)
class Gathered:
    """The talks that have bookmarks, in the order of the schedule; and what is not among them.

    `problems` are sentences about recordings that cannot be used, `unlinked` counts the bookmarks without a talk.
    """

    talks: list[TalkMarks]
    problems: list[str]
    unlinked: int


def gather(archive: Archive, schedule: Schedule) -> Gathered:
    """Return what a conference has to export. Reads only. Raises ClapmarkError for a file that is damaged."""
    gathering = _Gathering(archive, schedule)
    talks = [gathering.talk(talk) for talk in schedule.talks if gathering.marked.of(talk)]
    return Gathered(talks, gathering.recordings.problems, gathering.marked.unlinked)


class _Gathering:
    def __init__(self, archive: Archive, schedule: Schedule) -> None:
        self.archive = archive
        self.schedule = schedule
        self.zone = ZoneInfo(schedule.zone)
        self.marked: Marked = read_marked(archive, schedule)
        self.recordings: Recordings = recordings_of(archive, schedule, self.marked.bookmarks)
        self.words = read_words(archive, schedule.slug)
        self.windows = read_windows(archive.folder)

    def talk(self, talk: Talk) -> TalkMarks:
        is_aligned = bool(self.recordings.alignment(talk).segments)
        transcript = transcript_of(self.archive, self.recordings, talk) if is_aligned else None
        marks = []
        for bookmark in self.marked.of(talk):
            position = self.recordings.position(talk, bookmark)
            is_inside = position.lies is Lies.INSIDE
            said = ""
            if transcript is not None and is_inside:
                said = quote(transcript, position.ms, bookmark.length_ms, self.windows.of(bookmark.tag))
            marks.append(
                Mark(
                    id=bookmark.id,
                    tag=shown_tag(bookmark),
                    utc_ms=bookmark.when.utc_ms,
                    error_ms=bookmark.when.error_ms,
                    local_time=self._local(bookmark),
                    length_ms=bookmark.length_ms,
                    position_ms=position.ms if is_inside else None,
                    link=self.recordings.link(talk, bookmark),
                    words=self.words.get(bookmark.id, ""),
                    quote=said,
                )
            )
        return TalkMarks(
            conference=self.schedule.title,
            slug=self.schedule.slug,
            talk=talk,
            video=self.recordings.video(talk),
            is_aligned=is_aligned,
            end_ms=self.recordings.end_ms(talk) if is_aligned else None,
            marks=tuple(marks),
        )

    def _local(self, bookmark: Bookmark) -> str:
        utc_ms = bookmark.when.utc_ms
        if utc_ms is None:
            return ""
        return local_time(utc_ms, self.zone).isoformat(timespec="seconds")
