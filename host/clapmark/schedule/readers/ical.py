"""iCalendar (RFC 5545) as conferences publish it: each VEVENT with a time of day is a talk.

Content lines, escapes and values are read by the library `icalendar`. Its whole-calendar parser is not used: it would
compute every change of the clock that a VTIMEZONE describes, which other people write. Zones are taken by name, and
their rules only where the name is unknown (`ical_zones.py`). Lines are unfolded before the text is decoded (`load.py`),
since a fold may part a character.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar.parser import Contentline
from icalendar.prop import vDDDTypes

from clapmark.base.words import counted
from clapmark.schedule.errors import RecordError, ScheduleError
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR, MAX_ABSTRACT, MAX_TALKS, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.ical_repeats import MAX_TIMES, Excluded, RuleError, times
from clapmark.schedule.readers.ical_zones import Zones, choose_zone
from clapmark.schedule.text import one_line, quoted, unescaped, without_html
from clapmark.schedule.times.durations import parse_duration
from clapmark.schedule.zones import after, in_zone

MAX_DEPTH = 20  # calendar, event, alarm: three
MAX_LINE = 200_000  # characters, unfolded
_CALENDAR_NAMES = frozenset(("PRODID", "X-WR-CALNAME", "X-WR-TIMEZONE", "NAME"))
_LISTS = frozenset(("EXDATE", "RDATE"))  # an event may have several of them
_TIME_NAMES = frozenset(("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID")) | _LISTS
_EVENT_NAMES = _TIME_NAMES | {"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "CATEGORIES", "STATUS"}
# a line of another kind continues the one above: some programs write line ends into a description as they are
_PROPERTY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:;[^:\n]{0,2000})?:")
_COMPONENT = re.compile(r"(BEGIN|END):\s*([A-Za-z0-9-]{1,40})", re.IGNORECASE)
_STANDARD_NAMES = frozenset(
    ("ATTACH", "ATTENDEE", "CLASS", "COMMENT", "CONTACT", "CREATED", "DTSTAMP", "GEO", "LAST-MODIFIED",
     "ORGANIZER", "PRIORITY", "RELATED-TO", "RESOURCES", "SEQUENCE", "TRANSP", "ACTION", "TRIGGER", "REPEAT",
     "METHOD", "VERSION", "CALSCALE", "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "TZURL", "COLOR", "IMAGE",
     "CONFERENCE", "REFRESH-INTERVAL", "SOURCE", "REQUEST-STATUS", "COMPLETED", "DUE", "PERCENT-COMPLETE", "FREEBUSY")
)  # fmt: skip
_PRETALX_UID = re.compile(r"pretalx-(.+)-([A-Z0-9]{5,12})@.*")
_MAX_ZONES = 50
_MAX_ZONE_LINES = 400
_SPAN = timedelta(days=14)  # in which events are repeated where no other event shows how long the conference lasts
_LONGEST = timedelta(days=30)  # as far as is computed; what a talk may last is judged later
_ANOTHER_CALENDAR = "The conference may have a second calendar, that of its talks"


class _Properties:
    """The properties of the calendar or of one event: the first of each name."""

    def __init__(self, place: str, file: str) -> None:
        self.place = place
        self.file = file
        self._found: dict[str, tuple[str, str]] = {}  # name: zone, value

    def add(self, name: str, zone: str, value: str) -> None:
        """Keep a property, unless there is one of that name; lists are joined."""
        if name in _LISTS and name in self._found:
            if len(self._found[name][1]) < MAX_LINE:
                self._found[name] = zone, f"{self._found[name][1]},{value}"
        else:
            self._found.setdefault(name, (zone, value))

    def text(self, name: str) -> str:
        """Return the value of a property, "" where it is missing."""
        return self._found.get(name, ("", ""))[1].strip()

    def zone_name(self, name: str) -> str:
        """Return the zone that a time names, "" where it names none."""
        return self._found.get(name, ("", ""))[0]

    def value(self, name: str) -> object:
        """Return a time, date or duration. Raises RecordError if it is not one of these."""
        text = self.text(name)
        try:
            return vDDDTypes.from_ical(text)  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError) as error:
            found = _in_other_spelling(name, text)
            if found is None:
                raise self.wrong(name) from error
            return found

    def extend(self, name: str, text: str) -> None:
        """Append a line to a property that goes on in it."""
        if name in self._found and len(self._found[name][1]) < MAX_LINE:
            zone, value = self._found[name]
            self._found[name] = zone, f"{value}\n{text}"

    def wrong(self, name: str) -> RecordError:
        """Return the error that a property cannot be."""
        expected = 'a duration such as "PT45M"' if name == "DURATION" else 'a time such as "20230818T090000"'
        found = quoted(self.text(name), 40) if self.text(name) else "nothing"
        title = f" (the talk {quoted(self.text('SUMMARY'), 40)})" if self.text("SUMMARY") else ""
        return RecordError(self.file, f"{self.place}, {name}: found {found}, expected {expected}{title}")


def _in_other_spelling(name: str, text: str) -> date | timedelta | None:
    """Return a value as programs write it against the rules: `2025-06-01T10:00`, `20250601T1000`, `0:45`."""
    try:
        if name == "DURATION":
            return parse_duration(text)[0]
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if re.search(r"[T ]\d", text) else found.date()


def read(text: str, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the iCalendar `text`. `zone` goes before the zone that the file names.

    `file` names the source in messages; empty `title` and `slug` are taken from the file. Raises UsageError if no
    zone is known, ScheduleError if no talk can be read.
    """
    notes: list[str] = []
    definitions: dict[str, list[str]] = {}
    calendar, *events = _components(text, file, notes, definitions)
    left_out: list[str] = []
    talks = _timed(events, file, notes, left_out)
    named = Counter(event.zone_name("DTSTART") for event in talks)
    floating = sum(not event.text("DTSTART").upper().endswith("Z") for event in talks if not event.zone_name("DTSTART"))
    if talks:
        zone = zone or choose_zone(named, floating, calendar.text("X-WR-TIMEZONE"), file, notes, definitions)
    drafts: list[Draft] = []
    if zone is not None:
        zones = Zones(zone, notes, definitions)
        from_pretalx = "pretalx" in calendar.text("PRODID").lower()
        repeating: list[tuple[_Properties, Draft]] = []
        for event in talks:
            try:
                draft = _draft(event, zones, from_pretalx)
            except RecordError as error:
                left_out.append(error.fact)
                continue
            if event.text("RRULE") or event.text("RDATE"):
                repeating.append((event, draft))
            else:
                drafts.append(draft)
        drafts += _repeated(repeating, drafts, _replaced(events, zones), zones, file)
    name = calendar.text("X-WR-CALNAME") or calendar.text("NAME")
    if not name and talks:
        uid = _PRETALX_UID.fullmatch(talks[0].text("UID"))
        name = uid[1] if uid else ""
    return build_schedule(
        drafts,
        file=file,
        title=title or unescaped(name),
        zone=zone or ZoneInfo("UTC"),  # there is no talk, which is reported
        slug=slug,
        url="",
        warnings=notes,
        left_out=left_out,
    )


