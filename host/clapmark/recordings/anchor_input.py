"""What a person types to align a talk, made into anchors: BOOKMARK=12:31, a start, cuts."""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.bookmarks.fold import Bookmark
from clapmark.bookmarks.lookup import find_bookmark
from clapmark.recordings.anchors import StoredAnchor
from clapmark.recordings.position_text import MAX_UTC_MS, parse_position
from clapmark.schedule.text import quoted

SECOND_ERROR_MS = 1_000  # of a position or time that a person reads off to the second
_MINUTE_ERROR_MS = 30_000  # of a time of day without seconds


def anchor_at(text: str, marked: Sequence[Bookmark], everything: Sequence[Bookmark], zone: ZoneInfo) -> StoredAnchor:
    """Return the anchor that `--at` asks for: BOOKMARK=POSITION.

    BOOKMARK is a number in `marked` (the talk's bookmarks, from 1), a local time of day, or an id, also that of a
    bookmark elsewhere in the archive (`everything`). Raises UsageError if it names none, or several.
    """
    name, equals, position = text.rpartition("=")
    if not equals:
        raise UsageError(
            f"{quoted(text)} is not an anchor: write it as BOOKMARK=12:31, such as 3=12:31 or 13:55=12:31."
        )
    video_ms = parse_position(position)
    bookmark = find_bookmark(name, everything, zone, numbered=marked)
    when = bookmark.when
    error_ms = SECOND_ERROR_MS if video_ms % 1000 == 0 else SECOND_ERROR_MS // 2
    if when.utc_ms is None or when.error_ms is None or not 0 <= when.utc_ms <= MAX_UTC_MS:
        return StoredAnchor(video_ms, error_ms, bookmark.id)
    return StoredAnchor(video_ms, error_ms, bookmark.id, when.utc_ms, when.error_ms)


def anchor_of_start(text: str, zone: ZoneInfo) -> StoredAnchor:
    """Return the anchor of a recording that began at the time `text`, local time of the conference if it has no offset.

    Raises UsageError if it is no date and time.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2019-05-03"):
            raise ValueError(text)
        utc_ms = round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1000)
        if not 0 <= utc_ms <= MAX_UTC_MS:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{quoted(text)} is no date and time: write it as 2019-05-03T10:50:00.") from error
    has_seconds = re.search(r"\d:\d{2}:\d{2}", text) is not None
    return StoredAnchor(0, 0, "", utc_ms, SECOND_ERROR_MS if has_seconds else _MINUTE_ERROR_MS)
