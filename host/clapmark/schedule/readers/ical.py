"""iCalendar (RFC 5545) as conferences publish it: each VEVENT with a time of day is a talk.

Content lines, escapes and values are read by the library `icalendar`. Its whole-calendar parser is not used: it would
compute every change of the clock that a VTIMEZONE describes, which other people write. Zones are taken by name instead.
"""

import io
import re
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar.parser import Contentline
from icalendar.prop import vDDDTypes
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from clapmark.base.errors import UsageError
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR, MAX_ABSTRACT, MAX_TALKS, MAX_TITLE, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.text import one_line, quoted, without_html
from clapmark.schedule.zones import after, in_zone, known_zone

MAX_DEPTH = 20  # calendar, event, alarm: three
MAX_LINE = 200_000  # characters, unfolded
_CALENDAR_NAMES = frozenset(("PRODID", "X-WR-CALNAME", "X-WR-TIMEZONE", "NAME"))
_TIME_NAMES = frozenset(("DTSTART", "DTEND", "DURATION", "RRULE"))
_EVENT_NAMES = _TIME_NAMES | {"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "CATEGORIES", "STATUS"}
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PRETALX_UID = re.compile(r"pretalx-(.+)-([A-Z0-9]{5,12})@.*")
_LONGEST = timedelta(days=30)  # as far as is computed; what a talk may last is judged later


class _Properties:
    """The properties of the calendar or of one event: the first of each name."""

    def __init__(self, place: str, file: str) -> None:
        self.place = place
        self.file = file
        self._found: dict[str, tuple[str, str]] = {}  # name: zone, value

    def add(self, name: str, zone: str, value: str) -> None:
        """Keep a property, unless there is one of that name."""
        self._found.setdefault(name, (zone, value))

    def text(self, name: str) -> str:
        """Return the value of a property, "" where it is missing."""
        return self._found.get(name, ("", ""))[1].strip()

    def zone_name(self, name: str) -> str:
        """Return the zone that a time names, "" where it names none."""
        return self._found.get(name, ("", ""))[0]

    def value(self, name: str) -> object:
        """Return a time, date or duration. Raises ScheduleError if it is none."""
        text = self.text(name)
        try:
            return vDDDTypes.from_ical(text)  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError) as error:
            raise self.wrong(name) from error

    def wrong(self, name: str) -> ScheduleError:
        """Return the error that a property cannot be."""
        expected = 'a duration such as "PT45M"' if name == "DURATION" else 'a time such as "20230818T090000"'
        found = quoted(self.text(name), 40) if self.text(name) else "nothing"
        return ScheduleError(
            f"{self.file}, {self.place}: {found} stands in {name} where {expected} is expected. "
            "Correct it or export it again."
        )


