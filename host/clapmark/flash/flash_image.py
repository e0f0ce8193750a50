"""What is written where: the parts of a flash, each with its offset, and the one complete image made of them."""

import hashlib
from dataclasses import dataclass

from clapmark.firmware_build.rom_image import APP_FILE, rom_image
from clapmark.flash.file_system import make_file_system
from clapmark.flash.firmware_file import BOOTLOADER_OFFSET, Firmware, FirmwareError
from clapmark.flash.partition_table import (
    TABLE_OFFSET,
    Partition,
    find_app,
    find_file_system,
    find_journal,
    find_ota_data,
    find_rom,
    format_table,
    with_journal,
)

SMALLEST_FLASH_BYTES = 4 << 20


@dataclass(frozen=True)
class Part:
    """Bytes and where in flash they go."""

    name: str
    offset: int
    data: bytes

    def __str__(self) -> str:
        """Return it as a line for the person."""
        digest = hashlib.sha256(self.data).hexdigest()
        return f"0x{self.offset:06x}  {len(self.data):>8} bytes  {self.name:<16} sha256 {digest}"


@dataclass(frozen=True)
class Layout:
    """A flash of `flash_bytes` with `table`, and the parts that make it a new device."""

    flash_bytes: int
    table: list[Partition]
    parts: list[Part]


def fresh_layout(firmware: Firmware, flash_bytes: int, files: dict[str, bytes]) -> Layout:
    """Return what a new device has: MicroPython, the table with the journal, a blank journal, the file system.

    Where the firmware's table has a partition for a ROM file system, the compiled app is in it, too.

    Raises FirmwareError or PartitionTableError where that does not fit.
    """
    if flash_bytes < SMALLEST_FLASH_BYTES:
        raise FirmwareError(f"A flash of {flash_bytes >> 20} MB is too small: Clapmark needs 4 MB.")
    table = with_journal(firmware.table, flash_bytes)
    journal, system = find_journal(table), find_file_system(table)
    assert journal and system  # noqa: S101  # nosec B101 # with_journal made them
    rom_parts: list[Part] = []
    rom, image = find_rom(table), rom_image(files)
    if rom and image and len(image.data) <= rom.size:
        rom_parts = [Part("app in ROM", rom.offset, image.data)]
        files = files | {APP_FILE: image.name.encode()}
    parts = [
        Part("bootloader", BOOTLOADER_OFFSET, firmware.bootloader_for(flash_bytes)),
        Part("partition table", TABLE_OFFSET, format_table(table)),
        Part("MicroPython", find_app(table).offset, firmware.app),
        Part("journal, blank", journal.offset, b"\xff" * journal.size),
        Part("file system", system.offset, make_file_system(files, system.size)),
    ]
    parts += rom_parts
    ota_data = find_ota_data(table)
    if ota_data:
        parts.append(Part("app choice, blank", ota_data.offset, b"\xff" * ota_data.size))
    return Layout(flash_bytes, table, sorted(parts, key=lambda part: part.offset))


def complete_image(layout: Layout) -> bytes:
    """Return the whole flash, from its first byte to its last; unwritten bytes are blank."""
    image = bytearray(b"\xff" * layout.flash_bytes)
    for part in layout.parts:
        image[part.offset : part.offset + len(part.data)] = part.data
    return bytes(image)
