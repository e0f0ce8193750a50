"""One module per kind of hardware: pins, panel, buttons, capabilities."""

from firmware.files import read_json

_NAMES = ("tdisplay", "m5stickc-plus2", "oled", "sim")


class BoardError(Exception):
    """The board cannot be set up; the message says why."""


def load(path="board.json"):
    """Return the Board that the file `path` names. Raises BoardError with a sentence."""
    board, description = _find(path)
    return board(description)


def early_pins(path="board.json"):
    """Do what must be done at once to keep the power, and return the mark button's pin; None if it is not known.

    Raises BoardError with a sentence.
    """
    from machine import Pin

    board, description = _find(path)
    if hasattr(board, "hold"):
        Pin(board.hold, Pin.OUT, value=1)
    if hasattr(board, "keys"):
        return Pin(board.keys[0][0], Pin.IN)
    buttons = description.get("buttons")
    button = buttons[0] if isinstance(buttons, list) and buttons else None
    number = button.get("pin") if isinstance(button, dict) else button
    try:
        return Pin(number, Pin.IN, Pin.PULL_UP)
    except (ValueError, TypeError):
        return None  # the board says later what is wrong with it


def _find(path):
    """Return the Board class that the file `path` names, and what the file says."""
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
    return __import__("firmware.boards." + module, None, None, ("Board",)).Board, description
