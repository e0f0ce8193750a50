"""Time zones: found by name, and local times resolved where the clock is changed."""

import difflib
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clapmark.base.errors import UsageError
from clapmark.schedule.text import quoted
from clapmark.schedule.times.zone_names import ABBREVIATIONS, WITHOUT_SUMMER_TIME, all_zones, iana_name, offset_minutes

_ABBREVIATION = re.compile(r"(.*\d(?:\s*[ap]\.?m\.?)?)\s*\(?([A-Za-z]{2,5})\)?", re.IGNORECASE)
_ZONE_DAY = datetime(2024, 1, 1)  # gets a zone where it is used


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone `name`: an IANA name such as `Europe/Berlin`, or another that means one place.

    Raises UsageError, with the zones that may be meant, if there is none.
    """
    zone = known_zone(name) or place_zone(name)
    if zone is None:
        raise UsageError(f"There is no time zone {quoted(name)}: {zone_hint(name)}")
    return zone


def asked_zone(name: str) -> tuple[ZoneInfo, str]:
    """Return the zone that a person asked for, and a note where it was not taken literally ("" otherwise).

    `EST` and `MST` are offsets all year round in IANA's list; people mean a place that has summer time. Raises
    UsageError as `find_zone`.
    """
    places = WITHOUT_SUMMER_TIME.get(name.strip().upper())
    if places is None:
        return find_zone(name), ""
    others = f", or {' or '.join(places[1:])} (no summer time)" if places[1:] else ""
    note = (
        f"{name.strip().upper()} has no summer time and names no place; {places[0]} was taken. If the conference is "
        f"elsewhere, name its zone with --zone{others}."
    )
    return ZoneInfo(places[0]), note


def place_zone(name: str) -> ZoneInfo | None:
    """Return the zone of a place under any name that programs give it, None if `name` means none, or is an offset."""
    found = iana_name(name)
    return known_zone(found) if found else None


def fixed_zone(name: str) -> tzinfo | None:
    """Return the offset that `name` says, such as `GMT+0200`, or None. It tells a moment, but no place."""
    minutes = offset_minutes(name)
    return None if minutes is None or abs(minutes) > 14 * 60 else timezone(timedelta(minutes=minutes))


def zone_hint(name: str) -> str:
    """Return what to write instead of `name`, as the end of a sentence."""
    places = ABBREVIATIONS.get(name.strip().upper())
    if places:
        return f"an abbreviation does not name a place; did you mean {' or '.join(places)}?"
    names = sorted(all_zones())
    near = difflib.get_close_matches(name[:64], names, n=1, cutoff=0.7)
    return f"did you mean {near[0]}?" if near else "zones have names such as Europe/Berlin or America/New_York."


def known_zone(name: str) -> ZoneInfo | None:
    """Return the IANA time zone `name`, or None if there is no such zone."""
    if not name.strip() or len(name) > 64 or name not in all_zones():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
        return None


def without_zone_name(text: str, zone: ZoneInfo) -> str:
    """Return a time such as `10:00 CEST` without the abbreviation, if it is one that is used in `zone`."""
    match = _ABBREVIATION.fullmatch(text.strip())
    if match is None:
        return text
    name = match[2].upper()
    used = {_ZONE_DAY.replace(month=month, tzinfo=zone).tzname() for month in (1, 7)}
    return match[1] if name in used or zone.key in ABBREVIATIONS.get(name, ()) else text


def resolve_local(day: date, clock: time, zone: ZoneInfo, fold: int = 0) -> tuple[datetime, str]:
    """Return the aware datetime of a local time, and a warning where the clock is changed just then ("" otherwise).

    A time that comes twice is the first of the two (`fold=1`: the second). A time that is skipped is read with the
    clock as it was before the change: 02:30 becomes 03:30.
    """
    wanted = datetime.combine(day, clock, zone)
    existing = wanted.astimezone(UTC).astimezone(zone)
    if existing.replace(tzinfo=None) != wanted.replace(tzinfo=None):
        what = "does not exist", "forward", f"{existing:%H:%M}"
    elif wanted.utcoffset() != wanted.replace(fold=1).utcoffset():
        existing = wanted.replace(fold=fold)
        what = "comes twice", "back", "the second" if fold else "the first"
    else:
        return wanted, ""
    fact, direction, taken = what
    return (
        existing,
        f"{wanted:%Y-%m-%d %H:%M} {fact} in {zone.key}, the clock is put {direction}; {taken} was taken",
    )


def in_zone(moment: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """Return `moment` in `zone`, and a warning as above; a moment without a zone of its own is a local time there."""
    if moment.tzinfo is None:
        return resolve_local(moment.date(), moment.time(), zone)
    return moment.astimezone(UTC).astimezone(zone), ""


def resolve_end(start: datetime, clock: time, zone: ZoneInfo) -> tuple[datetime, str]:
    """Return the first moment at or after `start` at which the clock shows `clock`, and a warning as above."""
    end, warning = resolve_local(start.date(), clock, zone)
    if warning and end.timestamp() < start.timestamp():
        end, warning = resolve_local(start.date(), clock, zone, fold=1)
    if end.timestamp() < start.timestamp():
        end, warning = resolve_local(start.date() + timedelta(days=1), clock, zone)
    return end, warning


def after(moment: datetime, length: timedelta) -> datetime:
    """Return the aware datetime `length` of real time after `moment`, in the same zone."""
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)
