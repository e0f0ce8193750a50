"""`clapmark deploy`: update the app on the device."""

import click

from clapmark.base.environment import Environment
from clapmark.base.words import counted
from clapmark.commands.device.connection import chosen_port, progress_bar
from clapmark.commands.options import port_option


@click.command("deploy", short_help="Update the app on the device.")
@click.option("--board", help="The hardware, for a device that has no board.json yet.")
@click.option("--dev", is_flag=True, help="Copy the sources instead of bytecode; uses more memory.")
@click.option("--dry-run", is_flag=True, help="Preview the changes; write nothing.")
@port_option
@click.pass_obj
def command(environment: Environment, board: str | None, dev: bool, dry_run: bool, port: str | None) -> None:
    """Update the app on the device. Bookmarks, schedule and settings stay.

    Only files that differ are copied. They are stored next to the old ones until all are complete; then the device
    restarts once. If the new app does not start, the device restores the previous one by itself.

    \b
    Examples:
      clapmark deploy
      clapmark deploy --dry-run
      clapmark deploy --dev --port /dev/ttyUSB0
    """
    from clapmark.deploy.deploy import deploy
    from clapmark.firmware_build.build import app_sources  # `--help` need not load it
    from clapmark.flash.device_files import app_files, board_file
    from clapmark.link.client import SerialTransport

    board_json = board_file(board) if board else None
    files = {path: source.read_bytes() for path, source in app_sources().items()} if dev else app_files()
    transport = SerialTransport(chosen_port(environment, port))
    try:
        with progress_bar(environment, "Deploy") as advance:
            result = deploy(transport, files, board_file=board_json, dry_run=dry_run, progress=advance)
    finally:
        transport.close()
    if result.was_undone:
        environment.tell("The previous deploy did not start: the device had restored the app before it.")
    for verb, paths in (
        ("change", result.changes.changed),
        ("add", result.changes.added),
        ("remove", result.changes.removed),
    ):
        for path in paths:
            environment.give(f"{verb} {path}")
    if dry_run:
        environment.tell("Nothing was changed: this was a dry run.")
    elif result.hello is None:
        environment.tell("Already up to date; nothing was changed.")
    else:
        sent = f"{counted(len(result.changes.uploaded), 'file')}, {counted(result.sent_bytes, 'byte')}"
        environment.tell(f"{sent}. The device runs firmware {result.hello.firmware} as {result.hello.board}.")
        if result.is_in_rom:
            environment.tell("The app runs from the ROM file system, which leaves it more memory.")
