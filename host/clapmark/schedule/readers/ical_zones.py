"""Which zone a calendar's conference is in, and when each event is: one order of trust (docs/cli.md, "Time zones").

1. `--zone`.
2. The zone that more than half of the events name (TZID), if it is a place.
3. The calendar's own zone (X-WR-TIMEZONE), if it is a place.
4. A zone that fewer events name; this is noted.

UTC and fixed offsets say how times are written, not where the hall is: they never name the zone.

A single event whose TZID is no known place is read by the place in the calendar's own definition of that zone
(X-LIC-LOCATION), else by the definition's rules (VTIMEZONE, evaluated by the library `icalendar`), else as a local time
of the conference. The name goes before the rules: programs often write rules of one year only.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from icalendar import Timezone

from clapmark.base.errors import UsageError
from clapmark.schedule.text import quoted
from clapmark.schedule.times.zone_names import ABBREVIATIONS, WITHOUT_SUMMER_TIME, is_offset
from clapmark.schedule.zones import asked_zone, fixed_zone, in_zone, known_zone, place_zone, zone_hint

_MAX_RULES = 200  # lines of a definition: a hundred years of changes have fewer
# other rules have no place in a zone, and some take minutes to evaluate
_YEARLY = re.compile(r"RRULE:FREQ=YEARLY(?:;(?:BYMONTH|BYDAY|BYMONTHDAY|INTERVAL|UNTIL|COUNT|WKST)=[-+\w,]{1,40})*")
_RULE_LINE = re.compile(
    r"(?:BEGIN|END):(?:STANDARD|DAYLIGHT)|DTSTART:\d{8}T\d{6}|TZOFFSET(?:FROM|TO):[+-]\d{4}(?:\d{2})?"
)

Definitions = Mapping[str, Sequence[str]]  # TZID: the lines of its VTIMEZONE


def choose_zone(
    named: Counter[str], floating: int, own: str, file: str, notes: list[str], definitions: Definitions
) -> ZoneInfo:
    """Return the conference's zone by the order of trust above.

    Args:
        named: how many events name each zone; "" for none.
        floating: how many times are local times without a zone.
        own: the calendar's own zone (X-WR-TIMEZONE), or "".
        file: the calendar's name for messages.
        notes: gets a sentence on what was not certain.
        definitions: the calendar's own definitions of zones, which may name a place.

    Raises:
        UsageError: no place is named; the message asks for --zone.

    """
    total = sum(named.values())
    places: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for name, count in named.items():
        zone = _place(name) or _place(_location(definitions.get(name, ())))
        if zone is not None:
            places[zone.key] += count
            spelled.setdefault(zone.key, name)
    best, count = places.most_common(1)[0] if places else ("", 0)
    calendar = _place(own)
    if count * 2 > total:
        _note_summer_time(spelled[best], notes)
        if calendar is not None and calendar.key != best:
            notes.append(f"The events name the zone {best}, which was taken; the calendar itself names {calendar.key}.")
        return ZoneInfo(best)
    if calendar is not None:
        _note_summer_time(own, notes)
        if best and best != calendar.key:
            notes.append(
                f"The calendar names the zone {calendar.key}, which was taken; {count} of {total} events name {best}."
            )
        return calendar
    if best:
        _note_summer_time(spelled[best], notes)
        notes.append(
            f"Only {count} of {total} events are in the zone {best}, which was taken. If the conference is elsewhere, "
            "add --zone."
        )
        return ZoneInfo(best)
    raise UsageError(_question(named, floating, own, file, definitions))


class Zones:
    """Moves the times of events into the conference's zone; notes each zone that it does not know."""

    def __init__(self, zone: ZoneInfo, notes: list[str], definitions: Definitions) -> None:
        self.zone = zone
        self.notes = notes
        self._definitions = definitions
        self._by_rules: dict[str, tzinfo | None] = {}
        self._noted: set[tuple[str, str]] = set()

    def clock(self, found: datetime, name: str, place: str, title: str) -> tzinfo:
        """Return the clock of a time of an event; `name` is the zone that it names, or ""."""
        if found.tzinfo is not None:
            return found.tzinfo
        if not name:
            return self.zone
        own = _place(name) or fixed_zone(name) or self._defined(name)
        if own is None:
            self._note_unknown(name, place, title)
        return own or self.zone

    def local(self, found: datetime, name: str, place: str, title: str) -> datetime:
        """Return a time of an event as a time of the conference; `name` is the zone that it names, or ""."""
        clock = self.clock(found, name, place, title)
        moment = found
        if found.tzinfo is None and clock != self.zone:
            moment = in_zone(found, clock)[0] if isinstance(clock, ZoneInfo) else found.replace(tzinfo=clock)
        local, warning = in_zone(moment, self.zone)
        if warning:
            self.notes.append(f"{place}: {warning}.")
        return local

    def _defined(self, name: str) -> tzinfo | None:
        """Return the zone `name` as the calendar itself defines it, None if it does not."""
        if name not in self._by_rules:
            lines = self._definitions.get(name, ())
            self._by_rules[name] = _place(_location(lines)) or _by_rules(lines)
            if self._by_rules[name] is not None:
                self.notes.append(
                    f"The zone {quoted(name, 40)} is not known by its name; its times were read as the calendar itself "
                    "defines it."
                )
        return self._by_rules[name]

    def _note_unknown(self, name: str, place: str, title: str) -> None:
        if (place, name) in self._noted:  # of the start: the end names it as well
            return
        self._noted.add((place, name))
        self.notes.append(
            f"{place}, {quoted(title, 40)}: the zone {quoted(name, 40)} is not known; its times were read as those of "
            f"{self.zone.key}."
        )


