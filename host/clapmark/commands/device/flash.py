"""`clapmark flash`: write MicroPython and the app to a board, or to a flash image."""

import contextlib
from pathlib import Path

import click

from clapmark.base.durable import replace_file
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, ConflictError, NoDeviceError, UsageError
from clapmark.base.shell import shell_word
from clapmark.commands.device.connection import chosen_port
from clapmark.commands.options import port_option

_SIZES = {"4MB": 4 << 20, "8MB": 8 << 20, "16MB": 16 << 20}


@click.command("flash", short_help="Write MicroPython and the app to a board, or to a flash image.")
@click.option(
    "--firmware",
    "firmware_path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="MicroPython for the ESP32, 1.23 or newer: the .bin from micropython.org/download/ESP32_GENERIC.",
)
@click.option("--board", help="The hardware, or a board.json with your own pins. Default: unchanged, or tdisplay.")
@click.option(
    "--image",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a complete flash image to this file instead.",
)
@click.option("--force", is_flag=True, help="Replace the file of --image if it exists.")
@click.option("--flash-size", type=click.Choice(list(_SIZES)), help="Size of the image. Default: the firmware's.")
@click.option(
    "--settings", type=click.Path(path_type=Path, dir_okay=False), help="Settings of a new device (`settings save`)."
)
@click.option("--erase", is_flag=True, help="Make it a new device: blank journal, no schedule, default settings.")
@click.option("--yes-erase-unsynced", is_flag=True, help="Also erase unsynced bookmarks; a copy is kept.")
@click.option("--dry-run", is_flag=True, help="Print every step, offset and hash; write nothing.")
@port_option
@click.pass_obj
def command(
    environment: Environment,
    firmware_path: Path,
    board: str | None,
    image: Path | None,
    force: bool,
    flash_size: str | None,
    settings: Path | None,
    erase: bool,
    yes_erase_unsynced: bool,
    dry_run: bool,
    port: str | None,
) -> None:
    """Write MicroPython and the app to a board, or with --image to a file that holds a complete flash.

    The journal gets a partition of its own. On a board that has one already, everything of yours stays: journal,
    schedule, settings; a copy of the journal is kept on the laptop first.

    \b
    Examples:
      clapmark flash --firmware ESP32_GENERIC-20240602-v1.23.0.bin --board tdisplay
      clapmark flash --firmware ESP32_GENERIC-20240602-v1.23.0.bin --dry-run
      clapmark flash --image clapmark.bin --board oled --firmware ESP32_GENERIC-20240602-v1.23.0.bin
    """
    from clapmark.flash.device_files import device_files  # `--help` need not load it
    from clapmark.flash.firmware_file import read_firmware
    from clapmark.flash.flash_image import complete_image, fresh_layout

    if image is not None:
        _check_image(image, [path for path in (firmware_path, settings, Path(board or "")) if path])
    firmware = read_firmware(firmware_path)
    size = _SIZES[flash_size] if flash_size else max(firmware.flash_bytes, _SIZES["4MB"])
    if image is None and not (dry_run and _no_port(environment, port)):
        options = _Options(firmware_path, board, settings, erase, yes_erase_unsynced, dry_run)
        _flash_board(environment, options, chosen_port(environment, port, is_real=True))
        return
    layout = fresh_layout(firmware, size, device_files(board or "tdisplay", settings))
    environment.tell(f"MicroPython {firmware.version} for a flash of {size >> 20} MB. The partitions:")
    for row in layout.table:
        environment.tell(f"  {row}")
    if not any(row.is_file_system for row in firmware.table):
        environment.tell("This MicroPython creates its own file system partition; the table uses the same address.")
    for part in layout.parts:
        environment.give(str(part))
    if image is not None and not dry_run:
        data = complete_image(layout)
        try:
            if image.exists() and not force and image.read_bytes() != data:
                raise ConflictError(f"{image} exists and was left as it is. --force replaces it; nothing was written.")
            replace_file(image, data)
        except OSError as error:
            raise ClapmarkError(f"{image} cannot be written: {error.strerror}. It is unchanged.") from error
        environment.tell(
            f"Wrote {image}. Onto a board: `esptool write-flash 0 {shell_word(image)}` (this erases its journal)."
        )


def _check_image(image: Path, inputs: list[Path]) -> None:
    """Refuse to write over a file that this command reads."""
    for path in inputs:
        if image.exists() and path.exists() and not path.is_dir() and image.samefile(path):
            what = "the firmware" if path == inputs[0] else "a file"
            raise UsageError(f"{image} is {what} that this command reads; it was left as it is. Name another file.")


class _Options:
    def __init__(
        self, firmware: Path, board: str | None, settings: Path | None, erase: bool, yes: bool, dry_run: bool
    ) -> None:
        self.firmware, self.board, self.settings = firmware, board, settings
        self.erase, self.yes, self.dry_run = erase, yes, dry_run


def _no_port(environment: Environment, port: str | None) -> bool:
    try:
        chosen_port(environment, port, is_real=True)
    except NoDeviceError:
        return True
    return False


def _flash_board(environment: Environment, options: _Options, port: str) -> None:
    from clapmark.flash import board as boards
    from clapmark.flash.device_files import BOARD_FILE, SETTINGS_FILE, device_files
    from clapmark.flash.esptool_port import Esptool
    from clapmark.flash.firmware_file import read_firmware

    firmware = read_firmware(options.firmware)
    new_files = device_files(options.board or "tdisplay", options.settings)
    esptool = Esptool(port)
    chip = esptool.chip()
    environment.tell(f"{port}: {chip.description}, {chip.flash_bytes >> 20} MB of flash, {chip.mac}")
    try:
        boards.check_chip(chip)
        found = boards.look(esptool, chip, boards.backup_folder(chip.mac, environment.now()), environment.tell)
        if options.board:
            found.files.pop(BOARD_FILE, None)  # what was asked for counts
        if options.settings:
            found.files.pop(SETTINGS_FILE, None)
        plan = boards.make_plan(found, firmware, new_files, erase=options.erase, yes=options.yes)
    except ClapmarkError:
        with contextlib.suppress(ClapmarkError):
            esptool.leave()  # it goes on as it was
        raise
    for sentence in plan.kept:
        environment.tell(sentence)
    if options.dry_run:
        for part in plan.parts:
            environment.give(str(part))
        esptool.leave()
        environment.tell("Nothing was written.")
        return
    environment.tell("Writing takes one to three minutes. Leave the cable in.")
    boards.write(esptool, plan, found.backup, environment.tell)
    if plan.is_fresh:
        environment.tell("Done: the device starts. `clapmark doctor` checks it.")
    else:
        environment.tell(f"MicroPython is now {firmware.version}. `clapmark deploy` updates the app.")
