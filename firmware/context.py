"""The parts that the app, safe mode and the link share, by name."""

from time import ticks_ms

from firmware.core import state
from firmware.core.clock import Clock
from firmware.journal.journal import Journal


def _ignore(*_):
    """Do nothing: no callback is set."""


class Context:
    """Board, clock, journal, state and settings, and what to call when the laptop changes one of them.

    `on_clock_set(offset_s)`, `on_upload(is_first)` (a part of a schedule arrives), `on_schedule_changed()`,
    `on_settings_changed()`, `on_leave()` and `on_control(command, number, talk_id)` do nothing until the app or safe
    mode replaces them. `display` is the Display, or None while there is none.
    """

    def __init__(self, board):
        self.board = board
        self.clock = Clock(ticks_ms())
        self.state = state.State(board.name)
        chip = board.chip_at_start()
        self.journal = Journal(chip.journal_blocks(), chip.device_id())
        self.settings = {}
        self.display = None
        self.clock_seq = 0  # of the last clock record that the laptop has made in this boot
        self.clock_ms = 0
        self.on_clock_set = _ignore
        self.on_upload = _ignore
        self.on_schedule_changed = _ignore
        self.on_settings_changed = _ignore
        self.on_leave = _ignore
        self.on_control = _ignore

    def uptime_ms(self):
        """Return the milliseconds since boot."""
        return self.clock.uptime_ms(ticks_ms())

    def write_fault_record(self, task, error, count=1):
        """Record which task failed, with what error (both bytes), and that it was for the `count`-th time."""
        writer = self.journal.begin(b"fault", self.uptime_ms())
        writer.text_field(b"task", task)
        if count > 1:
            writer.number_field(b"count", count)
        writer.text_field(b"error", error)
        self.journal.save()

    def write_clock(self, utc_ms, error_ms, source):
        """Set the wall clock of this start, and record it.

        Args:
            utc_ms: Milliseconds since 1970, UTC.
            error_ms: How wrong `utc_ms` may be.
            source: The word of the record, b"host" or b"rtc".

        Returns:
            The clock record's (seq, ms); a seq of 0: it could not be saved.

        """
        ms = self.uptime_ms()
        self.clock.set_utc_ms(utc_ms, ms)
        writer = self.journal.begin(b"clock", ms)
        writer.number_field(b"utc", utc_ms)
        writer.number_field(b"err", error_ms)
        writer.text_field(b"source", source)
        return self.journal.save(), ms

    def set_utc(self, utc_ms, error_ms, offset_s):
        """Set the wall clock to the laptop's; return the seq of the clock record, 0 if it could not be saved.

        Args:
            utc_ms: Milliseconds since 1970, UTC.
            error_ms: How wrong `utc_ms` may be.
            offset_s: The laptop's local time minus UTC, in seconds.

        """
        self.board.chip().set_utc_ms(utc_ms)
        seq, ms = self.write_clock(utc_ms, error_ms, b"host")
        if seq:
            self.clock_seq = seq
            self.clock_ms = ms
        self.on_clock_set(offset_s)
        return seq
