"""Sends hostile requests to the real link server on MicroPython (tests.faults.hostile.hostile_frames starts it).

`main(SEED, COUNT)` in an empty folder, which is the device's file system. Every request has a valid CRC. Prints a
line for each broken promise, and a closing line with the numbers of requests and of completed uploads.
"""

import binascii
import random
import sys


class Tasks:
    """Stands for the module asyncio: every turn for the other tasks comes back at once."""

    core = None

    @staticmethod
    def sleep_ms(ms):
        NOW[0] += ms
        yield ""


sys.modules["asyncio"] = Tasks  # before the server and the verbs are loaded

from firmware.context import Context
from firmware.control import remote_control
from firmware.control.controller import Controller
from firmware.core import settings
from firmware.core.lines.fields import fields
from firmware.core.lines.line import body_length, seal
from firmware.core.lines.sector_reader import NOTHING, RECORD
from firmware.core.schedule import Schedule, ScheduleError
from firmware.core.state import Talk
from firmware.journal.reader import Cursor
from firmware.link.server import LinkServer
from tests.faults.hostile.hostile_requests import request

SECTORS = 4
SECTOR_BYTES = 4096
MOST_ANSWER_BYTES = 480
MOST_PROBLEMS = 5
ABANDONED_MS = 7000
WAITING = "for input"
NOW = [0]


class Flash:
    """A NOR flash that keeps its rules, and is fast."""

    def __init__(self):
        self.data = bytearray(b"\xff" * (SECTORS * SECTOR_BYTES))

    def readblocks(self, block, buffer, offset):
        start = block * SECTOR_BYTES + offset
        buffer[:] = memoryview(self.data)[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset):
        start = block * SECTOR_BYTES + offset
        assert bytes(self.data[start : start + len(buffer)]) == b"\xff" * len(buffer), "programmed twice"
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, request_number, argument):
        if request_number == 6:
            self.data[argument * SECTOR_BYTES : (argument + 1) * SECTOR_BYTES] = b"\xff" * SECTOR_BYTES
            return 0
        return SECTORS if request_number == 4 else SECTOR_BYTES


class Chip:
    def __init__(self):
        self.flash = Flash()

    def journal_blocks(self):
        return self.flash

    def device_id(self):
        return b"a1b2c3d4e5f6"

    def set_utc_ms(self, utc_ms):
        assert utc_ms > 0


class Board:
    name = b"sim"

    def __init__(self):
        self._chip = Chip()

    def chip(self):
        return self._chip

    chip_at_start = chip

    def press(self, index, ms):
        assert index in (0, 1, 2) and 1 <= ms <= 10_000


class Display:
    def picture(self):
        return self, 20, 3, bytes(12)

    def pixel(self, column, row):
        return (column ^ row) & 3


class Cues:
    def play(self, stage, silent):
        assert stage >= 0 and silent in (False, True)


class Stdin:
    def __init__(self):
        self.data = b""
        self.at = 0

    def readinto(self, buffer):
        buffer[0] = self.data[self.at]
        self.at += 1
        return 1


class Stdout:
    def __init__(self):
        self.data = bytearray()

    def write(self, data):
        self.data += data
        return len(data)


class Server(LinkServer):
    """The real server on streams in memory."""

    def __init__(self, stdin, stdout, context):
        self.context = context
        super().__init__(sys.stdin, stdout, context)
        self._in = stdin

    async def _input(self):
        while self._in.at == len(self._in.data):
            await _wait()

    def has_input(self):
        return self._in.at < len(self._in.data)


def _wait():
    yield WAITING


