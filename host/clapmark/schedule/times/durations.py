"""How long a talk lasts, in the spellings that schedules use.

| spelling | meaning | written by |
|---|---|---|
| `0:45`, `00:45`, `96:00` | hours and minutes | frab, pretalx, the CCC hub, people |
| `1:02:30` | days, hours, minutes | frab, pretalx, the CCC hub, from 24 hours on |
| `00:45:00`, `1:30:00` | hours, minutes, seconds | spreadsheets; where days cannot be meant |
| `45`, `45.0`, `45 min` | minutes | people, and programs that wrote a number |
| `1 h 30`, `1h30m`, `90 minutes` | as it says | people |
| `PT45M`, `P1DT2H` | ISO 8601 | iCalendar, JSON |

Three numbers are ambiguous. Those of frab's family are days, hours and minutes; but hours over 23, or a first number
with a zero before it (`01:30:00`), or more days than the conference lasts, can only be hours, minutes and seconds.
"""

import re
from datetime import timedelta

LONGEST = timedelta(days=4_000)  # as far as is computed; what a talk may last is judged later

_TWO = re.compile(r"(\d{1,5})[:h.](\d{2})(?:\s*(?:h|hrs?|std\.?|hours?))?", re.IGNORECASE)
_THREE = re.compile(r"(\d{1,5}):(\d{1,2}):([0-5]\d)")
_NUMBER = re.compile(r"(\d{1,7})(?:\.\d{1,6})?")
_UNITS = re.compile(
    r"(?:(\d{1,4}(?:[.,]\d{1,3})?)\s*(?:d|days?|tage?)\s*)?"
    r"(?:(\d{1,5}(?:[.,]\d{1,3})?)\s*(?:h|hrs?|hours?|std\.?|stunden?|heures?|horas?)\s*)?"
    r"(?:(\d{1,7}(?:[.,]\d{1,3})?)\s*(?:m|mins?\.?|minutes?|minuten|minutos|['′])?)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE)


def parse_duration(text: str, most_days: int | None = None) -> tuple[timedelta, str]:
    """Return the length that `text` says, and a note on how an ambiguous one was read ("" otherwise).

    `most_days` is how many days the conference lasts, for sources that write three numbers as days, hours and minutes;
    None for sources that write hours, minutes and seconds. Raises ValueError if `text` is not a length.
    """
    plain = text.strip()
    if match := _THREE.fullmatch(plain):
        return _three(match, most_days)
    if (match := _TWO.fullmatch(plain)) and int(match[2]) < 60:
        return _bounded(timedelta(hours=int(match[1]), minutes=int(match[2]))), ""
    if match := _NUMBER.fullmatch(plain):
        return _minutes(int(match[1]))
    if (match := _ISO.fullmatch(plain)) and any(match.groups()):
        weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
        return _bounded(timedelta(days=weeks * 7 + days, hours=hours, minutes=minutes, seconds=seconds)), ""
    if (match := _UNITS.fullmatch(plain)) and any(match.groups()):
        days_h_m = [float((group or "0").replace(",", ".")) for group in match.groups()]
        return _bounded(timedelta(days=days_h_m[0], hours=days_h_m[1], minutes=round(days_h_m[2]))), ""
    raise ValueError('no length such as "0:45", "45" (minutes) or "PT45M"')


def length_text(length: timedelta) -> str:
    """Return a length for messages: `45 minutes`, `26 hours 30 minutes`, `289 days`."""
    minutes = round(length.total_seconds() / 60)
    if minutes >= 4 * 24 * 60:
        return f"{minutes // 1440} days"
    hours, rest = divmod(minutes, 60)
    pieces = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in ((hours, "hour"), (rest, "minute"))]
    return " ".join(piece for piece in pieces if not piece.startswith("0 ")) or "0 minutes"


def _three(match: re.Match[str], most_days: int | None) -> tuple[timedelta, str]:
    first, second, third = (int(group) for group in match.groups())
    as_days = timedelta(days=first, hours=second, minutes=third)
    as_hours = timedelta(hours=first, minutes=second, seconds=third)
    cannot_be_days = most_days is None or second > 23 or (len(match[1]) > 1 and match[1][0] == "0")
    if most_days is not None and not cannot_be_days and first > max(most_days, 1) and second < 60:
        # more days than the conference lasts: hours, unless there are too many of those as well
        cannot_be_days = as_hours <= timedelta(days=max(most_days, 1))
    if not cannot_be_days or second > 59:
        return _bounded(as_days), f"the length {match[0]} was read as days, hours and minutes: {length_text(as_days)}"
    note = f"the length {match[0]} was read as hours, minutes and seconds: {length_text(as_hours)}"
    return _bounded(as_hours), "" if most_days is None else note


def _minutes(number: int) -> tuple[timedelta, str]:
    if number >= 1800 and number % 60 == 0:  # 30 hours: a number this large counts seconds
        length = timedelta(seconds=number)
        return _bounded(length), f"the length {number} was read as seconds: {length_text(length)}"
    return _bounded(timedelta(minutes=number)), ""


def _bounded(length: timedelta) -> timedelta:
    return min(length, LONGEST)
