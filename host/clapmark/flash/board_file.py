"""board.json: which board a device is, and the pins of a maker's own; checked with the rules of the firmware itself."""

import json
import re
from pathlib import Path

from clapmark.base.errors import UsageError
from clapmark.base.foreign_text import one_line
from clapmark.base.shell import shell_word
from clapmark.device_files import device_root
from firmware.core.board_pins import PinPlan

OWN_PINS = "oled"  # the board whose pins board.json names; the others are wired in the factory
_CLASS = re.compile(r"^class Board[:(]", re.MULTILINE)
_MOST_BYTES = 10_000
_MOST_SENTENCE = 200


def board_names() -> list[str]:
    """Return the boards that the firmware knows, sorted."""
    modules = (device_root() / "firmware" / "boards").glob("*.py")
    return sorted(path.stem.replace("_", "-") for path in modules if _CLASS.search(path.read_text(encoding="utf-8")))


def board_file(board: str) -> bytes:
    """Return board.json for `board`: one of `board_names()`, or the path of a board.json with a maker's own pins.

    Raises UsageError with a sentence, also if the firmware could not use a pin that it names.
    """
    if board in board_names():
        return json.dumps({"board": board}).encode() + b"\n"
    path = Path(board)
    if not path.is_file():
        known = ", ".join(board_names())
        raise UsageError(f"There is no board {one_line(board, 100)}. There are: {known}; or name a board.json.")
    description, data = read_board(path)
    if problems := board_problems(description):
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise UsageError(
            f"The device could not use this wiring:\n{listed}\nNothing was written. Correct {path}, and check it with "
            f"`clapmark board check {shell_word(path)}`; docs/new-board.md has the rules."
        )
    return data


def read_board(path: Path) -> tuple[dict[str, object], bytes]:
    """Return what the board.json `path` says, and its bytes. Raises UsageError if it is none."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        description = json.loads(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a board.json: it is not valid JSON.") from error
    if len(data) > _MOST_BYTES or not isinstance(description, dict):
        raise UsageError(f"{path} is not a board.json: it holds no names with values.")
    names = board_names()
    if description.get("board") not in names:
        raise UsageError(f'{path} names no board that the firmware knows: "board" may be {", ".join(names)}.')
    return description, data


def board_problems(description: dict[str, object]) -> list[str]:
    """Return a sentence on everything in a board.json that the firmware could not use, in its own words."""
    problems = PinPlan(description).problems if description["board"] == OWN_PINS else []
    return [one_line(problem, _MOST_SENTENCE) for problem in problems]


def ignored_keys(description: dict[str, object]) -> list[str]:
    """Return the names in the board.json of a board that is wired in the factory: the firmware ignores them."""
    return [one_line(key, 40) for key in description if key != "board" and description["board"] != OWN_PINS]
