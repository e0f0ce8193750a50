"""Time zones: found by name, and local times resolved where the clock is changed."""

import difflib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from clapmark.base.errors import UsageError
from clapmark.schedule.text import quoted


def find_zone(name: str) -> ZoneInfo:
    """Return the IANA time zone `name`, such as `Europe/Berlin`. Raises UsageError if there is no such zone."""
    zone = known_zone(name)
    if zone is None:
        near = difflib.get_close_matches(name[:64], available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "zones have names such as Europe/Berlin or America/New_York."
        raise UsageError(f"There is no time zone {quoted(name)}: {hint}")
    return zone


def known_zone(name: str) -> ZoneInfo | None:
    """Return the IANA time zone `name`, or None if there is no such zone."""
    if not name.strip() or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
        return None


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
