"""Runs the real link server and journal on MicroPython: `micropython link_device.py STATE_FOLDER [SAVES]`.

stdin and stdout are the line; the flash is a file in the folder, as strict as the real one; the folder is also the
device's file system. SIGKILL is its power switch.
"""

import asyncio
import os
import sys
import time

import framebuf
import micropython

from firmware.core.clock import Clock
from firmware.core.state import State
from firmware.journal.journal import Journal
from firmware.link.server import LinkServer

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
            self._file = open(IMAGE, "w+b")  # noqa: SIM115  the same
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


class Board:
    name = b"sim"

    def __init__(self, note):
        self._note = note

    def press(self, index, ms):
        if ms == 9999:
            raise OSError("a verb breaks")
        self._note(f"{'ABC'[index]}:{ms}")


class Panel:
    def picture(self):
        palette = bytes(range(12))
        width, height = 241, 7
        stride = (width + 3) // 4
        pixels = bytearray(stride * height)
        for place in range(len(pixels)):
            pixels[place] = 0xAA if place < 150 else place & 0xFF
        # four pixels a byte, so a row of the frame is as long as its bytes
        return framebuf.FrameBuffer(pixels, width, height, framebuf.GS2_HMSB, stride * 4), width, height, palette


class Context:
    """The parts of firmware.context.Context that the verbs use, around the real journal, clock and state."""

    def __init__(self, journal):
        self.journal = journal
        self.settings = {"tags": ["note", "quote"], "presets": [], "silent": False}
        self.state = State()
        self.clock = Clock(0)
        self.clock_seq = self.clock_ms = 0
        self.board = Board(self.note)
        self.display = Panel()
        self.is_leaving = False

    def uptime_ms(self):
        return time.ticks_ms() & 0xFFFFF

    def set_utc(self, utc_ms, err_ms, offset_s):
        ms = self.uptime_ms()
        self.clock.set_utc_ms(utc_ms, ms)
        writer = self.journal.begin(b"clock", ms)
        writer.number_field(b"utc", utc_ms)
        writer.number_field(b"err", err_ms)
        writer.text_field(b"source", b"host")
        self.clock_seq = self.journal.save()
        self.clock_ms = ms
        return self.clock_seq

    def note(self, word):
        """Let `status` tell what was called."""
        state = self.state
        state.tag += (b"," if state.tag else b"") + word.encode()

    def write_fault_record(self, task, error):
        writer = self.journal.begin(b"fault", self.uptime_ms())
        writer.text_field(b"task", task)
        writer.text_field(b"error", error)
        self.journal.save()

    def on_upload(self, _is_first):
        pass

    def on_schedule_changed(self):
        self.note("schedule")

    def on_settings_changed(self):
        self.note("settings")

    def on_leave(self):
        self.is_leaving = True


async def supervise(server, context):
    async def keep_running():
        while not context.is_leaving:
            try:
                await server.run()
            except OSError as error:
                print("a log line that is not a frame:", error)

    task = asyncio.create_task(keep_running())
    while not context.is_leaving:
        await asyncio.sleep_ms(10)
    task.cancel()


def main():
    os.chdir(sys.argv[1])
    micropython.kbd_intr(-1)
    journal = Journal(FileNor(), b"a1b2c3d4e5f6")
    journal.mount()
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        journal.begin(b"bookmark", number * 1000).text_field(b"tag", b"note")
        journal.save()
    context = Context(journal)
    asyncio.run(supervise(LinkServer(sys.stdin.buffer, sys.stdout.buffer, context), context))
    sys.stdout.buffer.write(b'\r\nMicroPython v1.25.0; Type "help()" for more information.\r\n>>> ')
    sys.stdin.buffer.read(1)
    while True:
        sys.stdout.buffer.write(b"\r\n>>> ")
        sys.stdin.buffer.readline()


main()
