"""`clapmark settings`: list, read and change the device's settings, on the device or in a file."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from clapmark.archive.archive import find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.base.foreign_text import one_line
from clapmark.base.shell import shell_word
from clapmark.base.words import counted
from clapmark.commands.device.connection import connected
from clapmark.commands.options import archive_option, chosen_slug, conference_option, json_option, port_option
from clapmark.conference.spans import read_schedule
from clapmark.link.client import LinkClient
from clapmark.sync import device_settings
from clapmark.sync.device_room import find_room
from clapmark.sync.device_settings import SettingError, Settings
from firmware.core.settings import defaults

_file_option = click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="Work on this file instead of a device."
)


@click.group("settings", short_help="List, read and change the device's settings.")
def command() -> None:
    """List, read and change the device's settings, on the device or in a file that you may keep in git.

    \b
    Examples:
      clapmark settings list
      clapmark settings set tags note quote idea todo
      clapmark settings set brightness 60 --file clapmark-settings.json
      clapmark settings load clapmark-settings.json
    """


@command.command("list", short_help="Show all settings.")
@json_option
@_file_option
@port_option
@click.pass_obj
def list_(environment: Environment, as_json: bool, path: Path | None, port: str | None) -> None:
    """Show all settings: name, value, and the default where it differs.

    \b
    Examples:
      clapmark settings list
      clapmark settings list --file clapmark-settings.json --json
    """
    values = defaults() | _read(environment, path, port)
    if as_json:
        environment.give_json(values)
        return
    for name in values:
        if name == "version":
            continue
        default = defaults().get(name)
        other = "" if values[name] == default else f"    (default: {json.dumps(default, ensure_ascii=False)})"
        value = json.dumps(values[name], ensure_ascii=False)
        environment.give(f"{one_line(name, 60)} = {value}{other}")


@command.command("get", short_help="Print one setting as JSON.")
@click.argument("name")
@_file_option
@port_option
@click.pass_obj
def get(environment: Environment, name: str, path: Path | None, port: str | None) -> None:
    """Print the setting NAME as JSON.

    \b
    Example:
      clapmark settings get tags
    """
    values = defaults() | _read(environment, path, port)
    if name not in values:
        raise SettingError(f"There is no setting {name}. There are: {', '.join(device_settings.names())}.")
    environment.give_json(values[name], indent=None)


@command.command("set", short_help="Change one setting.")
@click.argument("name")
@click.argument("value", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Set a room that the schedule does not have.")
@conference_option
@archive_option
@_file_option
@port_option
@click.pass_obj
def set_(
    environment: Environment,
    name: str,
    value: tuple[str, ...],
    force: bool,
    slug: str | None,
    folder: Path,
    path: Path | None,
    port: str | None,
) -> None:
    """Change the setting NAME to VALUE: a text, a number, true or false, several words for a list, or JSON.

    A room is looked up in the schedules of the archive, if there are any: its full name, or a part of it.

    \b
    Examples:
      clapmark settings set brightness 60
      clapmark settings set tags note quote idea todo
      clapmark settings set room "Hall A"
      clapmark settings set presets '[["keynote", 45, 300, 60], ["lightning", 5, 60, 20]]'
    """
    wanted = device_settings.parse_value(name, value)
    if name == "room" and wanted and not force:
        wanted = _known_room(environment, " ".join(value), folder, slug) or wanted
    if path is not None:
        values = device_settings.read_file(path) if path.exists() else {}
        device_settings.write_file(path, values | {name: wanted})
        environment.tell(f"{path}: {name} is set. `clapmark settings load {shell_word(path)}` puts it on a device.")
        return
    with connected(environment, port) as client:
        client.hello()
        device_settings.write_device(client, name, wanted)
    environment.tell(f"{name} is set on the device, and in use.")


@command.command("save", short_help="Write the device's settings to a file.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@port_option
@click.pass_obj
def save(environment: Environment, path: Path, port: str | None) -> None:
    """Write the device's settings to the file PATH, to keep in git or to copy to another device.

    \b
    Example:
      clapmark settings save clapmark-settings.json
    """
    changed = device_settings.write_file(path, _read(environment, None, port))
    environment.tell(f"Wrote {path}." if changed else f"{path} is already up to date.")


@command.command("load", short_help="Copy the settings of a file to the device.")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Preview the changes; write nothing.")
@click.option("--force", is_flag=True, help="Set a room that the schedule does not have.")
@conference_option
@archive_option
@port_option
@click.pass_obj
def load(
    environment: Environment,
    path: Path,
    dry_run: bool,
    force: bool,
    slug: str | None,
    folder: Path,
    port: str | None,
) -> None:
    """Copy the settings of the file PATH to the device; settings that are not in the file stay unchanged.

    A room is looked up in the schedules of the archive, if there are any, as `clapmark settings set room` does.

    \b
    Examples:
      clapmark settings load clapmark-settings.json --dry-run
      clapmark settings load clapmark-settings.json
    """
    wanted = device_settings.read_file(path)
    if wanted.get("room") and not force:
        wanted["room"] = _known_room(environment, str(wanted["room"]), folder, slug) or wanted["room"]
    with _client(environment, port) as client:
        before = device_settings.read_device(client)
        changes = [name for name in wanted if name != "version" and before.get(name) != wanted[name]]
        for name in changes:
            old, new = (json.dumps(value, ensure_ascii=False) for value in (before.get(name), wanted[name]))
            environment.give(f"{name}: {old} -> {new}")
            if not dry_run:
                device_settings.write_device(client, name, wanted[name])
    environment.tell(f"{counted(len(changes), 'setting')} {'would change' if dry_run else 'changed'}.")


def _known_room(environment: Environment, typed: str, folder: Path, slug: str | None) -> str:
    """Return the device's name of the room that `typed` names in the schedules of the archive, "" if there are none.

    Raises SettingError if they have no such room, or more than one.
    """
    try:
        archive = find_archive(folder)
    except UsageError:
        if folder != Path() or slug is not None:
            raise
        return ""  # a device can be set up without an archive
    slugs = [chosen_slug(archive, slug)] if slug is not None else archive.conferences()
    schedules = [read_schedule(archive, one) for one in slugs]
    if not any(schedule.rooms() for schedule in schedules):
        return ""
    room, on_device = find_room(typed, schedules)
    shown = one_line(room, 80)
    environment.tell(f"Room: {shown}." if room == on_device else f"Room: {shown}; on the device: {on_device}.")
    return on_device


def _read(environment: Environment, path: Path | None, port: str | None) -> Settings:
    if path is not None:
        return device_settings.read_file(path)
    with _client(environment, port) as client:
        return device_settings.read_device(client)


@contextmanager
def _client(environment: Environment, port: str | None) -> Iterator[LinkClient]:
    with connected(environment, port) as client:
        client.hello()
        yield client
