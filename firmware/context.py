"""What the link may ask of the device, in the app and in safe mode alike: journal, clock, settings."""

import sys
from time import ticks_ms

from firmware.core import state
from firmware.core.clock import Clock
from firmware.journal.journal import Journal
from firmware.link.server import LinkServer


class Services:
    """The parts that are there whatever else works. `verbs` call them by name."""

    def __init__(self, board):
        self.board = board
        self.clock = Clock(ticks_ms())
        self.clock_seq = 0  # of the last clock record that the laptop has set in this boot
        self.clock_ms = 0
        self.state = state.State(board.name)
        chip = board.chip()
        self.journal = Journal(chip.journal_blocks(), chip.device_id())
        self.settings = {}
        self.link = LinkServer(sys.stdin.buffer, sys.stdout.buffer, self)

    def uptime_ms(self):
        """Return the milliseconds since boot."""
        return self.clock.uptime_ms(ticks_ms())

    def write_fault_record(self, task, error):
        """Keep what broke, and where; both are bytes."""
        writer = self.journal.begin(b"fault", self.uptime_ms())
        writer.text_field(b"task", task)
        writer.text_field(b"error", error[:40])
        self.journal.save()

    def set_utc(self, utc_ms, error_ms, offset_s):
        """Take the laptop's wall clock; return the seq of the clock record, 0 if it could not be saved."""
        from firmware.system import wall_clock

        self.board.chip().set_utc_ms(utc_ms)
        seq, ms = wall_clock.take(self, utc_ms, error_ms, b"host")
        if seq:
            self.clock_seq = seq
            self.clock_ms = ms
        self.clock_changed(offset_s)
        return seq

    def clock_changed(self, offset_s):
        """The laptop has set the clock; `offset_s` is its local time minus UTC."""

    def load_schedule(self):
        """There is another schedule on the device."""

    def settings_changed(self):
        """The laptop has changed a setting."""
