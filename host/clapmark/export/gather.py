"""The talks of a conference with their marks, gathered from schedule, journal, anchors, transcripts and posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clapmark.bookmarks.fold import Bookmark
from clapmark.bookmarks.lookup import shown_tag
from clapmark.conference import Conference
from clapmark.crowd.crowd_store import crowd_of
from clapmark.crowd.moments import STEP_S, TalkCrowd
from clapmark.export.model import Mark, TalkMarks
from clapmark.posts.ids import crowd_id
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
    return _with_recording(conference, talk, marks, is_aligned)


def gather_crowd(conference: Conference) -> Gathered:
    """Return what the crowd marked in the talks of a conference, as it was fetched last. Reads only."""
    crowds = crowd_of(conference)
    talks = [talk for talk in conference.schedule.talks if talk.id in crowds]
    found = [_crowd_marks(conference, talk, crowds[talk.id]) for talk in talks]
    return Gathered(found, conference.recordings.problems, 0)


def _crowd_marks(conference: Conference, talk: Talk, crowd: TalkCrowd) -> TalkMarks:
    """Return the moments of a talk as marks, which begin where they are: the reaction time is taken off already."""
    recordings = conference.recordings
    zone = ZoneInfo(conference.schedule.zone)
    is_aligned = bool(recordings.alignment(talk).segments)
    transcript = conference.transcript(talk) if is_aligned else None
    marks = []
    for moment in crowd.moments:
        utc_ms = (talk.start_utc_s + moment.at_s) * 1000
        position = recordings.position_at(talk, utc_ms)
        at_ms = position.ms if position.lies is Lies.INSIDE else None
        length_ms, tag = moment.length_s * 1000, moment.tags[0][0] if moment.tags else "crowd"
        said = ""
        if transcript is not None and at_ms is not None:
            said = quote(transcript, at_ms, length_ms, conference.windows.of(tag))
        tags = ", ".join(f"{name} {number}" for name, number in moment.tags)
        marks.append(
            Mark(
                id=crowd_id(conference.slug, f"{talk.id}/{moment.at_s}"),
                tag=tag,
                utc_ms=utc_ms,
                error_ms=STEP_S * 1000,
                local_time=local_time(utc_ms, zone).isoformat(timespec="seconds"),
                length_ms=length_ms,
                position_ms=at_ms,
                start_ms=at_ms,
                link=recordings.link_at(talk, utc_ms, length_ms),
                words=f"{moment.people} people{f': {tags}' if tags else ''}",
                quote=said,
            )
        )
    return _with_recording(conference, talk, marks, is_aligned)


def _with_recording(conference: Conference, talk: Talk, marks: Sequence[Mark], is_aligned: bool) -> TalkMarks:
    return TalkMarks(
        conference=conference.schedule.title,
        slug=conference.slug,
        talk=talk,
        video=conference.recordings.video(talk),
        is_aligned=is_aligned,
        end_ms=conference.recordings.end_ms(talk) if is_aligned else None,
        marks=tuple(marks),
    )


def _local(bookmark: Bookmark, zone: ZoneInfo) -> str:
    utc_ms = bookmark.when.utc_ms
    return "" if utc_ms is None else local_time(utc_ms, zone).isoformat(timespec="seconds")
