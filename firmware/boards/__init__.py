"""One module per kind of hardware: pins, panel, buttons, capabilities."""

from firmware.files import read_json

_NAMES = ("tdisplay", "m5stickc-plus2", "oled", "sim")


class BoardError(Exception):
    """The board cannot be set up; the message says why."""


def load(path="board.json"):
    """Return the Board that the file `path` names. Raises BoardError with a sentence."""
    try:
        description = read_json(path)
    except ValueError:
        raise BoardError(path + " is no JSON")
    if description is None:
        raise BoardError("there is no " + path)
    name = description.get("board") if isinstance(description, dict) else None
    if name not in _NAMES:
        raise BoardError("%s names no board that this firmware knows: %s" % (path, name))
    module = name.replace("-", "_")
    return __import__("firmware.boards." + module, None, None, ("Board",)).Board(description)
