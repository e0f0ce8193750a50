"""Which zone a calendar's conference is in, and when each event is: one order of trust (docs/cli.md, "Time zones").

1. `--zone`.
2. The zone that more than half of the events name (TZID), if it is a place.
3. The calendar's own zone (X-WR-TIMEZONE), if it is a place.
4. A zone that fewer events name; this is noted.

UTC and fixed offsets say how times are written, not where the hall is: they never name the zone.
"""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.text import quoted
from clapmark.schedule.times.zone_names import WITHOUT_SUMMER_TIME, is_offset
from clapmark.schedule.zones import asked_zone, fixed_zone, in_zone, place_zone, zone_hint


def choose_zone(named: Counter[str], floating: int, own: str, file: str, notes: list[str]) -> ZoneInfo:
    """Return the conference's zone by the order of trust above.

    Args:
        named: how many events name each zone; "" for none.
        floating: how many times are local times without a zone.
        own: the calendar's own zone (X-WR-TIMEZONE), or "".
        file: the calendar's name for messages.
        notes: gets a sentence on what was not certain.

    Raises:
        UsageError: no place is named; the message asks for --zone.

    """
    total = sum(named.values())
    places: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for name, count in named.items():
        zone = _place(name)
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
            f"Only {count} of {total} events name a zone: {best}, which was taken. If the conference is elsewhere, add "
            "--zone."
        )
        return ZoneInfo(best)
    raise UsageError(_question(named, floating, own, file))


class Zones:
    """Moves the times of events into the conference's zone; notes each zone that it does not know."""

    def __init__(self, zone: ZoneInfo, notes: list[str]) -> None:
        self.zone = zone
        self.notes = notes
        self._noted: set[tuple[str, str]] = set()

    def local(self, found: datetime, name: str, place: str, title: str) -> datetime:
        """Return a time of an event as a time of the conference; `name` is the zone that it names, or ""."""
        moment = found
        if found.tzinfo is None and name:
            own = _place(name)
            if own is not None and own != self.zone:
                moment, _ = in_zone(found, own)
            elif own is None:
                fixed = fixed_zone(name)
                moment = found.replace(tzinfo=fixed) if fixed else found
                if fixed is None:
                    self._note_unknown(name, place, title)
        local, warning = in_zone(moment, self.zone)
        if warning:
            self.notes.append(f"{place}: {warning}.")
        return local

    def _note_unknown(self, name: str, place: str, title: str) -> None:
        if (place, name) in self._noted:  # of the start: the end names it as well
            return
        self._noted.add((place, name))
        self.notes.append(
            f"{place}, {quoted(title, 40)}: the zone {quoted(name, 40)} is not known; its times were read as those of "
            f"{self.zone.key}."
        )


def _place(name: str) -> ZoneInfo | None:
    if not name:
        return None
    return asked_zone(name)[0] if name.strip().upper() in WITHOUT_SUMMER_TIME else place_zone(name)


def _note_summer_time(name: str, notes: list[str]) -> None:
    if name.strip().upper() in WITHOUT_SUMMER_TIME:
        notes.append(asked_zone(name)[1])


def _question(named: Counter[str], floating: int, own: str, file: str) -> str:
    unknown = next((name for name, _ in named.most_common() if name and not is_offset(name)), "")
    unknown = unknown or (own if own and not is_offset(own) else "")
    if unknown:
        hint = zone_hint(unknown)
        guess = f" ({hint.rstrip('?.')}?)" if hint.endswith("?") else ""
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
