"""Events of a calendar that repeat (RFC 5545, 3.8.5): the times at which they take place during the conference.

The rule is evaluated by the library dateutil, within bounds. Only daily and weekly rules are expanded: others do not
repeat within a conference, and some never match, which takes minutes to find out.
"""

import re
from datetime import UTC, date, datetime, time, tzinfo
from itertools import islice

from dateutil.rrule import rrulestr

MAX_TIMES = 100  # of one event that are taken
_MAX_TRIED = 20_000  # times before the conference: a daily event since 1980 has 17,000
_PARTS = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"))
_TIME = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_DAYS = re.compile(r"(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*")


class RuleError(ValueError):
    """The rule of an event cannot be expanded."""


class Excluded:
    """The times and days at which a repeating event does not take place (EXDATE)."""

    def __init__(self, text: str, zone: tzinfo) -> None:
        """Read the list `text`; a time without a zone is one of `zone`."""
        found = [match for item in text.split(",") if (match := _TIME.fullmatch(item.strip()))]
        self._days = {match[1] for match in found if not match[2]}
        self._moments = {moment.timestamp() for match in found if match[2] and (moment := _moment(match, zone))}

    def __contains__(self, moment: datetime) -> bool:
        """Return whether the event is cancelled at `moment`, an aware time on the event's own clock."""
        return moment.timestamp() in self._moments or f"{moment:%Y%m%d}" in self._days


def times(first: datetime, rule: str, extra: str, until: datetime) -> list[datetime]:
    """Return the times of an event up to `until`, in order; its first time is one of them.

    Args:
        first: the event's first time, aware, on its own clock. The rule counts days of that clock: an event at 9:00
            stays at 9:00 when the clock is changed.
        rule: the event's RRULE, or "".
        extra: further times (RDATE), parted by commas, or "".
        until: the last time of interest, aware.

    Raises:
        RuleError: the rule is damaged, or neither daily nor weekly.

    """
    zone = first.tzinfo or UTC
    listed = (_TIME.fullmatch(item.strip()) for item in extra.split(","))
    found = {first, *(moment for match in listed if match and match[2] and (moment := _moment(match, zone)))}
    if rule:
        last = until.astimezone(zone).replace(tzinfo=None)
        try:
            repeated = rrulestr(_checked(rule, zone), dtstart=first.replace(tzinfo=None))
            for naive in islice(repeated, _MAX_TRIED):
                if naive > last:
                    break
                found.add(naive.replace(tzinfo=zone))
        except (ValueError, TypeError, OverflowError) as error:
            raise RuleError(rule) from error
    return sorted(moment for moment in found if moment == first or moment <= until)


def _moment(match: re.Match[str], zone: tzinfo) -> datetime | None:
    """Return the time in a list, on the clock of `zone`; None if there is no such time."""
    try:
        day = date.fromisoformat(match[1])
        clock = time.fromisoformat(match[2])
    except ValueError:
        return None
    if match[3]:
        return datetime.combine(day, clock, UTC).astimezone(zone)
    return datetime.combine(day, clock, zone)


def _checked(rule: str, zone: tzinfo) -> str:
    """Return the rule with its end on the clock of `zone`. Raises ValueError if such a rule is not expanded."""
    parts = dict(part.upper().partition("=")[::2] for part in rule.strip().rstrip(";").split(";"))
    if parts.get("FREQ") not in {"DAILY", "WEEKLY"} or not parts.keys() <= _PARTS:
        raise ValueError("neither daily nor weekly")
    if "BYDAY" in parts and not _DAYS.fullmatch(parts["BYDAY"]):
        raise ValueError("BYDAY")
    if "UNTIL" in parts:
        match = _TIME.fullmatch(parts["UNTIL"])
        until = _moment(match, zone) if match and match[2] else None
        if match is None or (match[2] and until is None):
            raise ValueError("UNTIL")
        parts["UNTIL"] = f"{until:%Y%m%dT%H%M%S}" if until else f"{match[1]}T235959"  # a day counts to its end
        parts.pop("COUNT", None)  # RFC 5545 allows only one of the two
    return ";".join(f"{name}={value}" for name, value in parts.items())