def _components(text: str, file: str, notes: list[str], definitions: dict[str, list[str]]) -> list[_Properties]:
    """Return the calendar's own properties, then those of each event; add its definitions of zones to `definitions`."""
    zone_lines: list[str] = []
    calendar = _Properties("the calendar", file)
    events: list[_Properties] = []
    open_parts: list[str] = []
    is_complete = False
    last = ""  # the property that a line without a name continues
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    for line in filter(None, map(str.rstrip, lines)):
        component = _COMPONENT.fullmatch(line)
        if "VTIMEZONE" in open_parts[1:2] and line.upper() != "END:VTIMEZONE" and len(zone_lines) < _MAX_ZONE_LINES:
            zone_lines.append(line)
        if component is not None:
            kind = component[2].upper()
            last = ""
            if component[1].upper() == "END":
                is_complete = is_complete or kind == "VCALENDAR"
                if kind == "VTIMEZONE" and len(definitions) < _MAX_ZONES:
                    names = (line.partition(":")[2] for line in zone_lines if line.upper().startswith("TZID"))
                    definitions.setdefault(next(names, "").strip(), zone_lines)
                if kind in open_parts:  # what was opened in it and not closed ends as well
                    del open_parts[len(open_parts) - 1 - open_parts[::-1].index(kind) :]
                continue
            open_parts.append(kind)
            zone_lines = [] if kind == "VTIMEZONE" else zone_lines
            if len(open_parts) > MAX_DEPTH:
                raise ScheduleError(f"{file} is iCalendar nested deeper than any schedule. Export it again.")
            if open_parts[1:] == ["VEVENT"]:
                events.append(_Properties(f"event {len(events) + 1}", file))
                if len(events) > MAX_TALKS:
                    raise too_many_talks(file)
            continue
        part = calendar if len(open_parts) == 1 else events[-1] if open_parts[1:] == ["VEVENT"] else None
        if part is None:
            continue
        name = _property_name(line)
        if not name:
            part.extend(last, line)
            continue
        last = name
        if name in (_CALENDAR_NAMES if part is calendar else _EVENT_NAMES):
            _add(part, name, line, file, notes)
    if open_parts and not is_complete:
        raise ScheduleError(f"{file} is cut: its {one_line(open_parts[-1], 40)} has no end. Download it again.")
    return [calendar, *events]


