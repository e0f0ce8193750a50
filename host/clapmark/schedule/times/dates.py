"""Dates and times of day as people write them in tables. No guessing: what is missing or ambiguous is an error."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

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
# the first letters of the months, without accents: English, German, French, Spanish, Italian, Dutch, Portuguese,
# Danish, Swedish, Norwegian, Polish, Turkish, Russian
_MONTHS = (
    ("jan", "ene", "gen", "sty", "oca", "янв"),
    ("feb", "fev", "lut", "sub", "фев"),
    ("mar", "mrz", "mrt", "maa", "мар"),
    ("apr", "avr", "abr", "kwi", "nis", "апр"),
    ("may", "mai", "mei", "mag", "maj", "мая", "маи"),
    ("juin", "jun", "giu", "cze", "haz", "июн"),
    ("juil", "jul", "lug", "lip", "tem", "июл"),
    ("aug", "aou", "ago", "sie", "agu", "авг"),
    ("sep", "set", "wrz", "eyl", "сен"),
    ("oct", "okt", "ott", "out", "paz", "eki", "окт"),
    ("nov", "lis", "kas", "ноя"),
    ("dec", "dez", "dic", "des", "gru", "ara", "дек"),
)
_NUMERIC = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?")
_EAST_ASIAN = re.compile(
    r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号]?(?:\s*[(（]?[^\W\d]{1,3}[)）]?)?"
)
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|re|\.|º|ª)?\s*(?:of\s+|de\s+)?([^\W\d]{3,12})\.?,?\s*(?:de\s+)?(\d{4})"
)
_MONTH_DAY = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_CLOCK = re.compile(
    r"(\d{1,2})(?:\s*[:.h]\s*([0-5]\d)(?::([0-5]\d)(?:\.\d{1,6})?)?)?\s*(?:(a\.?m\.?|p\.?m\.?)|uhr|h|heures)?",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"0?[.,](?:\d|\d{3,17})")  # of a day: a spreadsheet's time in a cell without a format
_SERIAL = re.compile(r"([3-6]\d{4})(?:[.,](\d{1,17}))?")  # days since 1899-12-30, as a spreadsheet counts them
_DAY_ZERO = date(1899, 12, 30)
_PLAIN_CLOCK = re.compile(r"([01]?\d|2[0-4])([0-5]\d)")  # 930, 1430
_RANGE = re.compile(r"(.{1,20}?)\s*(?:[-\u2010-\u2015\u2212]|\bto\b|\bbis\b|\buntil\b)\s*(.{1,20})", re.IGNORECASE)
_SPLIT = re.compile(
    r"(.*?\S)(?:,\s*|\s+|T)(?:at\s+|um\s+)?(\d{1,2}[:.h]\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*(?:[ap]\.?m\.?|uhr|h))?"
    r"|\d{1,2}\s*[ap]\.?m\.?)",
    re.IGNORECASE,
)
# an offset or UTC behind a time of day, with what some programs add: "10:00 UTC", "GMT+0200 (CEST)"
_OFFSET = re.compile(
    r"(.*\d(?:\s*[ap]\.?m\.?)?)\s*\(?(?:(z|utc|gmt)\s*(?:([+-])(\d{1,2}):?(\d{2})?)?|([+-])(\d{2}):?(\d{2}))\)?"
    r"(?:\s*\([^()]{1,60}\))?",
    re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(r"(?:.*[\sT,])?\d{1,2}[:.h]\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?", re.IGNORECASE)
_BOTH = re.compile(
    r"(.*\S)[\s,]+(\d{1,2}[:.h]\d{2}(?:\s*[ap]\.?m\.?)?)\s*[-\u2010-\u2015\u2212]\s*"
    r"(\d{1,2}[:.h]\d{2}(?:\s*[ap]\.?m\.?)?)",
    re.IGNORECASE,
)


def split_offset(text: str) -> tuple[str, timezone | None]:
    """Return a time of day, or a date with one, without the offset from UTC behind it, and that offset or None."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None or _TIME_OF_DAY.fullmatch(match[1]) is None:
        return text, None
    sign, hours, minutes = (match[3], match[4], match[5]) if match[2] else (match[6], match[7], match[8])
    length = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if length > timedelta(hours=14):
        return text, None
    return match[1].strip(), timezone(-length if sign == "-" else length) if length else UTC


def split_moments(text: str) -> tuple[str, str]:
    """Return the two moments in a text such as `1 June 10:00–10:45` as texts: the first, and the end's time of day.

    `2025-06-01 10:00-05:00` has an offset: it would end before it starts. Without a second time: the text, and "".
    """
    match = _BOTH.fullmatch(text.strip())
    times = parse_range(f"{match[2]}-{match[3]}") if match else None
    if match is None or times is None or times[1] <= times[0]:
        return text, ""
    half = re.search(r"[ap]\.?m\.?$", match[3].strip(), re.IGNORECASE)
    is_half = half is not None and re.search(r"[ap]\.?m\.?$", match[2], re.IGNORECASE) is None
    if is_half:
        first = datetime.combine(_DAY_ZERO, time()) + times[0]
        return f"{match[1]} {first:%H:%M}", match[3]
    return f"{match[1]} {match[2]}", match[3]


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
    found = _iso_day(plain) or _numeric_day(plain, day_first) or _serial_day(plain) or _named_day(fold(plain))
    if found is None and start is not None:
        found = _day_without_year(fold(plain), start)
        weekday = _weekday(fold(plain)) if found is None else None
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
    if plain.removeprefix("12").strip() in {"noon", "mittag", "midi"}:
        return timedelta(hours=12)
    if plain.removeprefix("12").strip() in {"midnight", "mitternacht", "minuit"}:
        return timedelta(hours=24)
    if _FRACTION.fullmatch(plain):
        return timedelta(minutes=round(float(plain.replace(",", ".")) * 24 * 60))
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
    plain, offset = split_offset(text.strip())
    if offset is not None:
        return parse_moment(plain, day_first, start).replace(tzinfo=offset)
    serial = _SERIAL.fullmatch(plain)
    if serial is not None and serial[2]:
        return datetime.combine(_DAY_ZERO, time()) + timedelta(minutes=round(float(plain.replace(",", ".")) * 24 * 60))
    try:
        found = datetime.fromisoformat(plain)
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


def _serial_day(text: str) -> date | None:
    match = _SERIAL.fullmatch(text)
    return _DAY_ZERO + timedelta(days=int(match[1])) if match is not None and not match[2] else None


def _day_without_year(text: str, start: date) -> date | None:
    """Return the first day from `start` on that `text` says without its year: "Sunday 1 June"."""
    days = (_named_day(f"{text} {year}") for year in (start.year, start.year + 1))
    return next((day for day in days if day is not None and day >= start), None)


def _named_day(text: str) -> date | None:
    # a weekday in front, in whatever language
    for words in (text, re.sub(r"^[^\W\d]{2,14}[.,]*\s+", "", text)):
        if match := _EAST_ASIAN.fullmatch(words):
            return _date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DAY_MONTH.fullmatch(words):
            return _date(int(match[3]), _month(match[2]), int(match[1]))
        if match := _MONTH_DAY.fullmatch(words):
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
