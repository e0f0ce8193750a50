"""Dates and times of day as people write them in tables. No guessing: what is missing or ambiguous is an error."""

import re
from datetime import date, datetime, time, timedelta

from clapmark.base.fold_names import fold
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR

WEEKDAYS = (
    ("monday", "montag", "lundi", "lunes", "lunedi", "maandag", "segunda"),
    ("tuesday", "dienstag", "mardi", "martes", "martedi", "dinsdag", "terca"),
    ("wednesday", "mittwoch", "mercredi", "miercoles", "mercoledi", "woensdag", "quarta"),
    ("thursday", "donnerstag", "jeudi", "jueves", "giovedi", "donderdag", "quinta"),
    ("friday", "freitag", "vendredi", "viernes", "venerdi", "vrijdag", "sexta"),
    ("saturday", "samstag", "sonnabend", "samedi", "sabado", "sabato", "zaterdag"),
    ("sunday", "sonntag", "dimanche", "domingo", "domenica", "zondag"),
)
# the first letters of the months, without accents: English, German, French, Spanish, Italian, Dutch, Portuguese
_MONTHS = (
    ("jan", "ene", "gen"),
    ("feb", "fev"),
    ("mar", "mrz", "mrt", "maa"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mei", "mag"),
    ("juin", "jun", "giu"),
    ("juil", "jul", "lug"),
    ("aug", "aou", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "dic"),
)
_NUMERIC = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.|º)?\s*(?:of\s+|de\s+)?([^\W\d]{3,12})\.?,?\s*(?:de\s+)?(\d{4})")
_MONTH_DAY = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_CLOCK = re.compile(
    r"(\d{1,2})(?:\s*[:.h]\s*([0-5]\d)(?::([0-5]\d)(?:\.\d{1,6})?)?)?\s*(?:(a\.?m\.?|p\.?m\.?)|uhr|h|heures)?",
    re.IGNORECASE,
)
_PLAIN_CLOCK = re.compile(r"([01]?\d|2[0-4])([0-5]\d)")  # 930, 1430
_RANGE = re.compile(r"(.{1,20}?)\s*(?:[-\u2010-\u2015\u2212]|\bto\b|\bbis\b|\buntil\b)\s*(.{1,20})", re.IGNORECASE)
_SPLIT = re.compile(
    r"(.*?\S)(?:,\s*|\s+|T)(?:at\s+|um\s+)?(\d{1,2}[:.h]\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*(?:[ap]\.?m\.?|uhr|h))?"
    r"|\d{1,2}\s*[ap]\.?m\.?)",
    re.IGNORECASE,
)


def is_ambiguous(text: str) -> bool:
    """Return whether `text` holds a date such as 03/05/2019, which may be in March or in May."""
    match = _NUMERIC.search(text)
    return match is not None and match[2] != "." and len(match[1]) <= 2 and int(match[1]) <= 12 and int(match[3]) <= 12


def day_comes_first(texts: list[str]) -> bool | None:
    """Return whether the dates in `texts` have the day before the month; None if none of them tells."""
    for text in texts:
        match = _NUMERIC.search(text)
        if match is not None and match[2] != "." and len(match[1]) <= 2:
            if int(match[1]) > 12:
                return True
            if int(match[3]) > 12:
                return False
    return None


def parse_day(text: str, day_first: bool, start: date | None = None) -> date:
    """Return the date that `text` says; a weekday is that from the date `start` on. Raises ValueError."""
    plain = text.strip()
    found = _iso_day(plain) or _numeric_day(plain, day_first) or _named_day(fold(plain))
    if found is None and start is not None:
        weekday = _weekday(fold(plain))
        if weekday is not None:
            return start + timedelta(days=(weekday - start.weekday()) % 7)
    if found is None:
        raise ValueError("a date such as 2019-05-03")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return found


