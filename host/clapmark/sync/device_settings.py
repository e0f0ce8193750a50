"""The device's settings as the laptop handles them: on the device over the link, or in a file to keep in git.

A file is JSON with the names and values of the device's own `settings.json`; a missing name means the default.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from clapmark.base.durable import replace_file
from clapmark.base.errors import UsageError
from clapmark.link.answer import settings_of
from clapmark.link.client import LinkClient
from clapmark.schedule import device_room
from firmware.core import settings as rules
from firmware.core.schedule import ROOM_BYTES

Settings = dict[str, object]


class SettingError(UsageError):
    """A value that a setting cannot have, or a file without settings; the message says what is allowed."""


def names() -> list[str]:
    """Return the names that a person may set, in the order of the firmware."""
    return [name for name in rules.defaults() if name != "version"]


def parse_value(name: str, words: tuple[str, ...]) -> object:
    """Return the value of the setting `name` that a person typed: JSON, else a text; several words make a list.

    Raises SettingError, in the firmware's words, if the setting cannot have it.
    """
    default = rules.defaults().get(name)
    value: object
    try:
        value = json.loads(" ".join(words))
    except ValueError:
        value = list(words) if isinstance(default, list) else " ".join(words)
    if isinstance(default, str) and not isinstance(value, str):
        value = " ".join(words)  # a room may be called 101
    return checked(name, value)


def checked(name: str, value: object) -> object:
    """Return `value` as the setting `name` may have it. Raises SettingError in the firmware's words.

    The name of a room is shortened as in the device's schedule.
    """
    if name == "room" and isinstance(value, str) and (len(value) > ROOM_BYTES or any(ord(one) > 255 for one in value)):
        value = device_room(value).decode("latin-1")
    try:
        return rules.check(name, value)
    except rules.SettingsError as error:
        raise SettingError(f"{error}. Nothing was changed.") from error


def read_file(path: Path) -> Settings:
    """Return the settings in the file `path`, all of them sound. Raises SettingError with a sentence."""
    try:
        values = json.loads(path.read_bytes())
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingError(f"{path} is no JSON: {error}.") from error
    if not isinstance(values, dict):
        raise SettingError(f"{path} holds no names with values.")
    try:
        return {name: checked(name, value) for name, value in values.items()}
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error


def write_file(path: Path, values: Mapping[str, object]) -> bool:
    """Write the settings to `path`, one name a line, whole or not at all; return whether that changed it."""
    lines = [f"  {json.dumps(name)}: {json.dumps(values[name], ensure_ascii=False)}" for name in values]
    try:
        return replace_file(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    except OSError as error:
        raise SettingError(f"{path} cannot be written: {error.strerror}. It is unchanged.") from error


def read_device(client: LinkClient) -> Settings:
    """Return all settings of the device. Raises ProtocolError if they are not JSON with names and values."""
    return settings_of(client.get_setting())


def write_device(client: LinkClient, name: str, value: object) -> None:
    """Change one setting on the device, which checks it again and keeps it. Raises DeviceRefusedError."""
    client.put_setting(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
