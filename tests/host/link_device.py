"""Runs the real link server and journal on MicroPython: `micropython link_device.py STATE_FOLDER [SAVES]`.

stdin and stdout are the line; the flash is a file in the folder, as strict as the real one; the folder is also the
device's file system. SIGKILL is its power switch.
"""

import asyncio
import json
import os
import sys
import time

import micropython

from firmware.core import record
from firmware.core.line import escape
from firmware.journal import Journal
from firmware.link import LinkServer

SECTORS = 16
SECTOR_BYTES = 4096
BLANK = b"\xff" * SECTOR_BYTES
IMAGE = "flash.bin"


class FileNor:
    """A NOR flash in a file: a program only clears bits, each byte once per erase; what it took survives a kill."""

    def __init__(self):
        try:
            self._file = open(IMAGE, "r+b")  # noqa: SIM115  MicroPython ends with the process
        except OSError:
            self._file = open(IMAGE, "w+b")  # noqa: SIM115
            for _ in range(SECTORS):
                self._file.write(BLANK)

    def readblocks(self, block, buffer, offset):
        self._file.seek(block * SECTOR_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset):
        start = block * SECTOR_BYTES + offset
        self._file.seek(start)
        for byte in self._file.read(len(buffer)):
            assert byte == 0xFF, "programmed twice"
        self._file.seek(start)
        self._file.write(buffer)
        self._file.flush()

    def ioctl(self, request, argument):
        if request == 6:
            self._file.seek(argument * SECTOR_BYTES)
            self._file.write(BLANK)
            self._file.flush()
            return 0
        return SECTORS if request == 4 else SECTOR_BYTES


class Settings:
    def __init__(self):
        self.values = {"tags": ["note", "quote"], "silent": False}

    def get(self, key):
        if not key:
            return json.dumps(self.values).encode()
        return json.dumps(self.values[key]).encode() if key in self.values else None

    def put(self, key, value):
        parsed = json.loads(value)
        if key == "silent" and not isinstance(parsed, bool):
            raise ValueError("silent: true or false")
        self.values[key] = parsed


class Services:
    device_id = b"a1b2c3d4e5f6"
    board_name = b"sim"
    firmware_version = b"0.0.1"
    schedule_path = "schedule.txt"
    faults = 0

    def __init__(self, journal):
        self.journal = journal
        self.settings = Settings()
        self.clock_ms = 0
        self.pressed = []
        self.is_leaving = False

    def uptime_ms(self):
        return time.ticks_ms() & 0xFFFFF

    def utc_ms(self):
        return self.clock_ms

    def set_utc(self, utc_ms, err_ms, offset_s):
        self.clock_ms = utc_ms
        writer = self.journal.begin(record.CLOCK, self.uptime_ms())
        writer.number_field(b"utc", utc_ms)
        writer.number_field(b"err", err_ms)
        writer.text_field(b"source", b"host")
        return self.journal.save()

    def status(self):
        return b"screen=note pressed=" + escape(",".join(self.pressed))

    def press(self, button, ms):
        if button == b"X":
            raise OSError("a task breaks")
        self.pressed.append(f"{button.decode()}:{ms}")

    def schedule_changed(self):
        self.pressed.append("schedule")

    def panel_picture(self):
        palette = bytes(range(12))
        width, height = 241, 7
        stride = (width + 3) // 4
        pixels = bytearray(stride * height)
        for place in range(len(pixels)):
            pixels[place] = 0xAA if place < 150 else place & 0xFF
        return width, height, palette, pixels

    def leave_to_repl(self):
        self.is_leaving = True


async def supervise(server, services):
    async def keep_running():
        while not services.is_leaving:
            try:
                await server.run()
            except OSError as error:
                print("a log line that is no frame:", error)

    task = asyncio.create_task(keep_running())
    while not services.is_leaving:
        await asyncio.sleep_ms(10)
    task.cancel()


def main():
    os.chdir(sys.argv[1])
    micropython.kbd_intr(-1)
    journal = Journal(FileNor(), Services.device_id)
    journal.mount()
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        journal.begin(record.BOOKMARK, number * 1000).text_field(b"tag", b"note")
        journal.save()
    services = Services(journal)
    asyncio.run(supervise(LinkServer(sys.stdin.buffer, sys.stdout.buffer, services), services))
    sys.stdout.buffer.write(b'\r\nMicroPython v1.25.0; Type "help()" for more information.\r\n>>> ')
    sys.stdin.buffer.read(1)
    while True:
        sys.stdout.buffer.write(b"\r\n>>> ")
        sys.stdin.buffer.readline()


main()