def _property_name(line: str) -> str:
    """Return the name of the property in a line, "" if the line has none and continues the one above."""
    match = _PROPERTY.match(line)
    name = match[1].upper() if match else ""
    is_known = name in _EVENT_NAMES or name in _CALENDAR_NAMES or name in _STANDARD_NAMES or name.startswith("X-")
    return name if is_known and match and match[1] == name else ""


def _add(part: _Properties, name: str, line: str, file: str, notes: list[str]) -> None:
    if len(line) > MAX_LINE:
        raise ScheduleError(f"{file}, {part.place}: {name} is longer than in any schedule. Export it again.")
    try:
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        notes.append(f"{part.place}: {quoted(line, 40)} is not a line of iCalendar; it was ignored.")
        return
    zone = parameters.get("TZID", "")
    part.add(name, zone if isinstance(zone, str) else "", value)


def _timed(events: list[_Properties], file: str, notes: list[str], left_out: list[str]) -> list[_Properties]:
    """Return the events that are talks, and note how many are not. Raises ScheduleError if none is."""
    others: Counter[str] = Counter()
    talks = []
    for event in events:
        try:
            start = event.value("DTSTART")
        except RecordError as error:
            left_out.append(error.fact)
            continue
        if event.text("STATUS").upper() == "CANCELLED":
            others["cancelled"] += 1
        elif not isinstance(start, datetime):
            others["all-day, without a time of day"] += 1
        else:
            talks.append(event)
    notes += [f"Events that were left out, {reason}: {count}." for reason, count in others.items()]
    if events and not talks and not left_out:
        reasons = " and ".join(f"{count} {reason}" for reason, count in others.items())
        if len(others) == 1:
            reasons = f"all {len(events)} events are {next(iter(others))}"
        raise ScheduleError(f"{file} has no talk: {reasons}. {_ANOTHER_CALENDAR}.")
    if not events:
        raise ScheduleError(f"{file} holds no talk: the calendar has no events. {_ANOTHER_CALENDAR}.")
    return talks


def _replaced(events: list[_Properties], zones: Zones) -> set[tuple[str, float]]:
    """Return which times of repeating events other events replace or cancel: their UID and the time."""
    found = set()
    for event in events:
        if event.text("RECURRENCE-ID") and event.text("UID"):  # without one it replaces nothing that could be named
            try:
                found.add((event.text("UID"), _moment(event, "RECURRENCE-ID", zones).timestamp()))
            except RecordError:
                continue
    return found


