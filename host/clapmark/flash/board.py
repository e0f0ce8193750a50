"""A board on a cable: what is on it, what will be written, and the writing, with nothing of the user's lost."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import platformdirs

from clapmark.base.errors import ClapmarkError, ConflictError
from clapmark.base.words import counted
from clapmark.flash.device_files import BOARD_FILE, SCHEDULE_FILE, SETTINGS_FILE
from clapmark.flash.esptool_port import Chip, Esptool, is_blank
from clapmark.flash.file_system import FileSystemError, read_file_system
from clapmark.flash.firmware_file import BOOTLOADER_OFFSET, Firmware, FirmwareError
from clapmark.flash.flash_image import SMALLEST_FLASH_BYTES, Part, fresh_layout
from clapmark.flash.journal_image import JournalState, read_journal
from clapmark.flash.partition_table import (
    APP,
    DATA,
    SECTOR_BYTES,
    TABLE_BYTES,
    TABLE_OFFSET,
    Partition,
    PartitionTableError,
    find_app,
    find_file_system,
    find_journal,
    format_table,
    parse_table,
    with_journal,
)

_UNFINISHED = "unfinished"  # in the backup's folder, while the board is neither old nor new
_CARRIED = (SETTINGS_FILE, SCHEDULE_FILE, BOARD_FILE)
# what MicroPython, Arduino and ESP-IDF put on a board by themselves
_USUAL_LABELS = frozenset({
    "nvs", "phy_init", "factory", "otadata", "ota_0", "ota_1", "vfs", "ffat", "journal", "romfs", "uf2",
    "app0", "app1", "spiffs", "coredump", "eeprom", "nvs_key", "fr",
})  # fmt: skip

Tell = Callable[[str], None]


@dataclass
class Found:
    """What is on a board. `journal` and `files` are what it must not lose; `backup` is where they are kept."""

    chip: Chip
    backup: Path
    table: list[Partition] | None = None
    journal: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)

    def journal_state(self) -> JournalState | None:
        """Return what the journal holds: the partition's, or the one in files of a board without a partition."""
        if self.journal:
            return read_journal(self.journal)
        names = sorted(name for name in self.files if name.startswith("journal/"))
        return read_journal(b"".join(self.files[name].ljust(SECTOR_BYTES, b"\xff") for name in names))


@dataclass(frozen=True)
class Plan:
    """What will be written, in this order; `kept` are sentences on what stays. `is_fresh`: a new layout is created."""

    parts: list[Part]
    kept: list[str]
    is_fresh: bool


def backup_folder(mac: str, now: datetime) -> Path:
    """Return a new folder for what this run reads from the board with this MAC address."""
    name = now.strftime("%Y-%m-%d-%H%M%S")
    folder = backups_of(mac) / name
    count = 1
    while folder.exists():
        count += 1
        folder = backups_of(mac) / f"{name}-{count}"
    return folder


def backups_of(mac: str) -> Path:
    """Return the folder of all backups of one board."""
    return Path(platformdirs.user_data_dir("clapmark")) / "backups" / (mac.replace(":", "") or "unknown")


def check_chip(chip: Chip) -> None:
    """Raise FirmwareError unless this is an ESP32 with 4 MB of flash or more."""
    if chip.kind != "ESP32":
        raise FirmwareError(
            f"The chip at this port is an {chip.kind}, and Clapmark's boards have an ESP32. Nothing was written."
        )
    if 0 < chip.flash_bytes < SMALLEST_FLASH_BYTES:
        raise FirmwareError(
            f"This board has a flash of {chip.flash_bytes >> 20} MB; MicroPython, the journal and the app need 4 MB. "
            "Nothing was written."
        )


def look(esptool: Esptool, chip: Chip, backup: Path, tell: Tell) -> Found:
    """Read what is on the board into `backup`: table, journal, file system. Nothing is changed on it."""
    backup.mkdir(parents=True, exist_ok=True)
    found = Found(chip, backup)
    try:
        found.table = parse_table(esptool.read(TABLE_OFFSET, TABLE_BYTES, backup / "partition-table.bin"))
    except PartitionTableError as error:
        tell(f"This board has no data to keep: {error}")
        _take_unfinished(found, tell)
        return found
    journal = find_journal(found.table)
    if journal:
        found.journal = esptool.read(journal.offset, journal.size, backup / "journal.bin")
        tell(f"The journal is kept in {backup / 'journal.bin'}.")
    system = _file_system_row(found.table, chip.flash_bytes)
    if system and esptool.read(system.offset, SECTOR_BYTES, backup / "file-system.bin")[8:16] == b"littlefs":
        tell("Reading the file system, so that nothing in it is lost: about a minute.")
        data = esptool.read(system.offset, system.size, backup / "file-system.bin")
        try:
            found.files = read_file_system(data)
        except FileSystemError as error:
            tell(f"The old file system is kept in {backup}, and cannot be read: {error}")
    _take_unfinished(found, tell)
    return found


def refuse_to_lose(found: Found, yes: bool) -> None:
    """Raise ConflictError if the journal will be erased with bookmarks that no laptop has, unless `yes`."""
    state = found.journal_state()
    if state is None or yes or not (state.unsynced or state.damaged):
        return
    what = (
        counted(state.unsynced, "bookmark or other record", "bookmarks and other records")
        if state.unsynced
        else counted(state.damaged, "damaged place")
    )
    raise ConflictError(
        f"The device holds {what} that no laptop has, and they would be erased. Nothing was written. First "
        f"`clapmark sync`, then repeat the command; or add --yes-erase-unsynced (a copy is in {found.backup})."
    )


