"""The files in the device's file system: the compiled app, board.json and settings.json."""

import json
from pathlib import Path

from clapmark.firmware_build.build import current_app
from clapmark.flash.board_file import board_file, board_names
from clapmark.sync import device_settings
from firmware.core.settings import defaults

__all__ = ["app_files", "board_file", "board_names", "device_files", "settings_file"]

BOARD_FILE = "board.json"
SETTINGS_FILE = "settings.json"
SCHEDULE_FILE = "schedule.txt"


def app_files() -> dict[str, bytes]:
    """Return the compiled app's files as on the device: path, content. Raises ClapmarkError if it does not compile."""
    folder = current_app()
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def settings_file(path: Path | None) -> bytes:
    """Return settings.json: the defaults, with what the file `path` says. Raises SettingError if it says nonsense."""
    values = defaults() | (device_settings.read_file(path) if path else {})
    # MicroPython reads an escaped pair of surrogates as two letters
    return json.dumps(values, ensure_ascii=False).encode()


def device_files(board: str, settings: Path | None = None) -> dict[str, bytes]:
    """Return all files of a new device."""
    return app_files() | {BOARD_FILE: board_file(board), SETTINGS_FILE: settings_file(settings)}
