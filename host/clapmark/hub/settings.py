"""The hub's configuration: options before environment variables before the file before the defaults."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clapmark.base.errors import UsageError
from clapmark.base.foreign_text import quoted

PREFIX = "CLAPMARK_HUB_"
FILE_NAME = "hub.toml"


@dataclass(frozen=True)
class HubSettings:
    """The settings of a hub. Each name is a key of the file, and in capitals behind CLAPMARK_HUB_ a variable."""

    database: str = "sqlite:///hub.sqlite"
    read_from: str = ""
    host: str = "127.0.0.1"
    port: int = 8015
    socket: str = ""  # a Unix socket instead of host and port
    public_url: str = ""
    access_log: bool = False
    connections: int = 8
    fresh_s: float = 10.0
    concurrency: int = 200  # requests at a time; more get 503 and try again
    stop_s: float = 20.0
    metrics_token: str = ""
    marks: int = 5_000
    contributors: int = 5_000
    pushes_a_minute: float = 120.0


def read_settings(file: Path | None, variables: Mapping[str, str], options: Mapping[str, object]) -> HubSettings:
    """Return the settings; `file` must exist if it is named, hub.toml in the current folder need not.

    Raises UsageError with the place of what cannot be meant.
    """
    settings = HubSettings()
    path = file or Path(FILE_NAME)
    if file is not None or path.is_file():
        settings = _changed(settings, _table(path), str(path))
    found = {
        field.name: variables[PREFIX + field.name.upper()]
        for field in fields(HubSettings)
        if PREFIX + field.name.upper() in variables
    }
    settings = _changed(settings, found, "environment", is_text=True)
    return _changed(settings, {key: value for key, value in options.items() if value is not None}, "command line")


def _table(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be used: {error}.") from error


def _changed(settings: HubSettings, values: Mapping[str, Any], where: str, *, is_text: bool = False) -> HubSettings:
    defaults = {field.name: field.default for field in fields(HubSettings)}
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in defaults:
            raise UsageError(f"{where}: there is no setting {quoted(key, 40)}. There are: {', '.join(defaults)}.")
        name = PREFIX + key.upper() if is_text else key
        changes[key] = _value(value, defaults[key], f"{where}: {name}", is_text)
    changed = replace(settings, **changes)
    url = changed.public_url
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise UsageError(f"{where}: public_url must begin with http:// or https://.")
    return changed


def _value(value: Any, default: object, name: str, is_text: bool) -> object:  # noqa: ANN401
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        if is_text and value.lower() in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
            return value.lower() in {"1", "true", "yes", "on"}
        raise UsageError(f"{name} must be true or false.")
    if isinstance(default, int | float):
        try:
            number = type(default)(value) if is_text or (isinstance(value, int | float) and value is not True) else None
        except ValueError:
            number = None
        if number is None or not 0 < number < 1e9:
            raise UsageError(f"{name} must be a positive number.")
        return number
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a text.")
    return value