def read(text: str, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the iCalendar `text`. `zone` goes before the zone that the file names.

    `file` names the source in messages; empty `title` and `slug` are taken from the file. Raises UsageError if no
    zone is known, ScheduleError if the file is not as it should be.
    """
    calendar, *events = _components(text, file)
    warnings: list[str] = []
    talks = _timed(events, warnings)
    zone = zone or _zone(calendar, talks)
    from_pretalx = "pretalx" in calendar.text("PRODID").lower()
    drafts = [_draft(event, zone, from_pretalx, warnings) for event in talks]
    name = calendar.text("X-WR-CALNAME") or calendar.text("NAME")
    if not name and talks:
        uid = _PRETALX_UID.fullmatch(talks[0].text("UID"))
        name = uid[1] if uid else ""
    return build_schedule(drafts, file=file, title=title or name, zone=zone, slug=slug, url="", warnings=warnings)


def _components(text: str, file: str) -> list[_Properties]:
    """Return the calendar's own properties, then those of each event."""
    calendar = _Properties("the calendar", file)
    events: list[_Properties] = []
    open_parts: list[str] = []
    # unfolded here: the library makes an object of every line, wanted or not, which takes gigabytes for a hostile file
    unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    for line in filter(None, map(str.rstrip, io.StringIO(unfolded))):
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            open_parts.append(line[6:].strip().upper())
            if len(open_parts) > MAX_DEPTH:
                raise ScheduleError(f"{file} is iCalendar nested deeper than any schedule. Export it again.")
            if open_parts[1:] == ["VEVENT"]:
                events.append(_Properties(f"event {len(events) + 1}", file))
                if len(events) > MAX_TALKS:
                    raise too_many_talks(file)
        elif name == "END" and open_parts:
            open_parts.pop()
        elif len(open_parts) == 1 and name in _CALENDAR_NAMES:
            calendar.add(*_property(name, line, file, calendar.place))
        elif open_parts[1:] == ["VEVENT"] and name in _EVENT_NAMES:
            events[-1].add(*_property(name, line, file, events[-1].place))
    if open_parts:
        raise ScheduleError(f"{file} is cut: its {one_line(open_parts[-1], 40)} has no end. Download it again.")
    return [calendar, *events]


def _property(name: str, line: str, file: str, place: str) -> tuple[str, str, str]:
    if len(line) > MAX_LINE:
        raise ScheduleError(f"{file}, {place}: {name} is longer than in any schedule. Export it again.")
    try:
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ScheduleError(f"{file}, {place}: {quoted(line, 40)} is no line of iCalendar. Export it again.") from error
    zone = parameters.get("TZID", "")
    return name, zone if isinstance(zone, str) else "", value


def _timed(events: list[_Properties], warnings: list[str]) -> list[_Properties]:
    """Return the events that are talks, and tell how many are not."""
    left_out: Counter[str] = Counter()
    talks = []
    for event in events:
        if event.text("STATUS").upper() == "CANCELLED":
            left_out["cancelled"] += 1
        elif not isinstance(event.value("DTSTART"), datetime):
            left_out["without a time of day"] += 1
        else:
            talks.append(event)
            left_out["repetitions"] += bool(event.text("RRULE"))
    repeated = left_out.pop("repetitions", 0)
    warnings += [f"Events that were left out, {reason}: {count}." for reason, count in left_out.items()]
    if repeated:
        warnings.append(f"Events that repeat, of which only the first time was taken: {repeated}.")
    return talks


def _zone(calendar: _Properties, talks: list[_Properties]) -> ZoneInfo:
    names = Counter(event.zone_name("DTSTART") for event in talks)
    candidates = [name for name, _ in names.most_common() if name]
    for name in [*candidates, calendar.text("X-WR-TIMEZONE")]:
        found = _named_zone(name)
        if found is not None:
            return found
    named = f"the zone {quoted(candidates[0], 40)}, which is no IANA zone" if candidates else "no time zone"
    raise UsageError(f"{calendar.file} names {named}: add the conference's, such as --zone Europe/Berlin.")


def _named_zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA or Windows name, also behind a prefix such as `/example.org/`, or None."""
    parts = name.strip("/").split("/")
    for candidate in (WINDOWS_TO_OLSON.get(name, name), "/".join(parts[-2:]), "/".join(parts[-3:])):
        found = known_zone(candidate)
        if found is not None:
            return found
    return None


def _draft(event: _Properties, zone: ZoneInfo, from_pretalx: bool, warnings: list[str]) -> Draft:
    start = _moment(event, "DTSTART", zone, warnings)
    end: datetime | None = None
    if event.text("DTEND"):
        end = _moment(event, "DTEND", zone, warnings)
    elif event.text("DURATION"):
        length = event.value("DURATION")
        if not isinstance(length, timedelta):
            raise event.wrong("DURATION")
        end = after(start, max(min(length, _LONGEST), -_LONGEST))
    title, speakers = event.text("SUMMARY"), ""
    if from_pretalx:
        before, separator, behind = f"{title} ".rpartition(" - ")
        title, speakers = (before, behind) if separator else (title, "")
    uid = _PRETALX_UID.fullmatch(event.text("UID"))
    return Draft(
        title=without_html(title, MAX_TITLE),
        start=start,
        end=end,
        place=event.place,
        room=event.text("LOCATION"),
        speakers=tuple(name.strip() for name in speakers.split(",")),
        abstract=without_html(event.text("DESCRIPTION"), MAX_ABSTRACT),
        url=event.text("URL"),
        track=event.text("CATEGORIES").split(",")[0],
        guid=event.text("UID"),
        code=uid[2] if uid else "",
    )


def _moment(event: _Properties, name: str, zone: ZoneInfo, warnings: list[str]) -> datetime:
    found = event.value(name)
    if not isinstance(found, datetime) or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise event.wrong(name)
    own_zone = _named_zone(event.zone_name(name)) if event.zone_name(name) else None
    if found.tzinfo is None and own_zone is not None and own_zone != zone:
        found, _ = in_zone(found, own_zone)
    local, warning = in_zone(found, zone)
    if warning:
        warnings.append(f"{event.place}: {warning}.")
    return local
