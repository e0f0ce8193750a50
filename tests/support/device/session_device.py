"""A real session on a real journal, and a laptop that asks it: for the tests of the link on MicroPython."""

import asyncio
import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder

import framebuf

from firmware.core.clock import Clock
from firmware.core.lines.fields import fields
from firmware.core.lines.line import LineWriter, body_length
from firmware.core.state import State
from firmware.link.session import Session
from firmware.system import module_unloader
from tests.support.device.journal_device import mounted, save
from tests.support.device.nor import Nor

module_unloader.settle()  # as the app does when it has started

DEVICE = b"a1b2c3d4e5f6"
# one folder for each process of tests: they run at the same time
FOLDER = f"build/{sys.argv[-1].split('/')[-1]}-{64 if sys.maxsize > 1 << 32 else 32}"


def in_folder(test):
    """Run `test` in an empty folder of its own: settings and schedules are files there."""
    here = os.getcwd()
    if FOLDER.split("/")[1] not in os.listdir("build"):
        os.mkdir(FOLDER)
    os.chdir(FOLDER)
    try:
        for name in os.listdir("."):
            os.remove(name)
        test()
    finally:
        os.chdir(here)


class Board:
    """A board whose buttons a laptop may press."""

    name = b"sim"

    def __init__(self):
        self.pressed = []

    def press(self, index, ms):
        if ms == 9999:
            raise OSError("a verb breaks")
        self.pressed.append((index, ms))


class Panel:
    """A panel of two rows: 20 pixels of colour 0 but one of colour 3, then a row of colour 2."""

    def picture(self):
        frame = framebuf.FrameBuffer(bytearray(10), 20, 2, framebuf.GS2_HMSB)
        frame.pixel(7, 0, 3)
        frame.fill_rect(0, 1, 20, 1, 2)
        return frame, 20, 2, bytes(range(12))


class Context:
    """The parts of a device that the verbs use."""

    def __init__(self, journal):
        self.journal = journal
        self.settings = {"tags": ["note", "quote"], "silent": False, "brightness": 80}
        self.state = State()
        self.clock = Clock(0)
        self.clock_seq = self.clock_ms = 0
        self.board = Board()
        self.display = Panel()
        self.now_ms = 5_000
        self.called = []
        self.uploads = []
        self.faults = []
        self.was_set = None
        self.saves_clock = True
        self.reason = b""  # why a command is refused

    def uptime_ms(self):
        return self.now_ms

    def set_utc(self, utc_ms, err_ms, offset_s):
        self.was_set = (utc_ms, err_ms, offset_s)
        if self.saves_clock:
            self.clock_seq, self.clock_ms = 17, self.now_ms
            return 17
        return 0

    def write_fault_record(self, task, error):
        self.faults.append((task, error))

    def on_upload(self, is_first):
        self.called.append("upload")
        self.uploads.append(is_first)

    def on_schedule_changed(self):
        self.called.append("schedule")

    def on_settings_changed(self):
        self.called.append("settings")

    def on_control(self, command, number, talk_id):
        self.called.append((command, number, talk_id))
        return self.reason

    def on_leave(self):
        self.called.append("leave")


class Line:
    """The way to the laptop; `most` bytes are taken by one write."""

    def __init__(self):
        self.sent = b""
        self.longest = 0

    def write(self, data):
        self.longest = max(self.longest, len(data))
        self.sent += bytes(data)
        return len(data)


class Server:
    def __init__(self, context):
        self.context = context
        self.out = Line()
        self.was_heard = False
        self.is_leaving = False
        self.answers = 0
        self.input = False

    def has_input(self):
        return self.input

    def before_answer(self):
        self.answers += 1


class Laptop:
    """A session, and what a laptop says to it."""

    def __init__(self, saves=3, nor=None):
        self.nor = nor or Nor(4)
        self.journal = mounted(self.nor)
        for number in range(saves):
            save(self.journal, 1000 * (number + 1))
        self.context = Context(self.journal)
        self.server = Server(self.context)
        self.session = Session(self.server)
        self.number = 0

    def serve(self, line):
        """Return whether the session took the line for a request."""
        return asyncio.run(self.session.serve(line))

    def ask(self, body):
        """Return the frames of the answer, each (word, fields), and the records between them as ("record", line)."""
        self.number = self.number % 999 + 1
        assert self.serve_body(b"?%d " % self.number + body)
        return self.frames()

    def serve_body(self, body):
        """Return whether the session took the body, with its CRC, for a request."""
        writer = LineWriter(400)
        writer.raw(body)
        length = writer.seal()
        self.server.out.sent = b""
        return self.serve(writer.view[:length])

    def frames(self):
        found = []
        sent = self.server.out.sent
        while sent:
            assert sent[:1] == b"\n" or found
            end = sent.find(b"\n", 1 if sent[:1] == b"\n" else 0) + 1
            line = sent[1:end] if sent[:1] == b"\n" else sent[:end]
            sent = sent[end:]
            length = body_length(line, len(line))
            assert length > 0, line
            if line[:1] != b"!":
                found.append(("record", line))
                continue
            words = line[:length].split(b" ")
            assert words[0] == b"!%d" % self.number
            found.append((words[1].decode(), fields(words[2:])))
        return found

    def ask_one(self, body):
        """Return (word, fields) of an answer of one frame."""
        found = self.ask(body)
        assert len(found) == 1, found
        return found[0]

    def refused(self, body):
        """Return the code of the error and what it adds."""
        word, values = self.ask_one(body)
        assert word == "error", (word, values)
        return values["code"], values["say"]