def _location(lines: Sequence[str]) -> str:
    """Return the place that a definition of a zone names, "" if it names none."""
    found = (line.partition(":")[2] for line in lines if line.upper().startswith("X-LIC-LOCATION:"))
    return next(found, "").strip()


def _by_rules(lines: Sequence[str]) -> tzinfo | None:
    """Return the zone that the lines of a VTIMEZONE define, None if they cannot be evaluated."""
    plain = [line.strip() for line in lines]
    rules = [line for line in plain if _RULE_LINE.fullmatch(line) or line.startswith("RRULE")]
    if not rules or len(rules) > _MAX_RULES or any(r.startswith("RRULE") and not _YEARLY.fullmatch(r) for r in rules):
        return None
    text = "\r\n".join(["BEGIN:VTIMEZONE", "TZID:X", *rules, "END:VTIMEZONE", ""])
    try:
        defined = Timezone.from_ical(text)
        zone = defined.to_tz(lookup_tzid=False) if isinstance(defined, Timezone) else None
        return zone if zone is not None and datetime(2024, 1, 1, tzinfo=zone).utcoffset() is not None else None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _same_clock(zone: tzinfo | None) -> list[str]:
    """Return up to three well-known places whose clocks show the same as `zone` all year round."""
    moments = [datetime(2025, month, 15, 12, tzinfo=UTC) for month in (1, 4, 7, 10)]
    places = dict.fromkeys(place for found in ABBREVIATIONS.values() for place in found)
    if zone is None:
        return []
    clocks = [moment.astimezone(zone).utcoffset() for moment in moments]
    known = (place for place in places if known_zone(place))
    return [
        place for place in known if [moment.astimezone(ZoneInfo(place)).utcoffset() for moment in moments] == clocks
    ][:3]


def _place(name: str) -> ZoneInfo | None:
    if not name:
        return None
    return asked_zone(name)[0] if name.strip().upper() in WITHOUT_SUMMER_TIME else place_zone(name)


def _note_summer_time(name: str, notes: list[str]) -> None:
    if name.strip().upper() in WITHOUT_SUMMER_TIME:
        notes.append(asked_zone(name)[1])


def _question(named: Counter[str], floating: int, own: str, file: str, definitions: Definitions) -> str:
    unknown = next((name for name, _ in named.most_common() if name and not is_offset(name)), "")
    unknown = unknown or (own if own and not is_offset(own) else "")
    if unknown:
        hint = zone_hint(unknown)
        guess = f" ({hint.rstrip('?.')}?)" if hint.endswith("?") else ""
        same = _same_clock(_by_rules(definitions.get(unknown, ())))
        guess = f" (its clock is that of {' or '.join(same)})" if same else guess
        return (
            f"{file} names the zone {quoted(unknown, 40)}, which is no IANA zone{guess}: add the conference's, such as "
            "--zone Europe/Berlin."
        )
    if floating and not own:
        return f"{file} names no time zone: add the conference's, such as --zone Europe/Berlin."
    return (
        f"{file} names no time zone: add the conference's, such as --zone Europe/Berlin. Its times are in UTC, which "
        "says how they are written, not where the hall is."
    )