def _repeated(
    events: list[tuple[_Properties, Draft]],
    others: list[Draft],
    replaced: set[tuple[str, float]],
    zones: Zones,
    file: str,
) -> list[Draft]:
    """Return the drafts of repeating events: their times from the first to the last day of the `others`.

    An event that begins within 14 days before, or whose rule ends within 14 days after, is taken from its first time or
    to its last one.
    """
    if not events:
        return []
    first = min((draft.start for draft in others), default=min(draft.start for _, draft in events))
    last = max((draft.end or draft.start for draft in others), default=first + _SPAN)
    begin = first.replace(hour=0, minute=0, second=0)
    until = last.replace(hour=23, minute=59, second=59)
    found: list[Draft] = []
    for event, draft in events:
        own_begin = min(begin, draft.start) if draft.start >= begin - _SPAN else begin
        has_end = "COUNT=" in event.text("RRULE").upper() or "UNTIL=" in event.text("RRULE").upper()
        own_until = until + _SPAN if has_end or not event.text("RRULE") else until
        taken = list(_moments(event, draft, own_until, zones))
        moments = [moment for moment in taken if moment >= own_begin] or taken[:1]  # it is not at the conference's time
        if len(moments) > MAX_TIMES:
            zones.notes.append(
                f"{event.place}: {quoted(draft.title, 40)} repeats {len(moments)} times; {MAX_TIMES} were taken."
            )
        uid = event.text("UID")
        length = draft.end - draft.start if draft.end else None
        for moment in moments[:MAX_TIMES]:
            start = in_zone(moment, zones.zone)[0]
            if uid and (uid, start.timestamp()) in replaced:
                continue
            guid = uid if start == draft.start else f"{uid} {start:%Y%m%dT%H%M}"
            end = after(start, length) if length is not None else None
            found.append(replace(draft, start=start, end=end, guid=guid))
            if len(found) > MAX_TALKS:
                raise too_many_talks(file)
    zones.notes.append(
        f"Events that repeat: {len(events)}; they take place {counted(len(found), 'time')} during the conference."
    )
    return found


def _moments(event: _Properties, draft: Draft, until: datetime, zones: Zones) -> Iterator[datetime]:
    """Yield the times of a repeating event up to `until`, without those that it excludes."""
    found = event.value("DTSTART")
    name = event.zone_name("DTSTART")
    if not isinstance(found, datetime):
        return
    clock = zones.clock(found, name, event.place, draft.title)
    own = draft.start.astimezone(clock)
    excluded = Excluded(event.text("EXDATE"), clock)
    try:
        moments = times(own, event.text("RRULE"), event.text("RDATE"), until)
    except RuleError:
        zones.notes.append(
            f"{event.place}: {quoted(draft.title, 40)} repeats by a rule that is not daily or weekly; only its first "
            "time was taken."
        )
        moments = [own]
    yield from (moment for moment in moments if moment not in excluded)


def _draft(event: _Properties, zones: Zones, from_pretalx: bool) -> Draft:
    start = _moment(event, "DTSTART", zones)
    title, speakers = event.text("SUMMARY"), ""
    if from_pretalx:
        before, separator, behind = f"{title} ".rpartition(" - ")
        title, speakers = (before, behind) if separator else (title, "")
    uid = _PRETALX_UID.fullmatch(event.text("UID"))
    return Draft(
        title=unescaped(title),
        start=start,
        end=_end(event, start, zones),
        place=event.place,
        room=unescaped(event.text("LOCATION")),
        speakers=tuple(name.strip() for name in speakers.split(",")),
        abstract=without_html(event.text("DESCRIPTION"), MAX_ABSTRACT),
        url=event.text("URL"),
        track=event.text("CATEGORIES").split(",")[0],
        guid=event.text("UID"),
        code=uid[2] if uid else "",
    )


def _end(event: _Properties, start: datetime, zones: Zones) -> datetime | None:
    """Return the end, by DTEND or DURATION. One that cannot be read is noted: the talk is kept without an end."""
    for name in ("DTEND", "DURATION"):
        if not event.text(name):
            continue
        try:
            if name == "DTEND":
                return _moment(event, name, zones)
            length = event.value(name)
            if isinstance(length, timedelta):
                return after(start, max(min(length, _LONGEST), -_LONGEST))
            raise event.wrong(name)
        except RecordError as error:
            zones.notes.append(f"{error.fact}; this value was ignored.")
    return None


def _moment(event: _Properties, name: str, zones: Zones) -> datetime:
    found = event.value(name)
    if not isinstance(found, datetime) or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise event.wrong(name)
    return zones.local(found, event.zone_name(name), event.place, event.text("SUMMARY"))
