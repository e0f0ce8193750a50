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
import firmware.link.session
import firmware.context
import firmware.control.controller
import firmware.control.screen_task
import firmware.link.server
import firmware.outputs.backlight
import firmware.outputs.cue_player
import firmware.system.wakeup
import firmware.ui.display  # noqa: F401  loaded here for the order

# isort: on
from firmware.core.recovery import count_fault, is_recorded
from firmware.idle_work import IdleWork
from firmware.system import module_unloader
from firmware.system.supervisor import WATCHDOG_MS, Supervisor

_START_MS = const(30_000)  # a start that takes longer hangs, and the watchdog ends it
_LEFT_APP_MS = const(4 * 3600 * 1000)  # the watchdog's time while somebody is at the REPL


class App:
    """The parts, by name, and the tasks that run them. `firmware.startup.assemble` makes the parts."""

    def __init__(self, board):
        from firmware import startup

        startup.assemble(self, board)

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
        supervisor.start("tick", self._tick, self.wakeup, is_essential=True)
        supervisor.start("screen", self.screen.run, self.screen_wakeup)
        supervisor.start("cues", self.cues.run, self.cues.wakeup)
        supervisor.start("link", self.link.run, self.link)
        await supervisor.watch(IdleWork(context, self.controller, self.link, self.screen, supervisor).do)

    def _tick(self):
        return self.controller.run(self.context.uptime_ms, self.wakeup, self.screen_wakeup)

    def _on_button(self, button, event, ms):
        controller = self.controller
        try:
            self.context.state.lost_edges = self.context.board.buttons.lost_edges
            controller.handle(button, event, ms)
        except Exception as error:  # noqa: BLE001  the next press must find the buttons' task alive
            controller.abandon_record(type(error).__name__.encode(), ms)
            self._supervisor.failed(self._press, error)
        self.wakeup.wake()  # two presses at once are one picture

    def _report_fault(self, name, error):
        gc.collect()
        context = self.context
        context.state.fault_count += 1
        sys.print_exception(error)
        error_type = type(error).__name__
        count = count_fault(self.fault_counts, name, error_type)
        if is_recorded(count):
            text = ("%s: %s %s" % (name, error_type, error)).encode()
            self.controller.show_fault(text)
            context.write_fault_record(name.encode(), text, count)
            self.wakeup.wake()

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

    def keep_countdown(self, run_seq):
        """Let the countdown survive a reset; where that fails, it still runs."""
        try:
            self.controller.runner.backup.keep(self.context, run_seq)
        except (MemoryError, OSError) as error:
            sys.print_exception(error)

    def make_room(self):
        """Free what is not in use right now, because a part is about to be loaded: the menu, the countdown."""
        self.link.make_room()
        module_unloader.sweep()

    # called by the link

    def receive_upload(self, is_first):
        """Make room for a part of a schedule; `is_first`: of those that follow each other closely."""
        if self.controller.close_menu() or is_first:
            module_unloader.sweep()

    def load_schedule(self):
        """Use the schedule file on the device."""
        from firmware.control import schedule_file

        schedule_file.load(self.controller)
        self.wakeup.wake()

    def apply_settings(self):
        """Apply the settings, which have changed."""
        self.controller.apply_settings(self.context.uptime_ms())
        self.wakeup.wake()

    def use_clock(self, offset_s):
        """Use the wall clock that was set; `offset_s` is the laptop's local time minus UTC."""
        self.controller.clock_changed(offset_s, self.context.uptime_ms())
        self.wakeup.wake()

    def control(self, command, number, talk_id):
        """Do what a laptop asks of the countdown; return why it cannot be done (bytes), or b""."""
        from firmware.control import remote_control

        reason = remote_control.do(self.controller, command, number, talk_id, self.context.uptime_ms())
        self.wakeup.wake()
        return reason

    def leave(self):
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
