"""What a person shares of a conference: the bookmarks that count, as marks without words, names or clock times."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from clapmark.base.foreign_text import one_line
from clapmark.conference import Conference
from clapmark.crowd.mark import CODE, GUID, ID, MAX_ERROR_S, MAX_LENGTH_S, MAX_TAG, MAX_TALK, SharedMark, mark_id
from clapmark.schedule.model import Schedule, Talk

_OUTSIDE_S = 1_800  # so far before the start or behind the end of its talk a press still says something of it


@dataclass(frozen=True)
class Collected:
    """The marks to share, and how many bookmarks are not among them, by reason."""

    marks: tuple[SharedMark, ...]
    without_talk: int = 0
    without_time: int = 0  # unknown, too uncertain, or far away from the talk


def collect(conference: Conference, key: bytes) -> Collected:
    """Return the marks of a conference under the contributor's `key` for it."""
    names = talk_names(conference.schedule)
    marks = []
    without_time = 0
    for talk in conference.marked_talks:
        for bookmark in conference.of(talk):
            utc_ms, error_ms = bookmark.when.utc_ms, bookmark.when.error_ms
            if utc_ms is None or error_ms is None or error_ms > MAX_ERROR_S * 1000:
                without_time += 1
                continue
            at_s = round(utc_ms / 1000) - talk.start_utc_s
            if not -_OUTSIDE_S <= at_s <= talk.end_utc_s - talk.start_utc_s + _OUTSIDE_S:
                without_time += 1
                continue
            marks.append(
                SharedMark(
                    id=mark_id(key, bookmark.device, bookmark.epoch, bookmark.seq),
                    talk=names[talk.id][0],
                    at_s=at_s,
                    error_s=-(-error_ms // 1000),
                    tag=one_line(bookmark.tag, MAX_TAG),
                    length_s=min(round(bookmark.length_ms / 1000), MAX_LENGTH_S),
                )
            )
    unique = {mark.id: mark for mark in marks}  # two records may claim one seq, where flash was damaged
    return Collected(tuple(unique.values()), len(conference.unlinked), without_time)


def talk_names(schedule: Schedule) -> dict[str, tuple[str, ...]]:
    """Return what each talk can be called at a hub, by its id; the name that most importers give first.

    An identifier that several talks have names none of them.
    """
    counts = Counter(name for talk in schedule.talks for name in _names(talk))
    return {talk.id: tuple(name for name in _names(talk) if counts[name] == 1) for talk in schedule.talks}


def _names(talk: Talk) -> Sequence[str]:
    names = (f"{GUID}{talk.guid}" if talk.guid else "", f"{CODE}{talk.code}" if talk.code else "", f"{ID}{talk.id}")
    return [name for name in names if name and len(name) <= MAX_TALK and one_line(name, MAX_TALK) == name]