class Device:
    """Context and server of a device; `ask` returns what it answers."""

    def __init__(self):
        self.context = context = Context(Board())
        context.uptime_ms = lambda: NOW[0]
        context.settings = settings.defaults()
        context.display = Display()
        context.state.problems = ["board.json: " + "a long name: 漢字 äöü " * 40]
        context.state.talk = Talk(b"T" * 100, 0, 0, b"", b"\xe4 title" * 60)
        context.journal.mount()
        context.on_schedule_changed = self._load_schedule
        context.on_control = self._control
        self.controller = Controller(
            context.journal, context.clock, context.settings, context.state, Cues(), lambda _run_seq: None
        )
        self.schedules = 0
        self.schedule_crc = b""  # of the file that was just put in place
        for number in range(20):
            context.journal.begin(b"bookmark", number * 1000).text_field(b"tag", b"note")
            context.journal.save()
        self.stdin = Stdin()
        self.stdout = Stdout()
        self.server = Server(self.stdin, self.stdout, context)
        self._run = self.server.run()
        self._until_waiting()

    def ask(self, line):
        """Send the line; return the lines that come back. Raises what kills the link's task."""
        self.stdin.data = b"\n" + line
        self.stdin.at = 0
        self.stdout.data = bytearray()
        self._until_waiting()
        return bytes(self.stdout.data).split(b"\n")

    def _until_waiting(self):
        while True:
            try:
                if self._run.send(None) is WAITING:
                    return
            except StopIteration:  # repl: the next laptop finds the app again
                self.server.is_leaving = False
                self._run = self.server.run()

    def _control(self, command, number, talk_id):
        return remote_control.do(self.controller, command, number, talk_id, NOW[0])

    def _load_schedule(self):
        with open("schedule.txt", "rb") as file:
            self.schedule_crc = b"%08X" % binascii.crc32(file.read())
        self.schedules += 1
        problem = ""
        try:
            file = open("schedule.txt", "rb")  # noqa: SIM115  MicroPython has no contextlib.closing
            try:
                Schedule(file)
            except ScheduleError as error:
                problem = str(error)
            file.close()
        except OSError:
            problem = "no file"
        self.context.state.set_schedule_problem(problem)

    def crc_of(self, seq):
        cursor = Cursor(self.context.journal)
        cursor.seek(seq)
        while True:
            found = cursor.next()
            if found == NOTHING:
                return None
            if found == RECORD and cursor.seq == seq:
                return bytes(cursor.line[cursor.length - 9 : cursor.length - 1])


def judge(device, ident, verb, words, answer, before):
    """Return what is wrong with the answer to a request, or ""."""
    journal = device.context.journal
    if len(device.context.state.problems) > 2:
        return "problems pile up"
    if journal.committed_seq > journal.last_seq:
        return "lost: committed %d of %d" % (journal.committed_seq, journal.last_seq)
    if journal.committed_seq != before:
        values = fields(words)
        if verb != b"commit" or values["crc"] != device.crc_of(journal.committed_seq):
            return "lost: committed without the CRC of the record"
    if device.schedule_crc:
        crc = device.schedule_crc
        device.schedule_crc = b""
        if fields(words)["crc"] != crc:
            return "silent: a schedule with another CRC was put in place"
    mark = b"!%d " % ident
    last = b""
    for line in answer:
        if not line:
            continue
        if line[:1] == b"!":
            if len(line) + 1 > MOST_ANSWER_BYTES:
                return "an answer of %d bytes" % (len(line) + 1)
            end = body_length(line + b"\n", len(line) + 1)
            if end < 0 or line[: len(mark)] != mark:
                return "silent: not an answer to it: %s" % line
            last = line[:end].split(b" ")
            if fields(last[2:]).get("code") == b"failed":
                return "failed: %s" % line
        elif not 0x30 <= line[0] <= 0x39:
            return "silent: junk: %s" % line
    if not last:
        return "silent: no answer"
    if last[1] not in (b"error", b"end", verb):
        return "silent: an answer without an end: %s" % last
    return ""


def main(seed, count):
    """Send `count` requests."""
    random.seed(seed)
    device = Device()
    problems = abandoned = 0
    buffer = bytearray(1024)
    for number in range(count):
        NOW[0] += random.choice((1, 30, 400, 2000, 6000, 20_000)) if not number % 7 else 3
        silent_since = device.server._session._asked_ms
        if not number % 5:
            held = device.server._session._holds_buffers()
            device.server.drop_abandoned()
            if held and not device.server._session._holds_buffers():
                abandoned += 1
            if NOW[0] - silent_since > ABANDONED_MS and device.server._session._holds_buffers():
                print("seed %d, request %d: lost: the memory of an abandoned exchange" % (seed, number))
                problems += 1
        ident = random.randrange(1000)
        verb, words = request(device)
        body = b"?%d %s" % (ident, b" ".join([verb] + words))
        body = body[:244]
        words = body.split(b" ")
        verb = words[1] if len(words) > 1 else b""
        buffer[: len(body)] = body
        line = bytes(buffer[: seal(buffer, len(body))])
        before = device.context.journal.committed_seq
        try:
            problem = judge(device, ident, verb, words[2:], device.ask(line), before)
        except Exception as error:  # noqa: BLE001  the task has died
            sys.print_exception(error, sys.stderr)
            problem = "lost: the link's task died of %s %s" % (type(error).__name__, error)
            device = Device()
        if problem:
            print("seed %d, request %d: %s: %s" % (seed, number, problem, line))
            problems += 1
            if problems >= MOST_PROBLEMS:
                break
    if settings.merge(device.context.settings)[1]:
        print("seed %d: lost: a setting that cannot be was accepted" % seed)
    print(number + 1, device.schedules, abandoned)
