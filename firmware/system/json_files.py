"""Small files on the device, replaced whole: a power cut leaves the old one or the new one, never a part."""

import json
import os

from micropython import const

_MOST_BYTES = const(8192)
SETTINGS_PATH = "settings.json"


def read_json(path):
    """Return what the JSON file holds, or None if there is no such file.

    Raises ValueError if it is no JSON, or larger than anything that belongs there: no file may keep the app from
    starting.
    """
    try:
        if os.stat(path)[6] > _MOST_BYTES:
            raise ValueError("too large")
        with open(path) as file:
            return json.load(file)
    except OSError:
        return None
    except MemoryError:
        raise ValueError("too large")


def replace_json(path, value):
    """Write `value` as JSON to a file next to `path`, then rename it. Raises OSError if the file system fails."""
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.rename(path + ".new", path)