def refuse_custom(found: Found) -> None:
    """Raise ConflictError if the board's table has unusual partitions."""
    strange = [row.label for row in found.table or [] if row.label not in _USUAL_LABELS]
    if strange:
        raise ConflictError(
            f"The board's partition table is custom: {', '.join(strange)} would be lost. Nothing was written. Save "
            "what you need of it, then repeat the command with --erase."
        )


def make_plan(found: Found, firmware: Firmware, files: dict[str, bytes], *, erase: bool, yes: bool) -> Plan:
    """Return what to write. The layout stays where the new MicroPython fits into it, unless `erase` wants a new device.

    Raises ConflictError where that would lose bookmarks, FirmwareError or PartitionTableError where it does not fit.
    """
    flash_bytes = found.chip.flash_bytes or SMALLEST_FLASH_BYTES
    if not erase and found.table and _fits(found, firmware, flash_bytes):
        return _upgrade(found.table, firmware, flash_bytes)
    if erase:
        refuse_to_lose(found, yes)
        return Plan(_in_order(fresh_layout(firmware, flash_bytes, files).parts), [], is_fresh=True)
    refuse_custom(found)
    kept = []
    for name in _CARRIED:
        if name in found.files and _is_sound(name, found.files[name]):
            files = files | {name: found.files[name]}
            kept.append(f"{name} stays unchanged.")
    layout = fresh_layout(firmware, flash_bytes, files)
    journal = find_journal(layout.table)
    assert journal  # noqa: S101  # nosec B101 # every layout has one
    parts = layout.parts
    if len(found.journal) == journal.size:
        parts = [
            Part("journal, kept", part.offset, found.journal) if part.offset == journal.offset else part
            for part in parts
        ]
        kept.append("The journal moves along with every record.")
    else:
        refuse_to_lose(found, yes)
    return Plan(_in_order(parts), kept, is_fresh=True)


def write(esptool: Esptool, plan: Plan, backup: Path, tell: Tell) -> None:
    """Write the plan. Raises ClapmarkError; then the message says where the old data is and what to do."""
    unfinished = backup / _UNFINISHED
    if plan.is_fresh:
        unfinished.touch()
    try:
        for part in plan.parts:
            if is_blank(part.data):
                tell(f"Erase  {part}")
                esptool.erase(part.offset, len(part.data))
        written = [part for part in plan.parts if not is_blank(part.data)]
        files = []
        for part in written:
            path = backup / f"write-0x{part.offset:06x}.bin"
            path.write_bytes(part.data)
            files.append((part.offset, path))
            tell(f"Write  {part}")
        esptool.write(files)
        esptool.leave()
    except ClapmarkError as error:
        raise type(error)(
            f"{error} The board is not complete. Nothing of yours is lost: what was on it is in {backup}. Repeat the "
            "same command; it takes the journal from there."
        ) from error
    for other in backup.parent.glob(f"*/{_UNFINISHED}"):
        other.unlink()
    for _, path in files:
        path.unlink(missing_ok=True)


def _fits(found: Found, firmware: Firmware, flash_bytes: int) -> bool:
    table = found.table or []
    return (
        find_journal(table) is not None
        and bool(found.files)
        and all(row.end <= flash_bytes for row in table)
        and any(row.type == APP and row.offset == find_app(table).offset for row in firmware.table)
        and len(firmware.app) <= find_app(table).size
    )


def _upgrade(table: list[Partition], firmware: Firmware, flash_bytes: int) -> Plan:
    parts = [
        Part("bootloader", BOOTLOADER_OFFSET, firmware.bootloader_for(flash_bytes)),
        Part("MicroPython", find_app(table).offset, firmware.app),
    ]
    if find_file_system(table) is None:
        table = with_journal(table, flash_bytes)  # an older MicroPython does not make one by itself
        parts.append(Part("partition table", TABLE_OFFSET, format_table(table)))
    kept = ["The partition table, the journal, the app, schedule and settings stay where they are."]
    return Plan(parts, kept, is_fresh=False)


def _file_system_row(table: list[Partition], flash_bytes: int) -> Partition | None:
    """Return where the file system is: MicroPython 1.26 and newer make one behind everything if the table has none."""
    explicit = find_file_system(table)
    start = max(row.end for row in table)
    if explicit or start >= flash_bytes:
        return explicit
    return Partition("vfs", DATA, 0x81, start, flash_bytes - start)


def _in_order(parts: list[Part]) -> list[Part]:
    """Return the parts with the table last: until it is there, the board still has its old one."""
    return sorted(parts, key=lambda part: (part.offset == TABLE_OFFSET, part.offset))


def _is_sound(name: str, data: bytes) -> bool:
    if not name.endswith(".json"):
        return True
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def _take_unfinished(found: Found, tell: Tell) -> None:
    """Use the backup of an interrupted run, if the flash has nothing newer."""
    unfinished = sorted(backups_of(found.chip.mac).glob(f"*/{_UNFINISHED}"))
    older = [path.parent for path in unfinished if path.parent != found.backup]
    if not older:
        return
    if not found.files and (older[0] / "file-system.bin").exists():
        with contextlib.suppress(FileSystemError):
            found.files = read_file_system((older[0] / "file-system.bin").read_bytes())
    saved = older[0] / "journal.bin"
    kept = read_journal(saved.read_bytes()) if saved.exists() else None
    now = read_journal(found.journal) if found.journal else None
    if kept and (now is None or not now.epoch or (now.epoch == kept.epoch and now.last_seq <= kept.last_seq)):
        found.journal = saved.read_bytes()
        (found.backup / "journal.bin").write_bytes(found.journal)
        tell(f"An earlier run was interrupted: the journal comes from its backup in {older[0]}.")
