"""Schedules: read from what conferences publish, kept as one model, sent to the device in compact form."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from clapmark.errors import UsageError
from clapmark.schedule import frab_json, pycon_text, store
from clapmark.schedule.compact import compact, device_rooms
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_id, is_slug, slug_of
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR, LIGHTNING, MAX_TITLE, TALK, Schedule, Talk
from clapmark.schedule.shape import parse_json
from clapmark.schedule.store import from_json, to_json
from clapmark.schedule.text import one_line, quoted
from clapmark.schedule.zones import find_zone

__all__ = [
    "LIGHTNING",
    "TALK",
    "Schedule",
    "ScheduleError",
    "Talk",
    "compact",
    "device_rooms",
    "from_json",
    "is_id",
    "is_slug",
    "load_schedule",
    "slug_of",
    "to_json",
]

MAX_BYTES = 20_000_000
_KNOWN = "a PyCon US talk listing as text, a frab or pretalx schedule.json, or a schedule.json of Clapmark"


def load_schedule(
    source: Path,
    *,
    zone: str | None = None,
    start: date | None = None,
    title: str | None = None,
    slug: str | None = None,
) -> Schedule:
    """Return the schedule in the file `source`; its format is recognised by what is in it.

    `zone` is an IANA name, needed where the file names none, and goes before the one that it names. `start` is the
    conference's first day, needed for listings that name weekdays only. Clapmark's own file needs neither and takes
    neither. `title` and `slug` (the name of the
    conference's folder) replace those that the file gives. What looks odd is told in the result's `warnings`.

    Raises UsageError (zone, start or slug missing or impossible) and ScheduleError (the file cannot be read), each
    with a sentence for the person.
    """
    if slug is not None and not is_slug(slug):
        raise UsageError(f"{quoted(slug)} cannot name a conference's folder: take 1 to 40 small letters, digits and -.")
    if start is not None and not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise UsageError(f"The first day {start} cannot be: take a year from {FIRST_YEAR} to {LAST_YEAR}.")
    found_zone = find_zone(zone) if zone is not None else None
    file = one_line(source.name, 200) or "the schedule"
    data = _read(source, file)
    name, folder = title or "", slug or ""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        value = parse_json(data, file)
        if store.recognises(value):
            return _renamed(store.from_value(value, file), name, folder)
        if frab_json.recognises(value):
            return frab_json.read(value, file=file, zone=found_zone, title=name, slug=folder)
        raise ScheduleError(f"{file} is JSON, but no schedule that Clapmark knows. It reads {_KNOWN}.")
    text = _decoded(data, file)
    if not pycon_text.recognises(text):
        raise ScheduleError(f"{file} is {_guess(text)}. Clapmark reads {_KNOWN}.")
    if found_zone is None:
        raise UsageError(f"{file} does not say in which time zone it is: add --zone, such as --zone America/New_York.")
    return pycon_text.read(text, file=file, zone=found_zone, start=start, title=name, slug=folder)


def _read(source: Path, file: str) -> bytes:
    try:
        with source.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or error
        raise ScheduleError(f"{source} cannot be read: {reason}. Check the path and try again.") from error
    except ValueError as error:  # a NUL in the path
        raise ScheduleError(f"{quoted(str(source))} is no path of a file.") from error
    if len(data) > MAX_BYTES:
        raise ScheduleError(
            f"{file} is larger than {MAX_BYTES // 1_000_000} MB, so it is no schedule: is it the right file?"
        )
    if not data.strip():
        raise ScheduleError(f"{file} is empty. Download or export it again.")
    return data


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScheduleError(f"{file} is no UTF-8 text (byte {error.start}). Save it as UTF-8 and try again.") from error


def _guess(text: str) -> str:
    head = text.lstrip()[:200].lower()
    if head.startswith("begin:vcalendar"):
        return "an iCalendar file, which this version does not read yet"
    if head.startswith(("<!doctype html", "<html")):
        return "a web page, not a schedule"
    if head.startswith("<"):
        return "XML, which this version does not read yet"
    return "text without a line such as “Friday 2:30 p.m.–3 p.m. in Room A”"


def _renamed(schedule: Schedule, title: str, slug: str) -> Schedule:
    return replace(schedule, title=one_line(title, MAX_TITLE) or schedule.title, slug=slug or schedule.slug)
