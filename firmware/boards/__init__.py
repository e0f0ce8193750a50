"""One module per kind of hardware: pins, panel, buttons, capabilities."""

from firmware.files import read_json


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
    name = description.get("board")
    if name == "tdisplay":
        from firmware.boards import tdisplay as module
    elif name == "sim":
        from firmware.boards import sim as module
    else:
        raise BoardError("%s names no board that this firmware knows: %s" % (path, name))
    return module.Board()
