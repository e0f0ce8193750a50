"""The ESP32's partition table: read, checked, given the `journal` entry, and written back with its MD5 row.

Format: Espressif, "Partition Tables" (ESP-IDF programming guide): rows of 32 bytes, an MD5 row behind the last one,
0xFF to the end of 0xC00 bytes.
"""

import hashlib
import itertools
import struct
from dataclasses import dataclass, replace

from clapmark.base.errors import ClapmarkError

TABLE_OFFSET = 0x8000
TABLE_BYTES = 0xC00
SECTOR_BYTES = 4096
JOURNAL_BYTES = 256 * 1024
JOURNAL_TYPE = 0x40  # custom types are 0x40 to 0xFE; docs/journal.md
JOURNAL_LABEL = "journal"

APP, DATA = 0, 1
_OTA_DATA, _FAT = 0x00, 0x81  # subtypes of DATA; MicroPython calls its LittleFS "fat" too
_ROM_LABEL = "romfs"  # ports/esp32/esp32_partition.c
_OWN_LABEL = "vfs"
_FILE_SYSTEM_LABELS = (_OWN_LABEL, "ffat")  # ports/esp32/modules/flashbdev.py
_SMALLEST_FILE_SYSTEM_BYTES = 256 * 1024

_ROW = struct.Struct("<2sBBII16sI")
_MAGIC = b"\xaa\x50"
_MD5_MAGIC = b"\xeb\xeb" + b"\xff" * 14


class PartitionTableError(ClapmarkError):
    """A partition table that is damaged, or that has no room for what Clapmark needs."""


@dataclass(frozen=True)
class Partition:
    """One row; offsets and sizes in bytes of flash."""

    label: str
    type: int
    subtype: int
    offset: int
    size: int
    flags: int = 0

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.offset + self.size

    @property
    def is_journal(self) -> bool:
        """Whether it is where our journal lives."""
        return self.type == JOURNAL_TYPE and self.label == JOURNAL_LABEL

    @property
    def is_file_system(self) -> bool:
        """Whether MicroPython mounts it as its file system."""
        return self.type == DATA and self.label in _FILE_SYSTEM_LABELS

    def __str__(self) -> str:
        """Return it as a line for the person."""
        return f"{self.label:<10} 0x{self.offset:06x} + 0x{self.size:06x}  type 0x{self.type:02x} 0x{self.subtype:02x}"


def parse_table(data: bytes) -> list[Partition]:
    """Return the rows of the table at the start of `data`, by offset.

    Raises PartitionTableError if there is none, if its MD5 row is wrong, or if two partitions overlap.
    """
    rows: list[Partition] = []
    place = 0
    while place + _ROW.size <= len(data) and data[place : place + 2] == _MAGIC:
        _, kind, subtype, offset, size, label, flags = _ROW.unpack_from(data, place)
        name = label.split(b"\0")[0].decode("ascii", "replace")
        rows.append(Partition(name, kind, subtype, offset, size, flags))
        place += _ROW.size
    if not rows:
        raise PartitionTableError("There is no partition table where an ESP32 has it (0x8000).")
    behind = data[place : place + _ROW.size]
    if behind.startswith(_MD5_MAGIC) and behind[16:] != hashlib.md5(data[:place], usedforsecurity=False).digest():
        raise PartitionTableError("The partition table is damaged: its MD5 row does not fit.")
    rows.sort(key=lambda row: row.offset)
    for before, after in itertools.pairwise(rows):
        if after.offset < before.end:
            raise PartitionTableError(f"The partition table is unusable: {before.label} and {after.label} overlap.")
    return rows


def format_table(rows: list[Partition]) -> bytes:
    """Return the table as stored in flash, TABLE_BYTES long."""
    body = b"".join(
        _ROW.pack(_MAGIC, row.type, row.subtype, row.offset, row.size, row.label.encode(), row.flags) for row in rows
    )
    table = body + _MD5_MAGIC + hashlib.md5(body, usedforsecurity=False).digest()
    if len(table) > TABLE_BYTES:
        raise PartitionTableError("The partition table has no room for another entry.")
    return table.ljust(TABLE_BYTES, b"\xff")


