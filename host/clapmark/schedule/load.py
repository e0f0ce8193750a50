"""One schedule from what a conference publishes: the format is recognised by what is in the file."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule import store
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_slug
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR, MAX_TITLE, Schedule
from clapmark.schedule.readers import csv_table, frab_json, pycon_text, sessionize
from clapmark.schedule.readers.shape import parse_json
from clapmark.schedule.source import read_source
from clapmark.schedule.text import one_line, quoted
from clapmark.schedule.zones import find_zone

_KNOWN = (
    "the schedule.json and schedule.xml of frab and pretalx, iCalendar, Sessionize's GridSmart and All views, "
    "CSV with a header line, and the PyCon US listing as text"
)


def load_schedule(
    source: str | Path,
    *,
    zone: str | None = None,
    start: date | None = None,
    title: str | None = None,
    slug: str | None = None,
) -> Schedule:
    """Return the schedule in the file or at the http or https address `source`.

    `zone` is an IANA name, needed where the file names none, and goes before the one that it names. `start` is the
    conference's first day, needed for listings that name weekdays only. Clapmark's own file needs neither and takes
    neither. `title` and `slug` (the name of the conference's folder) replace those that the file gives. What looks odd
    is told in the result's `warnings`.

    Raises UsageError (zone, start or slug missing or impossible) and ScheduleError (the file cannot be read), each
    with a sentence for the person.
    """
    _check(start, slug)
    found_zone = find_zone(zone) if zone is not None else None
    data, file = read_source(source)
    return parse_schedule(data, file, zone=found_zone, start=start, title=title or "", slug=slug or "")


def parse_schedule(
    data: bytes, file: str, *, zone: ZoneInfo | None, start: date | None = None, title: str = "", slug: str = ""
) -> Schedule:
    """Return the schedule in the bytes of a file; `file` names it in messages. Empty texts are taken from the file.

    Raises as `load_schedule`.
    """
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:50].lower()
    if head[:1] in {b"{", b"["}:
        value = parse_json(data, file)
        if store.recognises(value):
            return _renamed(store.from_value(value, file), title, slug)
        if frab_json.recognises(value):
            return frab_json.read(value, file=file, zone=zone, title=title, slug=slug)
        if sessionize.recognises(value):
            return sessionize.read(value, file=file, zone=zone, title=title, slug=slug)
        raise ScheduleError(f"{file} is JSON, but no schedule that Clapmark knows. It reads {_KNOWN}.")
    if head.startswith((b"<?xml", b"<schedule")):
        from clapmark.schedule.readers import frab_xml  # noqa: PLC0415  # XML is not needed by any other command

        return frab_xml.read(data, file=file, zone=zone, title=title, slug=slug)
    text = _decoded(data, file)
    if head.startswith(b"begin:vcalendar"):
        from clapmark.schedule.readers import ical  # noqa: PLC0415  # the library takes a while to import

        return ical.read(text, file=file, zone=zone, title=title, slug=slug)
    if csv_table.recognises(text):
        return csv_table.read(text, file=file, zone=_needed(zone, file), title=title, slug=slug)
    if pycon_text.recognises(text):
        return pycon_text.read(text, file=file, zone=_needed(zone, file), start=start, title=title, slug=slug)
    raise ScheduleError(f"{file} is {_guess(text)}. Clapmark reads {_KNOWN}.")


def _check(start: date | None, slug: str | None) -> None:
    if slug is not None and not is_slug(slug):
        raise UsageError(f"{quoted(slug)} cannot name a conference's folder: take 1 to 40 small letters, digits and -.")
    if start is not None and not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise UsageError(f"The first day {start} cannot be: take a year from {FIRST_YEAR} to {LAST_YEAR}.")


def _needed(zone: ZoneInfo | None, file: str) -> ZoneInfo:
    if zone is None:
        raise UsageError(f"{file} does not say in which time zone it is: add --zone, such as --zone America/New_York.")
    return zone


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScheduleError(f"{file} is no UTF-8 text (byte {error.start}). Save it as UTF-8 and try again.") from error


def _guess(text: str) -> str:
    head = text.lstrip()[:200].lower()
    if head.startswith("<"):
        return "a web page, not a schedule"
    return "text without a header of columns, and without a line such as “Friday 2:30 p.m.–3 p.m. in Room A”"


def _renamed(schedule: Schedule, title: str, slug: str) -> Schedule:
    return replace(schedule, title=one_line(title, MAX_TITLE) or schedule.title, slug=slug or schedule.slug)
