"""Counts the starts in a row that ended in a crash, in a file that a good start does not write.

A start is good when the app has run for a minute (`forget`).
"""

import os

from micropython import const

from firmware.system.json_files import read_json, replace_json

_PATH = "crashes.json"
_MOST = const(3)


def note(error):
    """Store that this start, or the previous one, ended in `error` (a text)."""
    count = 0
    found = _read()
    if found:
        count = found[0]
    replace_json(_PATH, [count + 1, error])


def too_many():
    """Return whether the last three starts crashed; then reset the count, so the next start tries the app again."""
    found = _read()
    if not found or found[0] < _MOST:
        return False
    replace_json(_PATH, [0, found[1]])
    return True


def take_error():
    """Return the newest error that is not in the journal yet, or ""."""
    found = _read()
    if not found or not found[1]:
        return ""
    replace_json(_PATH, [found[0], ""])
    return found[1]


def forget():
    """Reset the count: the app runs well."""
    if _read():
        os.remove(_PATH)


def _read():
    try:
        found = read_json(_PATH)
        return found if isinstance(found[0], int) and isinstance(found[1], str) else None
    except (ValueError, TypeError, IndexError):  # no such file, or cut
        return None