def with_journal(rows: list[Partition], flash_bytes: int) -> list[Partition]:
    """Return the table with a journal and an explicit file system, for a flash of `flash_bytes`.

    The journal takes the start of an explicit file system's place; without one it comes behind everything else. The
    file system follows it, to the end of the flash or to what comes next: exactly where MicroPython 1.26 and newer
    would make its own (ports/esp32/main.c, behind the last partition), so that both agree for every size of the chip.
    It is named `vfs`: MicroPython reads one named `ffat` in blocks of 512 bytes, and ours has blocks of 4096. A journal
    that is there already stays where it is. Raises PartitionTableError where there is no room.
    """
    others = [row for row in rows if not row.is_file_system and not row.is_journal]
    systems = [row for row in rows if row.is_file_system]
    journal = next((row for row in rows if row.is_journal), None)
    for row in others:
        if row.end > flash_bytes:
            raise PartitionTableError(
                f"The partition {row.label} ends at 0x{row.end:x}, but this flash has only {_mb(flash_bytes)}. Use an "
                "image that is made for the board's flash."
            )
    find_app(others)
    if len(systems) > 1:
        raise PartitionTableError("The partition table is custom: it names two file systems. Use a stock image.")
    if journal is None:
        start = systems[0].offset if systems else _aligned(max(row.end for row in others))
        journal = Partition(JOURNAL_LABEL, JOURNAL_TYPE, 0, start, JOURNAL_BYTES)
        system_start = journal.end
    else:
        system_start = systems[0].offset if systems else _aligned(max(row.end for row in [*others, journal]))
    before = min(journal.offset, system_start)
    system_end = min([row.offset for row in others if row.offset >= before], default=flash_bytes)
    if system_end - system_start < _SMALLEST_FILE_SYSTEM_BYTES:
        raise PartitionTableError(
            f"A flash of {_mb(flash_bytes)} has no room for MicroPython, the journal and the app: 4 MB are needed."
        )
    system = systems[0] if systems else Partition(_OWN_LABEL, DATA, _FAT, 0, 0)
    system = replace(system, label=_OWN_LABEL, offset=system_start, size=system_end - system_start)
    return sorted([*others, journal, system], key=lambda row: row.offset)


def find_journal(rows: list[Partition]) -> Partition | None:
    """Return the journal's row, or None."""
    return next((row for row in rows if row.is_journal), None)


def find_file_system(rows: list[Partition]) -> Partition | None:
    """Return the file system's row, or None."""
    return next((row for row in rows if row.is_file_system), None)


def find_rom(rows: list[Partition]) -> Partition | None:
    """Return the row of MicroPython's ROM file system, or None."""
    return next((row for row in rows if row.type == DATA and row.label == _ROM_LABEL), None)


def find_app(rows: list[Partition]) -> Partition:
    """Return the app that starts on a fresh chip: the one with the lowest subtype (factory, else ota_0).

    Raises PartitionTableError if there is none.
    """
    apps = [row for row in rows if row.type == APP]
    if not apps:
        raise PartitionTableError("The partition table names no app to start; this is no MicroPython for a board.")
    return min(apps, key=lambda row: row.subtype)


def find_ota_data(rows: list[Partition]) -> Partition | None:
    """Return the row that says which of two apps starts, or None; blank, it names the first."""
    return next((row for row in rows if row.type == DATA and row.subtype == _OTA_DATA), None)


def _aligned(offset: int) -> int:
    return (offset + SECTOR_BYTES - 1) // SECTOR_BYTES * SECTOR_BYTES


def _mb(size: int) -> str:
    return f"{size / (1 << 20):g} MB"
