"""The talks of a conference with their marks, gathered from schedule, journal, anchors, transcripts and posts."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clapmark.bookmarks.fold import Bookmark
from clapmark.bookmarks.lookup import shown_tag
from clapmark.conference import Conference
from clapmark.export.model import Mark, TalkMarks
from clapmark.recordings.alignment import Lies
from clapmark.recordings.position_text import local_time
from clapmark.recordings.quote import quote
from clapmark.schedule.model import Talk


@dataclass(frozen=True)
class Gathered:
    """The talks that have bookmarks, in the order of the schedule; and what is not among them.

    `problems` are sentences about recordings that cannot be used, `unlinked` counts the bookmarks without a talk.
    """

    talks: list[TalkMarks]
    problems: list[str]
    unlinked: int


def gather(conference: Conference) -> Gathered:
    """Return what a conference has to export. Reads only. Raises ClapmarkError for a file that is damaged."""
    talks = [_talk_marks(conference, talk) for talk in conference.marked_talks]
    return Gathered(talks, conference.recordings.problems, len(conference.unlinked))


def _talk_marks(conference: Conference, talk: Talk) -> TalkMarks:
    recordings = conference.recordings
    is_aligned = bool(recordings.alignment(talk).segments)
    transcript = conference.transcript(talk) if is_aligned else None
    zone = ZoneInfo(conference.schedule.zone)
    marks = []
    for bookmark in conference.of(talk):
        position = recordings.position(talk, bookmark)
        is_inside = position.lies is Lies.INSIDE
        said = ""
        if transcript is not None and is_inside:
            said = quote(transcript, position.ms, bookmark.length_ms, conference.windows.of(bookmark.tag))
        marks.append(
            Mark(
                id=bookmark.id,
                tag=shown_tag(bookmark),
                utc_ms=bookmark.when.utc_ms,
                error_ms=bookmark.when.error_ms,
                local_time=_local(bookmark, zone),
                length_ms=bookmark.length_ms,
                position_ms=position.ms if is_inside else None,
                start_ms=recordings.start_ms(talk, bookmark, position.ms) if is_inside else None,
                link=recordings.link(talk, bookmark),
                words=conference.words.get(bookmark.id, ""),
                quote=said,
            )
        )
    return TalkMarks(
        conference=conference.schedule.title,
        slug=conference.slug,
        talk=talk,
        video=recordings.video(talk),
        is_aligned=is_aligned,
        end_ms=recordings.end_ms(talk) if is_aligned else None,
        marks=tuple(marks),
    )


def _local(bookmark: Bookmark, zone: ZoneInfo) -> str:
    utc_ms = bookmark.when.utc_ms
    return "" if utc_ms is None else local_time(utc_ms, zone).isoformat(timespec="seconds")
