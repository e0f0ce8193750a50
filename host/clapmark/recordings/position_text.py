"""Positions in a recording as people write and read them: 12:31, 1:02:03.5; and the time of day of a press."""

import re
from datetime import datetime, tzinfo

from clapmark.base.errors import UsageError
from clapmark.schedule.text import quoted

MAX_POSITION_MS = 100 * 3600 * 1000
MAX_UTC_MS = 253_402_214_400_000  # 9999-12-31, which every zone can still show; a device may say any time
_POSITION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d)(?:[.,](\d{1,3}))?")
_SECONDS = re.compile(r"(\d{1,6})(?:[.,](\d{1,3}))?s?")


def parse_position(text: str) -> int:
    """Return the milliseconds in `12:31`, `1:02:03`, `1:02:03.5`, `751` or `751s`. Raises UsageError otherwise."""
    clean = text.strip()
    if match := _POSITION.fullmatch(clean):
        hours, minutes, seconds, fraction = match.groups()
        whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        if hours is not None and int(minutes) > 59:
            whole_s = MAX_POSITION_MS
    elif match := _SECONDS.fullmatch(clean):
        whole_s, fraction = int(match[1]), match[2]
    else:
        raise UsageError(f"{quoted(text)} is no position in a recording: write it as 12:31, 1:02:03 or 751.")
    position_ms = whole_s * 1000 + int((fraction or "0").ljust(3, "0"))
    if position_ms >= MAX_POSITION_MS:
        raise UsageError(f"{quoted(text)} is no position in a recording: it has at most 99 hours, 59 minutes in each.")
    return position_ms


def position_text(position_ms: int) -> str:
    """Return a position as a player shows it, rounded down to seconds: 0:00, 12:31, 1:02:03."""
    hours, minutes, seconds = _split(position_ms)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def full_position_text(position_ms: int) -> str:
    """Return a position with all its digits, as WebVTT and Podlove want it: 00:12:31.000."""
    hours, minutes, seconds = _split(position_ms)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{max(position_ms, 0) % 1000:03d}"


def local_time(utc_ms: int, zone: tzinfo) -> datetime:
    """Return the local time of `utc_ms`, the nearest that can be shown."""
    return datetime.fromtimestamp(min(max(utc_ms, 0), MAX_UTC_MS) / 1000, zone)


def _split(position_ms: int) -> tuple[int, int, int]:
    whole_s = max(position_ms, 0) // 1000
    return whole_s // 3600, whole_s // 60 % 60, whole_s % 60