def parse_clock(text: str) -> timedelta:
    """Return the time of day that `text` says, from midnight; 24:00 is the end of the day. Raises ValueError."""
    plain = text.strip().lower()
    if plain in {"noon", "mittag", "midi"}:
        return timedelta(hours=12)
    if plain in {"midnight", "mitternacht", "minuit"}:
        return timedelta(hours=24)
    match = _CLOCK.fullmatch(plain)
    if match is None and (bare := _PLAIN_CLOCK.fullmatch(plain)):
        hour, minute, second = int(bare[1]), int(bare[2]), 0
    elif match is None or (match[2] is None and not re.search(r"[a-z]", plain)):
        raise ValueError("a time such as 14:30")
    else:
        hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
        if match[4]:
            if not 1 <= hour <= 12:
                raise ValueError("a time such as 2:30 pm")
            hour = hour % 12 + (12 if match[4][0] == "p" else 0)
    found = timedelta(hours=hour, minutes=minute, seconds=second)
    if found > timedelta(hours=24):
        raise ValueError("a time such as 14:30")
    return found


def parse_range(text: str) -> tuple[timedelta, timedelta] | None:
    """Return the two times of day of a text such as `9:00–9:45` or `9–10 am`, None if it is none."""
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    first, last = match[1], match[2]
    half = re.search(r"[ap]\.?m\.?$", last.strip(), re.IGNORECASE)
    try:
        end = parse_clock(last)
        if half and not re.search(r"[ap]\.?m\.?$|noon|midnight", first.strip(), re.IGNORECASE):
            start = parse_clock(f"{first} {half[0]}")
            return (start - timedelta(hours=12) if start > end else start), end
        if re.fullmatch(r"\d{1,2}", first.strip()) and ":" in last:
            first += ":00"
        return parse_clock(first), end
    except ValueError:
        return None


def parse_moment(text: str, day_first: bool, start: date | None = None) -> datetime:
    """Return the date and time that `text` says, aware if it has an offset. Raises ValueError."""
    plain = text.strip()
    try:
        found = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)|(?<=\d)\s*(?:UTC|GMT)$", "", plain))
    except ValueError:
        match = _SPLIT.fullmatch(plain)
        if match is None:
            raise ValueError("a date and time such as 2019-05-03 14:30") from None
        day = parse_day(match[1].rstrip(","), day_first, start)
        return datetime.combine(day, time()) + parse_clock(match[2])
    if len(plain) <= 10 or not FIRST_YEAR <= found.year <= LAST_YEAR:
        if len(plain) <= 10:
            raise ValueError("a date and time such as 2019-05-03 14:30")
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _iso_day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _numeric_day(text: str, day_first: bool) -> date | None:
    # a weekday in front: "Fr, 17.05.2024"
    match = _NUMERIC.fullmatch(re.sub(r"^[^\W\d]{2,12}\.?,?\s+", "", text))
    if match is None:
        return None
    one, two, three = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        return _date(one, two, three)
    year = three if len(match[4]) == 4 else 2000 + three
    if len(match[4]) == 3 or three > 9999:
        return None
    if match[2] == "." or (day_first and two <= 12) or one > 12:
        return _date(year, two, one)
    return _date(year, one, two)


def _named_day(text: str) -> date | None:
    first, _, rest = text.partition(" ")
    if _weekday(first) is not None:
        text = rest.strip()
    if match := _DAY_MONTH.fullmatch(text):
        return _date(int(match[3]), _month(match[2]), int(match[1]))
    if match := _MONTH_DAY.fullmatch(text):
        return _date(int(match[3]), _month(match[1]), int(match[2]))
    return None


def _month(name: str) -> int:
    return next((number for number, starts in enumerate(_MONTHS, 1) if name.startswith(starts)), 0)


def _weekday(name: str) -> int | None:
    plain = name.strip(" .,")
    if len(plain) < 2:
        return None
    return next((n for n, names in enumerate(WEEKDAYS) if any(one.startswith(plain) for one in names)), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
