"""One schedule from what a conference publishes: the format is recognised by what is in the file."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.base.text_files import decode_text
from clapmark.schedule import store
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_slug
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR, MAX_TITLE, Schedule
from clapmark.schedule.readers import csv_table, frab_json, pycon_text, sessionize, talks_json, workbook
from clapmark.schedule.readers.shape import parse_json
from clapmark.schedule.source import read_source
from clapmark.schedule.text import one_line, quoted
from clapmark.schedule.zones import asked_zone

_KNOWN = (
    "the schedule.json and schedule.xml of frab, pretalx and the CCC hub, iCalendar, Sessionize's GridSmart and All "
    "views, lists of talks as JSON, CSV and Excel workbooks (.xlsx) with the names of the columns, and the PyCon US "
    "listing as text"
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
    is reported in the result's `warnings`.

    Raises UsageError (zone, start or slug missing or impossible) and ScheduleError (the file cannot be read), each
    with a sentence for the person.
    """
    _check(start, slug)
    found_zone, note = asked_zone(zone) if zone is not None else (None, "")
    data, file = read_source(source)
    schedule = parse_schedule(data, file, zone=found_zone, start=start, title=title or "", slug=slug or "")
    return replace(schedule, warnings=(note, *schedule.warnings)) if note else schedule


def parse_schedule(
    data: bytes, file: str, *, zone: ZoneInfo | None, start: date | None = None, title: str = "", slug: str = ""
) -> Schedule:
    """Return the schedule in the bytes of a file; `file` names it in messages. Empty texts are taken from the file.

    Raises as `load_schedule`.
    """
    kind = workbook.kind_of(data)
    if kind == "xlsx":
        return workbook.read(data, file=file, zone=_needed(zone, file), start=start, title=title, slug=slug)
    if kind:
        raise workbook.refusal(file, kind)
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:50].lower()
    is_xml = head.startswith((b"<?xml", b"<schedule"))
    is_calendar = head.startswith(b"begin:vcalendar")
    # a folded line may part the bytes of a character
    decoded = decode_text(_unfolded(data) if is_calendar else data)
    text = decoded.text
    if _is_binary(text):
        raise ScheduleError(f"{file} is not a text file. Clapmark reads {_KNOWN}.")
    if is_xml:
        return _read_xml(data, file, zone, title, slug)  # it declares its encoding itself
    schedule = _read_text(text, file, zone, start, title, slug)
    return replace(schedule, warnings=(decoded.note, *schedule.warnings)) if decoded.note else schedule


def _read_text(text: str, file: str, zone: ZoneInfo | None, start: date | None, title: str, slug: str) -> Schedule:
    head = text.lstrip()[:50].lower()
    if head.startswith(("{", "[")):
        return _read_json(text, file, zone, title, slug)
    if head.startswith(("<?xml", "<schedule")):  # in UTF-16: the encoding that it declares may be another
        declaration = re.match(r"\s*<\?xml[^<>]*\?>", text)
        return _read_xml(text[declaration.end() if declaration else 0 :].encode(), file, zone, title, slug)
    if head.startswith("begin:vcalendar"):
        from clapmark.schedule.readers import ical  # # the library takes a while to import

        unfolded = re.sub(r"\r?\n[ \t]", "", text)  # again, for text in UTF-16
        return ical.read(unfolded, file=file, zone=zone, title=title, slug=slug)
    if csv_table.recognises(text):
        return csv_table.read(text, file=file, zone=_needed(zone, file), start=start, title=title, slug=slug)
    if pycon_text.recognises(text):
        return pycon_text.read(text, file=file, zone=_needed(zone, file), start=start, title=title, slug=slug)
    missing = csv_table.what_is_missing(text)
    if missing:
        raise ScheduleError(f"{file} is a table, but not one of talks: it {missing}.")
    raise ScheduleError(f"{file} is {_guess(text)}. Clapmark reads {_KNOWN}.")


def _read_json(text: str, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    value = parse_json(text, file)
    if store.recognises(value):
        return _renamed(store.from_value(value, file), title, slug)
    if frab_json.recognises(value):
        return frab_json.read(value, file=file, zone=zone, title=title, slug=slug)
    if sessionize.recognises(value):
        return sessionize.read(value, file=file, zone=zone, title=title, slug=slug)
    if talks_json.recognises(value):
        return talks_json.read(value, file=file, zone=zone, title=title, slug=slug)
    raise ScheduleError(f"{file} is JSON, but no schedule that Clapmark knows: {talks_json.what_is_missing(value)}.")


def _read_xml(data: bytes, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    from clapmark.schedule.readers import frab_xml  # # XML is not needed by any other command

    return frab_xml.read(data, file=file, zone=zone, title=title, slug=slug)


def _unfolded(data: bytes) -> bytes:
    """Return iCalendar without the line ends that only fold long lines (RFC 5545, 3.1)."""
    return re.sub(rb"\r?\n[ \t]|\r[ \t]", b"", data)


def _is_binary(text: str) -> bool:
    sample = text[:4_000]
    odd = sum(character < " " and character not in "\t\n\r\f\v\x1b\x1a" for character in sample)
    return odd * 4 > len(sample)


def _check(start: date | None, slug: str | None) -> None:
    if slug is not None and not is_slug(slug):
        raise UsageError(f"{quoted(slug)} cannot name a conference's folder: take 1 to 40 small letters, digits and -.")
    if start is not None and not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise UsageError(f"The first day {start} cannot be: take a year from {FIRST_YEAR} to {LAST_YEAR}.")


def _needed(zone: ZoneInfo | None, file: str) -> ZoneInfo:
    if zone is None:
        raise UsageError(f"{file} does not say in which time zone it is: add --zone, such as --zone America/New_York.")
    return zone


def _guess(text: str) -> str:
    head = text.lstrip()[:200].lower()
    if head.startswith("<"):
        return 'a web page, not a schedule; look on it for a link such as "schedule.json", "iCal" or "Export"'
    return (
        "text without a line that names columns, such as “title,start,end,room”, and without one like “Friday 2:30 "
        "p.m.–3 p.m. in Room A”"
    )


def _renamed(schedule: Schedule, title: str, slug: str) -> Schedule:
    return replace(schedule, title=one_line(title, MAX_TITLE) or schedule.title, slug=slug or schedule.slug)
