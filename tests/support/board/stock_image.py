"""A stock MicroPython image for tests, as micropython.org's are laid out, made by esptool from a small ELF of our own.

Its code does nothing; headers, segments, checksums and hashes are esptool's, the table is written here by hand.
"""

import hashlib
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

NVS = (1, 2, 0x9000, 0x6000, b"nvs")
PHY = (1, 1, 0xF000, 0x1000, b"phy_init")
FACTORY = (0, 0, 0x10000, 0x1F0000, b"factory")
VFS = (1, 0x81, 0x200000, 0x200000, b"vfs")
OLD_TABLE = (NVS, PHY, FACTORY, VFS)  # 1.23: an explicit file system
NEW_TABLE = (NVS, PHY, (0, 0, 0x10000, 0x210000, b"factory"))  # 1.26 and newer: MicroPython makes its own
# MicroPython's partitions-4MiB-romfs.csv: an own build
ROM_TABLE = (NVS, PHY, (0, 0, 0x10000, 0x1D0000, b"factory"), (1, 0x8F, 0x1E0000, 0x20000, b"romfs"), VFS)
OTA_TABLE = (
    (1, 2, 0x9000, 0x4000, b"nvs"),
    (1, 0, 0xD000, 0x2000, b"otadata"),
    PHY,
    (0, 0x10, 0x10000, 0x180000, b"ota_0"),
    (0, 0x11, 0x190000, 0x180000, b"ota_1"),
)


def table_bytes(rows) -> bytes:
    body = b"".join(
        b"\xaa\x50" + struct.pack("<BBII", *row[:4]) + row[4].ljust(16, b"\0") + b"\0\0\0\0" for row in rows
    )
    return (body + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(body).digest()).ljust(0xC00, b"\xff")


def rows_of(image: bytes) -> dict[str, tuple[int, int, int, int]]:
    """Parse the table with code of its own: name -> type, subtype, offset, size; the MD5 row must be right."""
    rows = {}
    at = 0x8000
    while image[at : at + 2] == b"\xaa\x50":
        _, kind, subtype, offset, size, label, _ = struct.unpack("<HBBLL16sL", image[at : at + 32])
        rows[label.rstrip(b"\0").decode()] = (kind, subtype, offset, size)
        at += 32
    assert image[at : at + 2] == b"\xeb\xeb"
    assert image[at + 16 : at + 32] == hashlib.md5(image[0x8000:at]).digest()
    assert image[at + 32 : 0x8C00].strip(b"\xff") == b""
    return rows


def elf(text: bytes, code: bytes = b"\x36\x41\x00\x1d\xf0" * 60) -> bytes:
    """Return an Xtensa ELF: a load segment of code in IRAM, and one of `text` where flash data is mapped."""
    text = text.ljust(512, b"\0")  # room for the app description that esptool looks for
    text += b"\0" * (-len(text) % 4)
    code += b"\0" * (-len(code) % 4)
    sections = [(b".iram0.text", 0x40080400, 6, code), (b".flash.rodata", 0x3F400020, 2, text)]
    names = b"\0" + b"\0".join(name for name, *_ in sections) + b"\0.shstrtab\0"
    place = 52 + 32 * len(sections)
    programs, headers, body = b"", b"\0" * 40, b""
    for name, address, flags, data in sections:
        programs += struct.pack("<8I", 1, place + len(body), address, address, len(data), len(data), 5, 4)
        headers += struct.pack("<10I", names.index(name), 1, flags, address, place + len(body), len(data), 0, 0, 4, 0)
        body += data
    headers += struct.pack("<10I", names.index(b".shstrtab"), 3, 0, 0, place + len(body), len(names), 0, 0, 1, 0)
    body += names
    head = b"\x7fELF\x01\x01\x01" + b"\0" * 9
    head += struct.pack(
        "<HHIIIIIHHHHHH", 2, 94, 1, 0x40080400, 52, place + len(body), 0, 52, 32, len(sections), 40, 4, 3
    )
    return head + programs + body + headers


@cache
def image(text: bytes, chip: str = "esp32", flash_size: str = "4MB") -> bytes:
    """Return what esptool's elf2image makes of it."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "x.elf", Path(folder) / "x.bin"
        source.write_bytes(elf(text))
        command = [sys.executable, "-m", "esptool", "--chip", chip, "elf2image", "--flash-size", flash_size]
        answer = subprocess.run([*command, "-o", target, source], capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return target.read_bytes()


def stock_image(rows=OLD_TABLE, version: str = "1.23.0", chip: str = "esp32", flash_size: str = "4MB") -> bytes:
    """Return a .bin as it is written at 0x1000."""
    words = f"MicroPython v{version} on 2024-06-02; Generic ESP32 module with ESP32\0".encode()
    bootloader = image(b"second stage", chip, flash_size)
    app_at = min(row[2] for row in rows if row[0] == 0)
    data = bootloader.ljust(0x7000, b"\xff") + table_bytes(rows)
    return data.ljust(app_at - 0x1000, b"\xff") + image(words * 40, chip, flash_size)
