"""The start list: builds the parts from the board and starts the tasks. Read it from top to bottom."""

import asyncio
import gc
import sys

import machine
import micropython
from micropython import const

# from the bottom up: imports inside of imports need stack, and an ESP32 has 16 KB of it
# isort: off
import firmware.core.state
import firmware.core.lines.sector_reader
import firmware.ui.digits
import firmware.journal.commit
import firmware.link.session  # noqa: F401

# isort: on
from firmware.context import Context
from firmware.control import countdown_backup
from firmware.control.controller import Controller
from firmware.control.screen_task import ScreenTask
from firmware.core.recovery import count_fault, is_recorded
from firmware.core.schedule import Schedule, ScheduleError
from firmware.idle_work import IdleWork
from firmware.link.server import LinkServer
from firmware.outputs.backlight import Backlight
from firmware.outputs.cue_player import CuePlayer
from firmware.system import module_unloader
from firmware.system.supervisor import WATCHDOG_MS, Supervisor
from firmware.system.wakeup import Wakeup
from firmware.ui.display import Display

_START_MS = const(30_000)  # a start that takes longer hangs, and the watchdog ends it
_LEFT_APP_MS = const(4 * 3600 * 1000)  # the watchdog's time while somebody is at the REPL
_NO_HOST_MS = const(-4 * 3600 * 1000)  # a laptop was heard so long ago that the chip may sleep


class App:
    """The parts, by name, and the tasks that run them."""

    def __init__(self, board):
        from firmware import startup
        from firmware.system.json_files import SCHEDULE_PATH

        gc.collect()
        self.display = Display(board.panel)  # its buffer is the largest piece: first
        self.context = context = Context(board)
        context.display = self.display
        state = context.state
        context.settings, state.problems = startup.load_settings()
        state.problems.extend(board.problems)
        module_unloader.sweep()
        self.cues = CuePlayer(board.sounders, board.lights, board.led)
        self.link = LinkServer(sys.stdin.buffer, sys.stdout.buffer, context)
        self._wakeup = Wakeup()  # of the controller's task, which wakes the screen's
        self._screen_wakeup = Wakeup()
        self._faults: dict = {}  # how often which fault has occurred
        self._supervisor: Supervisor = None
        self._press = None  # what the supervisor knows of the handling of presses
        self._main_task: asyncio.Task = None
        self._schedule_path = SCHEDULE_PATH

        context.journal.mount()
        module_unloader.sweep()
        startup.write_boot_record(context)
        startup.restore_clock(context)
        self.controller = Controller(
            context.journal, context.clock, context.settings, state, self.cues, self._keep_countdown
        )
        startup.restore_counts(context.journal, self.controller.bookmarks)
        self._load_schedule()
        startup.restore_countdown(context, self.controller)
        startup.report_board_problems(context, self.controller)
        self.screen = ScreenTask(context, self.controller, Backlight(board), self._screen_wakeup, _NO_HOST_MS)
        context.on_clock_set = self._use_clock
        context.on_schedule_changed = self._load_schedule
        context.on_settings_changed = self._apply_settings
        context.on_leave = self._leave

    async def run(self):
        """Run all tasks until a laptop asks for the REPL; then raise CancelledError."""
        self._main_task = asyncio.current_task()
        context = self.context
        buttons = context.board.buttons
        watchdog = context.board.chip().watchdog(WATCHDOG_MS)
        self._supervisor = supervisor = Supervisor(self._report_fault, self._reset, watchdog, context.uptime_ms)
        self._press = supervisor.add("press", is_essential=True)
        supervisor.start("buttons", lambda: buttons.run(context.clock, self._on_button), buttons, is_essential=True)
        supervisor.start("button-watch", buttons.watch, is_essential=True)
        supervisor.start("tick", self._tick, self._wakeup, is_essential=True)
        supervisor.start("screen", self.screen.run, self._screen_wakeup)
        supervisor.start("cues", self.cues.run, self.cues.wakeup)
        supervisor.start("link", self.link.run, self.link)
        await supervisor.watch(IdleWork(context, self.controller, self.link, self.screen, supervisor).do)

    def _tick(self):
        return self.controller.run(self.context.uptime_ms, self._wakeup, self._screen_wakeup)

    def _on_button(self, button, event, ms):
        controller = self.controller
        try:
            self.context.state.lost_edges = self.context.board.buttons.lost_edges
            controller.handle(button, event, ms)
        except Exception as error:  # noqa: BLE001  the next press must find the buttons' task alive
            controller.abandon_record(type(error).__name__.encode(), ms)
            self._supervisor.failed(self._press, error)
        self._wakeup.wake()  # two presses at once are one picture

    def _report_fault(self, name, error):
        gc.collect()
        context = self.context
        context.state.fault_count += 1
        sys.print_exception(error)
        error_type = type(error).__name__
        count = count_fault(self._faults, name, error_type)
        if is_recorded(count):
            text = ("%s: %s %s" % (name, error_type, error)).encode()
            self.controller.show_fault(text)
            context.write_fault_record(name.encode(), text, count)
            self._wakeup.wake()

    def _reset(self, reason, is_urgent):
        """Reset the chip, because restarts do not help; three of these in a row lead to safe mode."""
        now_ms = self.context.uptime_ms()
        if not is_urgent and not self.controller.is_idle(now_ms):
            return
        from firmware.system import crash_counter

        try:
            self.controller.settle(now_ms)
            crash_counter.note(reason)
        except Exception as error:  # noqa: BLE001  nothing may prevent the reset
            sys.print_exception(error)
        machine.reset()

    def _keep_countdown(self, run_seq):
        """Let the countdown survive a reset; where that fails, it still runs."""
        try:
            countdown_backup.keep(self.context, run_seq)
        except (MemoryError, OSError) as error:
            sys.print_exception(error)

    # called by the link

    def _load_schedule(self):
        """Use the schedule file on the device; report a broken one on the screen and leave it as it is."""
        schedule = None
        problem = ""
        self.controller.use_schedule(None)  # closes the file of the one before
        try:
            file = open(self._schedule_path, "rb")  # noqa: SIM115  stays open: rows are read when needed
            try:
                schedule = Schedule(file)
            except ScheduleError as error:
                file.close()
                problem = str(error)
        except OSError:
            pass  # no schedule yet: the device marks moments without one
        self.context.state.set_schedule_problem(problem)
        if schedule:
            self.controller.use_schedule(schedule)
        self._wakeup.wake()

    def _apply_settings(self):
        self.controller.apply_settings(self.context.uptime_ms())
        self._wakeup.wake()

    def _use_clock(self, offset_s):
        self.controller.clock_changed(offset_s, self.context.uptime_ms())
        self._wakeup.wake()

    def _leave(self):
        """End all tasks."""
        self.controller.settle(self.context.uptime_ms())
        self.context.board.chip().watchdog(_LEFT_APP_MS)  # it cannot be stopped
        self._main_task.cancel()


def start():
    """Return the app, built for this board; unload what only building needs."""
    module_unloader.settle()
    from firmware import boards

    app = App(boards.load())
    module_unloader.sweep()
    gc.collect()
    return app


def main():
    """Run the app; return when a laptop asks for the REPL."""
    micropython.kbd_intr(-1)  # the link may carry any byte, 0x03 too
    machine.WDT(timeout=_START_MS)  # the supervisor has one of its own
    app = start()
    try:
        asyncio.run(app.run())
    except asyncio.CancelledError:
        micropython.kbd_intr(3)  # the laptop asked for the REPL: Ctrl-C works there
