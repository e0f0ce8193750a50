"""The start list: builds the parts from the board and starts the tasks. Read it from top to bottom."""

import asyncio
import gc
import sys
from time import ticks_ms

import micropython
from micropython import const

from firmware import overlay
from firmware.controller import Controller
from firmware.core import state
from firmware.core.clock import Clock
from firmware.core.schedule import Schedule, ScheduleError
from firmware.cues import CuePlayer
from firmware.journal import Journal
from firmware.link import LinkServer
from firmware.ui.display import Display
from firmware.wakeup import Wakeup

_IDLE_CHECK_MS = const(2000)
_RESTART_MS = const(1000)


class App:
    """The parts, by name, and the tasks that run them."""

    def __init__(self, board):
        from firmware import startup
        from firmware.files import SCHEDULE_PATH

        gc.collect()
        self.clock = Clock(ticks_ms())
        self.clock_seq = 0  # of the last clock record that the laptop has set in this boot
        self.clock_ms = 0
        self.board = board
        self.state = shown = state.State(board.name)
        self.display = Display(board.panel)
        self.settings, shown.problems = startup.load_settings()
        overlay.sweep()
        chip = board.chip()
        self.journal = journal = Journal(chip.journal_blocks(), chip.device_id())
        self.cues = CuePlayer(board.sounders, board.lights)
        self.wakeup = Wakeup()
        self._main_task: asyncio.Task = None
        self._schedule_path = SCHEDULE_PATH

        journal.mount()
        overlay.sweep()
        startup.write_boot_record(journal, board, self.uptime_ms())
        startup.restore_clock(self)
        self.controller = Controller(journal, self.clock, self.settings, shown, self.cues)
        self.load_schedule()
        self.link = LinkServer(sys.stdin.buffer, sys.stdout.buffer, self)
        board.light(self.settings["brightness"])

    async def run(self):
        """Run all tasks until somebody asks for the REPL."""
        self._main_task = asyncio.current_task()
        buttons = self.board.buttons
        for name, start in (
            ("buttons", lambda: buttons.run(self.clock, self._on_button)),
            ("button-watch", buttons.watch),
            ("screen", self._run_screen),
            ("cues", self.cues.run),
            ("link", self.link.run),
        ):
            asyncio.create_task(self._guard(name, start))  # noqa: RUF006  MicroPython's loop keeps its tasks
        await self._guard("idle", self._run_idle_work)

    def leave(self):
        """End all tasks; `run` raises CancelledError."""
        self._main_task.cancel()

    def uptime_ms(self):
        """Return the milliseconds since boot."""
        return self.clock.uptime_ms(ticks_ms())

    def load_schedule(self):
        """Use the schedule that lies on the device; a broken one is told on the screen and left alone."""
        schedule = None
        try:
            schedule = Schedule(open(self._schedule_path, "rb"))  # noqa: SIM115  stays open: rows are read when needed
        except OSError:
            pass  # no schedule yet: the device marks moments without one
        except ScheduleError as error:
            self.state.problems.append(str(error))
        self.controller.use_schedule(schedule)
        self.wakeup.wake()

    def settings_changed(self):
        """Take over what the laptop has changed."""
        self.board.light(self.settings["brightness"])
        self.controller.apply_settings()
        self.wakeup.wake()

    def set_utc(self, utc_ms, error_ms, offset_s):
        """Take the laptop's wall clock; return the seq of the clock record, 0 if it could not be saved."""
        ms = self.uptime_ms()
        self.clock.set_utc_ms(utc_ms, ms)
        self.board.chip().set_utc_ms(utc_ms)
        self.controller.clock_changed(offset_s)
        self.wakeup.wake()
        seq = self.write_clock_record(utc_ms, ms, error_ms, b"host")
        if seq:
            self.clock_seq = seq
            self.clock_ms = ms
        return seq

    def write_clock_record(self, utc_ms, ms, error_ms, source):
        """Keep what the wall clock was at uptime `ms`; return the record's seq, or 0 if it could not be saved."""
        writer = self.journal.begin(b"clock", ms)
        writer.number_field(b"utc", utc_ms)
        writer.number_field(b"err", error_ms)
        writer.text_field(b"source", source)
        return self.journal.save()

    def _on_button(self, button, event, ms):
        self.controller.handle(button, event, ms)
        self.display.refresh(self.state)
        self.wakeup.wake()

    async def _run_screen(self):
        while True:
            wait_ms = self.controller.tick(self.uptime_ms())
            self.display.refresh(self.state)
            await self.wakeup.sleep_ms(wait_ms)

    async def _run_idle_work(self):
        while True:
            await asyncio.sleep_ms(_IDLE_CHECK_MS)
            if self.controller.is_idle(self.uptime_ms()):
                self.journal.prepare()
                if self.link.rest():
                    overlay.sweep()
                gc.collect()

    async def _guard(self, name, start):
        """Keep a task running: if it dies, say so on the screen, in the journal and on the serial line; start anew."""
        while True:
            try:
                await start()
            except Exception as error:  # noqa: BLE001  the one place that must outlive whatever breaks
                self._tell_fault(name, error)
                await asyncio.sleep_ms(_RESTART_MS)

    def _tell_fault(self, name, error):
        gc.collect()
        self.state.fault_count += 1
        sys.print_exception(error)
        text = ("%s: %s %s" % (name, type(error).__name__, error)).encode()
        self.state.fault = text
        self.controller.show(state.FAULT)
        writer = self.journal.begin(b"fault", self.uptime_ms())
        writer.text_field(b"task", name.encode())
        writer.text_field(b"error", text[:40])
        self.journal.save()
        self.wakeup.wake()


def start():
    """Return the app, built from the board that the device is; what only building needs is forgotten again."""
    overlay.settle()
    from firmware import boards

    app = App(boards.load())
    overlay.sweep()
    gc.collect()
    return app


def main():
    """Run the app; this is what main.py calls."""
    micropython.kbd_intr(-1)  # the link may carry any byte, 0x03 too
    app = start()
    try:
        asyncio.run(app.run())
    except asyncio.CancelledError:
        micropython.kbd_intr(3)  # the laptop asked for the REPL: Ctrl-C works there
