"""One module per kind of hardware: pins, panel, buttons, capabilities."""

import time

import machine
from micropython import const

from firmware.system.json_files import read_json

_NAMES = ("tdisplay", "m5stickc-plus2", "oled", "sim")
_CHARGE_MS = const(30)  # 100 nF across a key, through the chip's own 45 kOhm, are up after 6
_TAKEN = bytes((1, 3, 6, 7, 8, 9, 10, 11))  # by the serial line and the flash: not even looked at


class BoardError(Exception):
    """The board cannot be set up; the message says why."""


def load(path="board.json", safe_hardware=False):
    """Return the Board that the file `path` names; with `safe_hardware` it uses no hardware that could block forever.

    A chip that has all keys down is an emulated one, whose pins read 0. Raises BoardError with a sentence.
    """
    board, description = _find(path)
    board.safe_hardware = safe_hardware or not any(_levels(board, description))
    return board(description)


def mark_is_held(path="board.json"):
    """Do what must be done at once to keep the power, and return whether the mark key is held, and not all keys are.

    Raises BoardError with a sentence.
    """
    board, description = _find(path)
    if hasattr(board, "hold"):
        machine.Pin(board.hold, machine.Pin.OUT, value=1)
    _levels(board, description)  # the pull-ups are on from now
    time.sleep_ms(_CHARGE_MS)
    levels = _levels(board, description)
    return any(levels) and not levels[0]


def _levels(board, description):
    """Return the levels of the keys' pins; 1 for what can be none: the board says later what is wrong with it."""
    levels = []
    for number, pull in board.keys if hasattr(board, "keys") else board.keys_of(description):
        level = 1
        try:
            if number not in _TAKEN:
                level = machine.Pin(number, machine.Pin.IN, pull).value()
        except (ValueError, TypeError):
            pass  # no pin at all
        levels.append(level)
    return levels


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
