"""From what an importer found to a schedule: texts cleaned and bounded, ids given, oddities noted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import slug_of, talk_ids
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

MAX_LENGTH = timedelta(hours=36)  # a hackathon; longer than this is a mistake in the source
_LIGHTNING_LENGTH = timedelta(minutes=10)
_MAX_WARNINGS = 20
_NOT_IN_URLS = ' "<>\\^`{|}'


@dataclass
class Draft:
    """One talk as an importer found it: texts still as they came, times aware and in the schedule's zone."""

    title: str
    start: datetime
    end: datetime
    place: str  # where in the file, for messages: "line 12", "days[0].rooms.Main[3]"
    room: str = ""
    speakers: tuple[str, ...] = ()
    abstract: str = ""
    url: str = ""
    track: str = ""
    kind: str = ""  # as the source calls it
    guid: str = ""
    short_name: str = ""  # the source's own short identifier


def build_schedule(
    drafts: list[Draft], *, file: str, title: str, zone: ZoneInfo, slug: str, url: str, warnings: list[str]
) -> Schedule:
    """Return the schedule of the talks in `drafts`. `slug` may be empty: then the title gives it.

    `warnings` are the importer's own; what is found here is added. Raises ScheduleError if there is no talk, if there
    are too many, or if one cannot be.
    """
    if not drafts:
        raise ScheduleError(f"{file} holds no talk: is it the right file?")
    if len(drafts) > MAX_TALKS:
        raise too_many_talks(file)
    notes = list(warnings)
    talks = [_talk(draft, file, notes) for draft in drafts]
    identities = [(talk.title, ", ".join(talk.speakers), talk.room, talk.start.isoformat()) for talk in talks]
    ids = talk_ids([draft.short_name for draft in drafts], identities)
    talks = sorted((replace(talk, id=talk_id) for talk, talk_id in zip(talks, ids, strict=True)), key=talk_order)
    notes += _overlaps(talks)
    clean_title = one_line(title, MAX_TITLE) or "Conference"
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


def _talk(draft: Draft, file: str, notes: list[str]) -> Talk:
    title = one_line(draft.title, MAX_TITLE)
    if not title:
        title = NO_TITLE
        notes.append(f"{draft.place}: the talk has no title.")
    elif len(draft.title.strip()) > MAX_TITLE:
        notes.append(f"{draft.place}: the title {quoted(title, 40)} was cut at {MAX_TITLE} characters.")
    length = timedelta(seconds=draft.end.timestamp() - draft.start.timestamp())
    if length < timedelta() or length > MAX_LENGTH:
        raise ScheduleError(
            f"{file}, {draft.place}: the talk {quoted(title, 40)} would end on {draft.end:%Y-%m-%d at %H:%M}, "
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
        end=draft.end,
        room=one_line(draft.room, MAX_NAME),
        speakers=tuple(name for name in speakers if name),
        abstract=paragraphs(draft.abstract, MAX_ABSTRACT),
        url=web_address(draft.url),
        track=one_line(draft.track, MAX_NAME),
        kind=LIGHTNING if lightning else TALK,
        guid=one_line(draft.guid, MAX_NAME),
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
