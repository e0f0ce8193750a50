"""Reads the journal off a board through its bootloader, for one whose app no longer starts."""

from pathlib import Path

from clapmark.flash.board import Tell, check_chip, look
from clapmark.flash.esptool_port import Esptool
from clapmark.flash.flash_image import SMALLEST_FLASH_BYTES

_JOURNAL_FOLDER = "journal/"


def dump_journal(esptool: Esptool, folder: Path, tell: Tell) -> Path:
    """Read what holds the journal into the new folder `folder`, and start the board again; return what to rescue from.

    That is the journal partition, or the files of a journal in the file system, or else the whole flash. Nothing on
    the board is changed. Raises ClapmarkError with a sentence.
    """
    chip = esptool.chip()
    check_chip(chip)
    found = look(esptool, chip, folder, tell)
    target = folder / "journal.bin"
    files = {name: data for name, data in found.files.items() if name.startswith(_JOURNAL_FOLDER)}
    if not found.journal and files:
        target = folder / "journal"
        target.mkdir()
        for name, data in files.items():
            (target / name.removeprefix(_JOURNAL_FOLDER)).write_bytes(data)
    elif not found.journal:
        target = folder / "flash.bin"
        tell("There is no journal partition: the whole flash is read, which takes minutes.")
        esptool.read(0, chip.flash_bytes or SMALLEST_FLASH_BYTES, target)
    esptool.leave()
    tell(f"Read into {target}, which stays there.")
    return target
