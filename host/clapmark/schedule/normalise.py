"""From what an importer found to a schedule: texts cleaned and bounded, ids given, oddities noted."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from clapmark.base.fold_names import fold
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_id, slug_of, talk_ids
from clapmark.schedule.model import (
    LIGHTNING,
    MAX_ABSTRACT,
    MAX_NAME,
    MAX_SPEAKERS,
    MAX_TALKS,
    MAX_TITLE,
    MAX_URL,
    NO_TITLE,
    TALK,
    Schedule,
    Talk,
    talk_order,
)
from clapmark.schedule.text import one_line, paragraphs, quoted
from clapmark.schedule.times.durations import length_text
from clapmark.schedule.zones import after

_LONG = timedelta(hours=36)  # a hackathon; a longer entry is kept and reported
MAX_LENGTH = timedelta(days=14)  # an exhibition; a longer entry is a mistake in the source
_LIGHTNING_LENGTH = timedelta(minutes=10)
_UNTIL_NEXT = timedelta(hours=3)  # a talk without an end lasts until the next one in its room, if that begins by then,
_LENGTH_UNKNOWN = timedelta(minutes=30)  # else this long
_MAX_NAMED = 5  # talks of one kind that are named one by one
_FAR = timedelta(days=60)  # from most talks: most likely a mistyped year or month
_MAX_WARNINGS = 20
_NOT_IN_URLS = ' "<>\\^`{|}'


@dataclass
class Draft:
    """One talk as an importer found it: texts still as they came, times aware and in the schedule's zone."""

    title: str
    start: datetime
    end: datetime | None  # None: the file does not say
    place: str  # where in the file, for messages: "line 12", "days[0].rooms.Main[3]"
    room: str = ""
    speakers: tuple[str, ...] = ()
    abstract: str = ""
    url: str = ""
    track: str = ""
    kind: str = ""  # as the source calls it
    guid: str = ""  # what the source itself tells its talks apart by
    code: str = ""
    source_id: str = ""
    recording_url: str = ""


def build_schedule(
    drafts: list[Draft],
    *,
    file: str,
    title: str,
    zone: ZoneInfo,
    slug: str,
    url: str,
    warnings: list[str],
    left_out: Sequence[str] = (),
) -> Schedule:
    """Return the schedule of the talks in `drafts`. `slug` may be empty: then the title gives it; so may the title.

    `warnings` are the importer's own; what is found here is added. `left_out` says of each record that gave no draft,
    but should have, why. Raises ScheduleError if there is no talk, or if there are too many.
    """
    if not drafts and left_out:
        count = f"none of its {len(left_out)} records" if len(left_out) > 1 else "its only record"
        sentence = "can be read" if len(left_out) > 1 else "cannot be read"
        raise ScheduleError(f"{file} has no usable talk: {count} {sentence}. {_sentence(left_out[0])}")
    if not drafts:
        raise ScheduleError(f"{file} holds no talk: is it the right file?")
    if len(drafts) > MAX_TALKS:
        raise too_many_talks(file)
    notes = [f"{reason.rstrip('.')}; this talk was left out." for reason in left_out[:_MAX_NAMED]]
    if len(left_out) > _MAX_NAMED:
        notes.append(f"{len(left_out) - _MAX_NAMED} more talks were left out for such reasons.")
    notes += _missing_everywhere(drafts)
    notes += warnings
    ends = _ends(drafts, notes)
    talks = [_talk(draft, end, notes) for draft, end in zip(drafts, ends, strict=True)]
    identities = [(talk.title, ", ".join(talk.speakers), talk.room, talk.start.isoformat()) for talk in talks]
    ids = talk_ids([draft.code if is_id(draft.code) else draft.source_id for draft in drafts], identities)
    talks = sorted((replace(talk, id=talk_id) for talk, talk_id in zip(talks, ids, strict=True)), key=talk_order)
    notes += _far_away(talks)
    notes += _overlaps(talks)
    clean_title = one_line(title, MAX_TITLE)
    if not clean_title:
        clean_title = PurePath(file).stem or "Conference"
        notes.append(
            f"{file} does not name the conference, so it is called {quoted(clean_title)}: --title changes that."
        )
    return Schedule(
        slug=slug or slug_of(clean_title),
        title=clean_title,
        zone=zone.key,
        start=talks[0].start.date(),
        end=max(talks, key=lambda talk: talk.end_utc_s).end.date(),
        talks=tuple(talks),
        url=web_address(url),
        warnings=_bounded(notes),
        left_out=len(left_out),
    )


def too_many_talks(file: str) -> ScheduleError:
    """Return the error that `file` holds more talks than can be taken."""
    return ScheduleError(f"{file} holds more than the {MAX_TALKS} talks that Clapmark can load. Split it by day.")


