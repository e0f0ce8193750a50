"""From what an importer found to a schedule: texts cleaned and bounded, ids given, oddities noted."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

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
from clapmark.schedule.zones import after

MAX_LENGTH = timedelta(hours=36)  # a hackathon; longer than this is a mistake in the source
_LIGHTNING_LENGTH = timedelta(minutes=10)
_UNTIL_NEXT = timedelta(hours=3)  # a talk without an end lasts until the next one in its room, if that begins by then,
_LENGTH_UNKNOWN = timedelta(minutes=30)  # else this long
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
    drafts: list[Draft], *, file: str, title: str, zone: ZoneInfo, slug: str, url: str, warnings: list[str]
) -> Schedule:
    """Return the schedule of the talks in `drafts`. `slug` may be empty: then the title gives it; so may the title.

    `warnings` are the importer's own; what is found here is added. Raises ScheduleError if there is no talk, if there
    are too many, or if one cannot be.
    """
    if not drafts:
        raise ScheduleError(f"{file} holds no talk: is it the right file?")
    if len(drafts) > MAX_TALKS:
        raise too_many_talks(file)
    notes = list(warnings)
    ends = _ends(drafts, notes)
    talks = [_talk(draft, end, file, notes) for draft, end in zip(drafts, ends, strict=True)]
    identities = [(talk.title, ", ".join(talk.speakers), talk.room, talk.start.isoformat()) for talk in talks]
    ids = talk_ids([draft.code if is_id(draft.code) else draft.source_id for draft in drafts], identities)
    talks = sorted((replace(talk, id=talk_id) for talk, talk_id in zip(talks, ids, strict=True)), key=talk_order)
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
    )


def too_many_talks(file: str) -> ScheduleError:
    """Return the error that `file` holds more talks than can be taken."""
    return ScheduleError(f"{file} holds more than the {MAX_TALKS} talks that Clapmark takes. Split it by day.")


def web_address(url: str) -> str:
    """Return `url` if it is an http or https address that may be shown and followed, else ""."""
    if len(url) > MAX_URL or one_line(url, MAX_URL) != url or any(character in _NOT_IN_URLS for character in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _ends(drafts: list[Draft], notes: list[str]) -> list[datetime]:
    starts: dict[str, list[float]] = {}
    for draft in drafts:
        starts.setdefault(draft.room, []).append(draft.start.timestamp())
    for times in starts.values():
        times.sort()
    ends = []
    for draft in drafts:
        end = draft.end
        if end is None:
            times = starts[draft.room] if draft.room else []
            following = bisect_right(times, draft.start.timestamp())
            length = timedelta(seconds=times[following] - draft.start.timestamp()) if following < len(times) else None
            end = after(draft.start, length if length and length <= _UNTIL_NEXT else _LENGTH_UNKNOWN)
            title = quoted(draft.title, 40)
            notes.append(f"{draft.place}: the talk {title} has no end, so it was taken to last until {end:%H:%M}.")
        ends.append(end)
    return ends


def _talk(draft: Draft, end: datetime, file: str, notes: list[str]) -> Talk:
    title = one_line(draft.title, MAX_TITLE)
    if not title:
        title = NO_TITLE
        notes.append(f"{draft.place}: the talk has no title.")
    elif len(draft.title.strip()) > MAX_TITLE:
        notes.append(f"{draft.place}: the title {quoted(title, 40)} was cut at {MAX_TITLE} characters.")
    length = timedelta(seconds=end.timestamp() - draft.start.timestamp())
    if length < timedelta() or length > MAX_LENGTH:
        raise ScheduleError(
            f"{file}, {draft.place}: the talk {quoted(title, 40)} would end on {end:%Y-%m-%d at %H:%M}, "
            f"{_hours(length)} after its start. Correct its times in the file and load it again."
        )
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


def _hours(length: timedelta) -> str:
    return f"{length.total_seconds() / 3600:g} hours"


def _overlaps(talks: list[Talk]) -> list[str]:
    latest: dict[str, Talk] = {}
    notes = []
    for talk in talks:
        before = latest.get(talk.room)
        if before is not None and talk.room and talk.start_utc_s < before.end_utc_s:
            notes.append(
                f"{quoted(before.title, 40)} and {quoted(talk.title, 40)} overlap in {quoted(talk.room, 40)} "
                f"on {talk.start:%Y-%m-%d at %H:%M}."
            )
        if before is None or talk.end_utc_s > before.end_utc_s:
            latest[talk.room] = talk
    return notes


def _bounded(notes: list[str]) -> tuple[str, ...]:
    if len(notes) <= _MAX_WARNINGS:
        return tuple(notes)
    return (*notes[:_MAX_WARNINGS], f"... and {len(notes) - _MAX_WARNINGS} more like these.")
