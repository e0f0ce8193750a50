"""What lies in the device's file system: the compiled app, board.json and settings.json."""

import json
import re
from pathlib import Path

from clapmark.base.errors import UsageError
from clapmark.device_files import device_root
from clapmark.firmware_build.build import current_app
from clapmark.sync import device_settings
from firmware.core.settings import defaults

BOARD_FILE = "board.json"
SETTINGS_FILE = "settings.json"
SCHEDULE_FILE = "schedule.txt"

_CLASS = re.compile(r"^class Board[:(]", re.MULTILINE)


def board_names() -> list[str]:
    """Return the boards that the firmware knows, sorted."""
    modules = (device_root() / "firmware" / "boards").glob("*.py")
    return sorted(path.stem.replace("_", "-") for path in modules if _CLASS.search(path.read_text(encoding="utf-8")))


def board_file(board: str) -> bytes:
    """Return board.json for `board`: one of `board_names()`, or the path of a board.json with a maker's own pins.

    Raises UsageError with a sentence.
    """
    if board in board_names():
        return json.dumps({"board": board}).encode() + b"\n"
    known = ", ".join(board_names())
    path = Path(board)
    if not path.is_file():
        raise UsageError(f"There is no board {board}. There are: {known}; or name the path of a board.json.")
    data = path.read_bytes()
    try:
        name = json.loads(data).get("board")
    except (ValueError, AttributeError) as error:
        raise UsageError(f"{path} is no board.json: it holds no JSON with names and values.") from error
    if name not in board_names():
        raise UsageError(f'{path} names no board that the firmware knows: "board" may be {known}.')
    return data


def app_files() -> dict[str, bytes]:
    """Return the compiled app as it lies on the device: path, content. Raises ClapmarkError if it does not compile."""
    folder = current_app()
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def settings_file(path: Path | None) -> bytes:
    """Return settings.json: the defaults, with what the file `path` says. Raises SettingError if it says nonsense."""
    values = defaults() | (device_settings.read_file(path) if path else {})
    return json.dumps(values).encode()


def device_files(board: str, settings: Path | None = None) -> dict[str, bytes]:
    """Return all files of a new device."""
    return app_files() | {BOARD_FILE: board_file(board), SETTINGS_FILE: settings_file(settings)}
