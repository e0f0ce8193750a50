"""A controller with everything below it: a real journal on a NOR model, a real schedule; every record is read back.

Runs on CPython and MicroPython.
"""

from io import BytesIO

from firmware.control.controller import Controller
from firmware.core import settings, state
from firmware.core.buttons import ACTION, HELD, PRESS, RELEASE
from firmware.core.clock import Clock
from firmware.core.lines.sector_reader import NOTHING, RECORD
from firmware.core.schedule import Schedule
from firmware.journal.journal import Journal
from firmware.journal.reader import Cursor
from tests.support.device.laptop import record
from tests.support.device.nor import Nor
from tests.support.device.schedule_rows import schedule_file

NINE_UTC_S = 1_556_895_600
TALKS = (
    (NINE_UTC_S, b"Curie", b"one", NINE_UTC_S + 1800, b"First talk", b"Ada"),
    (NINE_UTC_S + 1800, b"Curie", b"two", NINE_UTC_S + 3600, b"Second talk", b"Grace"),
    (NINE_UTC_S + 7200, b"Curie", b"three", NINE_UTC_S + 9000, b"Third talk", b"Mary"),
)


class Cues:
    def __init__(self):
        self.played = []

    def play(self, stage, silent):
        self.played.append((stage, silent))


class Handheld:
    """A controller with everything below it; `now_ms` is its uptime, 0 is nine o'clock if `knows_time`."""

    def __init__(self, knows_time=True, with_schedule=True):
        self.nor = Nor(4)
        self.journal = Journal(self.nor, b"a1b2c3d4e5f6")
        self.journal.mount()
        self.clock = Clock(0)
        if knows_time:
            self.clock.set_utc_ms(NINE_UTC_S * 1000, 0)
        self.state = state.State()
        self.cues = Cues()
        self.kept = []  # seq of the run at each change of the countdown
        self.controller = Controller(self.journal, self.clock, settings.defaults(), self.state, self.cues, self.keep)
        if with_schedule:
            self.controller.use_schedule(Schedule(BytesIO(schedule_file(TALKS))))
        self.now_ms = 0
        self.wait_until(0)

    def keep(self, run_seq):
        self.kept.append(run_seq)

    def wait_until(self, ms):
        while True:
            wait_ms = self.controller.tick(self.now_ms)
            assert wait_ms > 0
            if self.now_ms + wait_ms > ms:
                break
            self.now_ms += wait_ms
        self.now_ms = ms
        self.controller.tick(ms)

    def press(self, button, ms, held_ms=80):
        self.wait_until(ms)
        self.controller.handle(button, PRESS, ms)
        if held_ms >= 700:
            self.wait_until(ms + 700)
            self.controller.handle(button, HELD, ms)
        self.wait_until(ms + held_ms)
        self.controller.handle(button, RELEASE, ms + held_ms)

    def records(self, kind=None):
        """Return (kind, ms, fields) of the records in flash."""
        cursor = Cursor(self.journal)
        cursor.seek(1)
        found = []
        while True:
            what = cursor.next()
            if what == NOTHING:
                return found
            if what == RECORD:
                entry = record.parse(bytes(cursor.line[: cursor.length]))
                if kind is None or entry.kind == kind:
                    found.append((entry.kind, entry.ms, entry.fields))

    def choose(self, label, ms):
        """Open the menu at `ms` and choose the entry that begins with `label`; return the uptime afterwards."""
        if self.state.screen != state.MENU:
            self.press(ACTION, ms, 900)
            ms += 1000
        steps = 0
        while not self.state.menu_items[self.state.menu_index].startswith(label):
            self.press(ACTION, ms)
            ms += 200
            steps += 1
            assert steps < 30, label
        self.press(ACTION, ms, 900)
        return ms + 1000


def lightning(device, ms):
    ms = device.choose(b"Countdown", ms)
    ms = device.choose(b"lightning", ms)
    assert device.state.screen == state.COUNTDOWN
    return ms


def runs(device):
    return [(ms, fields) for _, ms, fields in device.records(record.COUNTDOWN)]
