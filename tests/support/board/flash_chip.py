"""A board at a port for the tests of flash and rescue: a model of the chip (protocol_chip.py), its flash in a file."""

import json
from collections.abc import Iterator
from pathlib import Path

import serial
from esptool.util import FatalError

from clapmark.flash.board import backups_of
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from tests.support.board.protocol_chip import CHIPS
from tests.support.board.stock_image import rows_of
from tests.support.command_line import type_

MB = 1 << 20
PORT = "chip://usb7"


class Memory:
    """A NOR flash in memory, as MicroPython's block device."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def readblocks(self, block, buffer, offset):
        start = block * 4096 + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset):
        start = block * 4096 + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, request, argument):
        if request == 6:
            self.data[argument * 4096 : (argument + 1) * 4096] = b"\xff" * 4096
            return 0
        return len(self.data) // 4096 if request == 4 else 4096


def journal_with(bookmarks: int, synced: bool = False, size: int = 0x40000) -> bytes:
    """Return a partition that the real journal has written."""
    data = bytearray(b"\xff" * size)
    journal = Journal(Memory(data), b"a1b2c3d4e5f6")
    journal.mount()
    for number in range(bookmarks):
        journal.begin(b"bookmark", number).text_field(b"tag", b"note")
        assert journal.save()
    journal.begin(b"boot", 1).text_field(b"reset", b"poweron")
    journal.save()
    if synced:
        last = next(line for line in bytes(data).split(b"\n") if line.startswith(b"%d " % bookmarks))
        assert commit(journal, journal.epoch, bookmarks, last.rsplit(b"*", 1)[1]) == b""
    return bytes(data)


def slip_packets(port: serial.Serial, _trace: object) -> Iterator[bytes]:
    """Yield the packets at a port as esptool's slip_reader does, which takes seconds for a megabyte."""
    rest = b""
    while True:
        data = port.read(max(port.in_waiting, 1))
        if not data:
            raise FatalError("No serial data received.")
        *packets, rest = (rest + data).split(b"\xc0")
        for packet in packets:
            if packet:
                yield packet.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")


class Chip:
    """The board at PORT, and the laptop's folder of backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        if "tests.support.board" not in serial.protocol_handler_packages:
            serial.protocol_handler_packages.append("tests.support.board")
        CHIPS[PORT] = folder
        self.flash = b"\xff" * (4 * MB)

    @property
    def flash(self) -> bytes:
        return (self.folder / "flash.bin").read_bytes()

    @flash.setter
    def flash(self, data: bytes) -> None:
        (self.folder / "flash.bin").write_bytes(data)

    def calls(self) -> list[list[str]]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def verbs(self) -> list[str]:
        return [call[0] for call in self.calls()]

    def forget_calls(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def put(self, label: str, data: bytes) -> None:
        offset = rows_of(self.flash)[label][2]
        self.flash = self.flash[:offset] + data + self.flash[offset + len(data) :]

    def part(self, label: str) -> bytes:
        _, _, offset, size = rows_of(self.flash)[label]
        return self.flash[offset : offset + size]


def flash(firmware: Path, *words: object) -> tuple[int, str, str]:
    return type_("flash", "--firmware", firmware, "--port", PORT, *words)


def backups() -> list[Path]:
    return sorted(backups_of("30:ae:a4:01:02:03").iterdir())