def web_address(url: str) -> str:
    """Return `url` if it is an http or https address that may be shown and followed, else ""."""
    if len(url) > MAX_URL or one_line(url, MAX_URL) != url or any(character in _NOT_IN_URLS for character in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _missing_everywhere(drafts: list[Draft]) -> list[str]:
    """Return what all talks lack: a single note says it better than one for each, and more than none."""
    if len(drafts) < 2:
        return []
    notes = []
    if not any(draft.room.strip() for draft in drafts):
        notes.append(
            "No talk has a room, so bookmarks are linked by time only; where several talks run at once, "
            "`clapmark assign` decides."
        )
    if not any(name.strip() for draft in drafts for name in draft.speakers):
        notes.append("No talk has a speaker.")
    return notes


def _ends(drafts: list[Draft], notes: list[str]) -> list[datetime]:
    """Return the end of each talk: its own, or a likely one where it has none or an impossible one."""
    starts: dict[str, list[float]] = {}
    for draft in drafts:
        starts.setdefault(fold(draft.room), []).append(draft.start.timestamp())
    for times in starts.values():
        times.sort()
    ends = []
    guessed: list[str] = []
    for draft in drafts:
        end = draft.end if draft.end is None else _possible_end(draft, draft.end, notes)
        if end is None:
            room = fold(draft.room)
            times = starts[room] if room else []
            following = bisect_right(times, draft.start.timestamp())
            length = timedelta(seconds=times[following] - draft.start.timestamp()) if following < len(times) else None
            end = after(draft.start, length if length and length <= _UNTIL_NEXT else _LENGTH_UNKNOWN)
            if draft.end is None:
                title = quoted(draft.title, 40)
                guessed.append(
                    f"{draft.place}: the talk {title} has no end, so it was taken to last until {end:%H:%M}."
                )
        ends.append(end)
    if len(guessed) > _MAX_NAMED:
        who = "No talk has an end" if len(guessed) == len(drafts) else f"{len(guessed)} talks have no end"
        notes.append(
            f"{who}: each was taken to last until the next one in its room, or {_minutes(_LENGTH_UNKNOWN)} minutes."
        )
    else:
        notes += guessed
    return ends


def _possible_end(draft: Draft, end: datetime, notes: list[str]) -> datetime | None:
    """Return `end` if a talk can end then, None if that is a mistake in the source; what is odd is added to `notes`."""
    length = timedelta(seconds=end.timestamp() - draft.start.timestamp())
    name = f"{draft.place}: the talk {quoted(draft.title, 40)}"
    if length < timedelta():
        notes.append(f"{name} would end before it starts; its end was guessed.")
        return None
    if length > MAX_LENGTH:
        notes.append(f"{name} would last more than {MAX_LENGTH.days} days; its end was guessed.")
        return None
    if length > _LONG:
        notes.append(f"{name} lasts {length_text(length)}.")
    return end


def _far_away(talks: list[Talk]) -> list[str]:
    """Return notes on the talks that are months away from most others, if they are few."""
    middle = talks[len(talks) // 2].start_utc_s
    far = [talk for talk in talks if abs(talk.start_utc_s - middle) > _FAR.total_seconds()]
    if len(far) * 4 > len(talks):
        return []
    return [
        f"{quoted(talk.title, 40)} is on {talk.start:%Y-%m-%d}, months away from the other talks: is its date right?"
        for talk in far[:_MAX_NAMED]
    ]


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _talk(draft: Draft, end: datetime, notes: list[str]) -> Talk:
    title = one_line(draft.title, MAX_TITLE)
    if not title:
        title = NO_TITLE
        notes.append(f"{draft.place}: the talk has no title.")
    elif len(draft.title.strip()) > MAX_TITLE:
        notes.append(f"{draft.place}: the title {quoted(title, 40)} was cut at {MAX_TITLE} characters.")
    length = timedelta(seconds=end.timestamp() - draft.start.timestamp())
    if not length:
        notes.append(f"{draft.place}: the talk {quoted(title, 40)} has no length.")
    speakers = (one_line(name, MAX_NAME) for name in draft.speakers[:MAX_SPEAKERS])
    lightning = "lightning" in draft.kind.lower() or timedelta() < length <= _LIGHTNING_LENGTH
    return Talk(
        id="",
        title=title,
        start=draft.start,
        end=end,
        room=one_line(draft.room, MAX_NAME),
        speakers=tuple(name for name in speakers if name),
        abstract=paragraphs(draft.abstract, MAX_ABSTRACT),
        url=web_address(draft.url),
        track=one_line(draft.track, MAX_NAME),
        kind=LIGHTNING if lightning else TALK,
        guid=one_line(draft.guid, MAX_NAME),
        code=one_line(draft.code, MAX_NAME),
        source_id=one_line(draft.source_id, MAX_NAME),
        recording_url=web_address(draft.recording_url),
    )


def _overlaps(talks: list[Talk]) -> list[str]:
    latest: dict[str, Talk] = {}
    notes = []
    for talk in talks:
        room = fold(talk.room)
        before = latest.get(room)
        if before is not None and room and talk.start_utc_s < before.end_utc_s:
            notes.append(
                f"{quoted(before.title, 40)} and {quoted(talk.title, 40)} overlap in {quoted(talk.room, 40)} "
                f"on {talk.start:%Y-%m-%d at %H:%M}."
            )
        if before is None or talk.end_utc_s > before.end_utc_s:
            latest[room] = talk
    return notes


def _bounded(notes: list[str]) -> tuple[str, ...]:
    if len(notes) <= _MAX_WARNINGS:
        return tuple(notes)
    return (*notes[:_MAX_WARNINGS], f"... and {len(notes) - _MAX_WARNINGS} more like these.")
