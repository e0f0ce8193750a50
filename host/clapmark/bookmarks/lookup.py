"""Finds the bookmark that a person named: by its number in a list, its local time, or its id."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.bookmarks.fold import ID_LENGTH, Bookmark
from clapmark.schedule.text import one_line, quoted

_LEAST_OF_AN_ID = 4
_TIME = re.compile(r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d{1,2}:\d\d)(:\d\d)?")
_MAX_NAMED = 8
_LATEST_S = 4e9  # a time that a damaged record claims must not overflow


def find_bookmark(
    name: str, bookmarks: Sequence[Bookmark], zone: ZoneInfo, numbered: Sequence[Bookmark] | None = None
) -> Bookmark:
    """Return the bookmark that `name` stands for.

    Args:
        name: a number from 1 in `numbered`; a local time such as 14:30, 14:30:05 or 2019-05-03 14:30; an id, its first
            four letters or more, or the id as it is behind a bullet (^clap-…).
        bookmarks: where ids are looked for.
        zone: of the local time.
        numbered: the bookmarks that a list has shown, in its order; times are looked for among them, if there are any.

    Raises UsageError if no bookmark or several fit.

    """
    word = name.strip()
    if numbered is not None and word.isascii() and word.isdigit() and len(word) < 6:
        number = int(word)
        if not 1 <= number <= len(numbered):
            raise UsageError(f"The talk has {len(numbered)} bookmarks, so there is no number {number}.")
        return numbered[number - 1]
    key = word.lower().removeprefix("^clap-")
    found = [bookmark for bookmark in bookmarks if bookmark.id == key]
    if not found and (asked := _TIME.fullmatch(word)):
        found = [one for one in (bookmarks if numbered is None else numbered) if _is_at(one, asked, zone)]
    elif not found and _LEAST_OF_AN_ID <= len(key) < ID_LENGTH:
        found = [bookmark for bookmark in bookmarks if bookmark.id.startswith(key)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{one.id} ({moment_text(one, zone)})" for one in found[:_MAX_NAMED])
        raise UsageError(f"{len(found)} bookmarks fit {quoted(word)}; name one by its id: {listed}.")
    where = "There is" if numbered is None else "The talk has"
    raise UsageError(
        f"{where} no bookmark {quoted(word)}, or it was taken back on the device. `clapmark align TALK` lists those of "
        "a talk with number, time and id, `clapmark assign` those without a talk."
    )


def moment_text(bookmark: Bookmark, zone: ZoneInfo) -> str:
    """Return the local date and time of a press for a person to read; with `~` if it is uncertain."""
    when = bookmark.when
    if when.utc_ms is None:
        return "time unknown"
    at = datetime.fromtimestamp(min(max(when.utc_ms / 1000, 0), _LATEST_S), UTC).astimezone(zone)
    about = "" if (when.error_ms or 0) <= 30_000 else "~"
    return f"{about}{at:%Y-%m-%d %H:%M}"


def shown_tag(bookmark: Bookmark) -> str:
    """Return a bookmark's tag as it may be shown: a device can record any text as one."""
    return one_line(bookmark.tag, 32) or "note"


def _is_at(bookmark: Bookmark, asked: re.Match[str], zone: ZoneInfo) -> bool:
    if bookmark.when.utc_ms is None:
        return False
    at = datetime.fromtimestamp(min(max(bookmark.when.utc_ms, 0) / 1000, _LATEST_S), UTC).astimezone(zone)
    day, minute, second = asked.groups()
    return (
        f"{at:%H:%M}" == minute.zfill(5)
        and day in {None, at.date().isoformat()}
        and (second is None or second == f":{at:%S}")
    )
