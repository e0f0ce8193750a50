"""Finds the sectors of a journal in what was read out of a flash, and in a virtual device's folder.

The image may be cut or damaged. docs/journal.md describes the sectors.
"""

from dataclasses import dataclass
from pathlib import Path

from clapmark.base.errors import UsageError
from clapmark.flash.partition_table import TABLE_BYTES, TABLE_OFFSET, PartitionTableError, find_journal, parse_table
from firmware.core.lines.sector import SECTOR_BYTES

_MOST_BYTES = 64 << 20  # no ESP32 has more flash
_BLANK = b"\xff"
_HEADER = b"=sector "
_HEADERS_BYTES = 160  # both copies


@dataclass(frozen=True)
class FlashDump:
    """`sectors` of 4096 bytes, in their order. Where the image ends early, `cut_bytes` are missing at the end."""

    sectors: tuple[bytes, ...]
    where: str  # what was read, for a sentence
    cut_bytes: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever written here, as far as there are sectors to look into."""
        return bool(self.sectors) and not any(sector.strip(_BLANK) for sector in self.sectors)


def read_dump(path: Path) -> FlashDump:
    """Return the journal's sectors in `path`: a file from `esptool read-flash`, or a folder with one file per sector.

    A folder may be a virtual device's state folder, or a copy of the device's folder `journal`. Raises UsageError where
    this can be no flash, OSError.
    """
    if path.is_dir():
        return _read_folder(path)
    size = path.stat().st_size
    if not SECTOR_BYTES // 2 <= size <= _MOST_BYTES:
        raise UsageError(f"{path} has {size:,} bytes: that is no flash image. `esptool read-flash` makes one.")
    return _find_sectors(path.read_bytes(), str(path))


def _read_folder(path: Path) -> FlashDump:
    flash = path / "flash.bin"
    if flash.exists() and (dump := read_dump(flash)).sectors and not dump.is_blank:
        return dump
    for folder in (path / "files" / "journal", path / "journal", path):
        files = sorted(folder.glob("[0-9][0-9][0-9]"))
        if files:
            count = int(files[-1].name) + 1
            pieces = {int(file.name): file.read_bytes()[:SECTOR_BYTES] for file in files}
            sectors = tuple(pieces.get(number, b"").ljust(SECTOR_BYTES, _BLANK) for number in range(count))
            return FlashDump(sectors, f"{folder} ({len(files)} files)")
    if flash.exists():
        return read_dump(flash)
    raise UsageError(
        f"{path} holds neither flash.bin nor a journal in files (000, 001 ...). Name a file from `esptool read-flash`, "
        "the --state folder of `clapmark sim`, or a copy of the device's folder `journal`."
    )


def _find_sectors(data: bytes, name: str) -> FlashDump:
    try:
        rows = parse_table(data[TABLE_OFFSET : TABLE_OFFSET + TABLE_BYTES])
    except PartitionTableError:
        if not data.startswith(_HEADER) and b"\xaa\x50" in data[TABLE_OFFSET : TABLE_OFFSET + 2]:
            return _pick_sectors(data, f"{name}, whose partition table is damaged")
        return FlashDump(_split(data), name, -len(data) % SECTOR_BYTES)
    row = find_journal(rows)
    if row is None:
        return _pick_sectors(data, f"{name}, which has no journal partition")
    part = data[row.offset : row.end]
    return FlashDump(_split(part), f"the journal partition in {name}", row.size - len(part))


def _pick_sectors(data: bytes, name: str) -> FlashDump:
    """Look everywhere: a journal in files also occupies whole sectors of the file system."""
    return FlashDump(tuple(sector for sector in _split(data) if _HEADER in sector[:_HEADERS_BYTES]), name)


def _split(data: bytes) -> tuple[bytes, ...]:
    starts = range(0, len(data), SECTOR_BYTES)
    return tuple(data[start : start + SECTOR_BYTES].ljust(SECTOR_BYTES, _BLANK) for start in starts)
