"""A MicroPython firmware file as micropython.org has it: is it whole, is it for the ESP32, which version is it.

A stock .bin for the ESP32 begins at flash offset 0x1000 with the bootloader; the partition table is at 0x8000, the
app where that says (ports/esp32/makeimg.py). Image format: Espressif, esptool, "Firmware Image Format".
"""

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from clapmark.base.errors import UsageError
from clapmark.flash.partition_table import (
    TABLE_BYTES,
    TABLE_OFFSET,
    Partition,
    PartitionTableError,
    find_app,
    parse_table,
)

BOOTLOADER_OFFSET = 0x1000
OLDEST_MICROPYTHON = (1, 23)

_HEADER = struct.Struct("<BBBBI4xH9xB")  # magic, segments, mode, size and speed, entry, ..., chip, ..., has a hash
_SEGMENT = struct.Struct("<II")
_MAGIC = 0xE9
_CHECKSUM_SEED = 0xEF
_ESP32 = 0
_CHIPS = {
    0: "ESP32", 2: "ESP32-S2", 5: "ESP32-C3", 9: "ESP32-S3", 12: "ESP32-C2", 13: "ESP32-C6", 16: "ESP32-H2",
    18: "ESP32-P4", 23: "ESP32-C5",
}  # fmt: skip
# the high half of the header's fourth byte
_FLASH_BYTES = {0: 1 << 20, 1: 2 << 20, 2: 4 << 20, 3: 8 << 20, 4: 16 << 20}
_VERSION = re.compile(rb"\bv(\d{1,2})\.(\d{1,3})(?:\.(\d{1,3}))?[-.0-9a-z]* on \d{4}-\d\d-\d\d")


class FirmwareError(UsageError):
    """A firmware file that must not be written to this board; the message says why, and which one to take."""


@dataclass(frozen=True)
class Firmware:
    """The parts of a stock image: `bootloader` and `app` as in flash, and its own partition table."""

    bootloader: bytes
    app: bytes
    table: list[Partition]
    version: str
    flash_bytes: int

    def bootloader_for(self, flash_bytes: int) -> bytes:
        """Return the bootloader with its header naming a flash of `flash_bytes`, and its hash renewed.

        The bootloader refuses partitions behind the size that its header names. Raises FirmwareError if no ESP32 has
        such a size.
        """
        code = next((code for code, size in _FLASH_BYTES.items() if size == flash_bytes), None)
        if code is None:
            raise FirmwareError(f"An ESP32 has a flash of 4, 8 or 16 MB, not of {flash_bytes} bytes.")
        image = bytearray(self.bootloader)
        image[3] = code << 4 | image[3] & 0x0F
        if image[_HEADER.size - 1]:
            image[-32:] = hashlib.sha256(image[:-32]).digest()
        return bytes(image)


def read_firmware(path: Path) -> Firmware:
    """Return what the file `path` holds. Raises FirmwareError unless it is a whole MicroPython 1.23+ for the ESP32."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FirmwareError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return parse_firmware(data)
    except (FirmwareError, PartitionTableError) as error:
        raise FirmwareError(
            f"{path}: {error} Nothing was written. Take the .bin for ESP32_GENERIC from "
            "https://micropython.org/download/ESP32_GENERIC/."
        ) from error


def parse_firmware(data: bytes) -> Firmware:
    """Do as `read_firmware` for the bytes of a file. Raises FirmwareError or PartitionTableError."""
    # a complete flash image begins at 0 instead, with what stands blank before the bootloader
    if data[:16] == b"\xff" * 16 and data[BOOTLOADER_OFFSET : BOOTLOADER_OFFSET + 1] == bytes([_MAGIC]):
        data = data[BOOTLOADER_OFFSET:]
    if len(data) < _HEADER.size or data[0] != _MAGIC:
        raise FirmwareError("Not a firmware image: it does not begin with the byte 0xE9.")
    chip = _HEADER.unpack_from(data)[5]
    if chip != _ESP32:
        raise FirmwareError(f"This firmware is for an {_CHIPS.get(chip, f'unknown chip {chip}')}, not for the ESP32.")
    table_at = TABLE_OFFSET - BOOTLOADER_OFFSET
    if len(data) < table_at + TABLE_BYTES:
        raise FirmwareError("The file is cut short: it ends before the partition table.")
    table = parse_table(data[table_at : table_at + TABLE_BYTES])
    app_at = find_app(table).offset - BOOTLOADER_OFFSET
    app = data[app_at : app_at + find_app(table).size]
    if not app or app[0] != _MAGIC:
        raise FirmwareError("The file is cut short: there is no app where its partition table says.")
    app = app[: image_length(app, "app")]
    if _HEADER.unpack_from(app)[5] != _ESP32:
        raise FirmwareError("The app in this file is not for the ESP32.")
    bootloader = data[: image_length(data[:table_at], "bootloader")]
    size = _FLASH_BYTES.get(data[3] >> 4, 0)
    return Firmware(bootloader, app, table, _micropython_version(app), size)


def image_length(image: bytes, what: str) -> int:
    """Return the length of the image at the start of `image`, its checksum and hash found right.

    Raises FirmwareError, naming `what`, where it is cut short or damaged.
    """
    cut = FirmwareError(f"The file is cut short or damaged: its {what} is not whole.")
    if len(image) < _HEADER.size:
        raise cut
    _, segments, _, _, _, _, has_hash = _HEADER.unpack_from(image)
    place = _HEADER.size
    checksum = _CHECKSUM_SEED
    for _ in range(segments):
        if place + _SEGMENT.size > len(image):
            raise cut
        length = _SEGMENT.unpack_from(image, place)[1]
        place += _SEGMENT.size
        segment = image[place : place + length]
        if len(segment) < length:
            raise cut
        checksum ^= _xor(segment)
        place += length
    place = (place + 16) // 16 * 16  # the checksum is the last byte of a row of 16
    if place > len(image) or image[place - 1] != checksum:
        raise cut
    if has_hash:
        if image[place : place + 32] != hashlib.sha256(image[:place]).digest():
            raise cut
        place += 32
    return place


def _xor(data: bytes) -> int:
    """Return all bytes of `data`, combined by exclusive or; a megabyte takes milliseconds this way."""
    value = int.from_bytes(data, "little")
    bits = max(8, 1 << (len(data) * 8 - 1).bit_length()) if data else 8
    while bits > 8:
        bits //= 2
        value = (value >> bits) ^ (value & ((1 << bits) - 1))
    return value


def _micropython_version(app: bytes) -> str:
    if b"MicroPython" not in app:
        raise FirmwareError("This is no MicroPython.")
    found = _VERSION.search(app)
    if found is None:
        raise FirmwareError("This MicroPython does not say which version it is: was it built without git's tags?")
    version = tuple(int(part or 0) for part in found.groups())
    text = ".".join(map(str, version))
    if version[:2] < OLDEST_MICROPYTHON:
        raise FirmwareError(f"This is MicroPython {text}; Clapmark needs 1.23 or newer.")
    return text
