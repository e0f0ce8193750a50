"""The times of a North American programme: `11:30 a.m.–noon`, `3 p.m.–3:45 p.m.`, `10 p.m.–midnight`."""

import re
from datetime import time

_CLOCK = r"(?:noon|midnight|\d{1,2}(?::\d{2})?\s*[ap]\.?m\.?)"
_PHRASE = re.compile(rf"\s*({_CLOCK})\s*(?:[-\u2010-\u2015\u2212]|to|until)\s*({_CLOCK})\s*", re.IGNORECASE)
_PARTS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])", re.IGNORECASE)


def parse_times(phrase: str) -> tuple[time, time]:
    """Return start and end of a phrase of two times of day; an end before the start means the day after.

    A time is `3 p.m.`, `3:15 pm`, `noon` or `midnight` (00:00); any dash or `to` is between the two. Raises
    ValueError with the reason if `phrase` is anything else.
    """
    match = _PHRASE.fullmatch(phrase)
    if match is None:
        raise ValueError('no times such as "11:30 a.m.–noon" or "2:30 p.m.–3 p.m."')
    return _clock(match[1]), _clock(match[2])


def _clock(text: str) -> time:
    word = text.lower()
    if word == "noon":
        return time(12)
    if word == "midnight":
        return time(0)
    parts = _PARTS.match(text)
    if parts is None:  # the phrase's pattern let it through, so this cannot be
        raise ValueError(f"no time of day: {text}")
    hour, minute = int(parts[1]), int(parts[2] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        raise ValueError(f"there is no {text}")
    return time(hour % 12 + (12 if parts[3].lower() == "p" else 0), minute)
