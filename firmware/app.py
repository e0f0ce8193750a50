"""The start list: builds the parts from the board and starts the tasks. Read it from top to bottom."""

import asyncio
import gc
import sys

import machine
import micropython
from micropython import const

from firmware.context import Services
from firmware.control.controller import Controller
from firmware.core import power, state
from firmware.core.schedule import Schedule, ScheduleError
from firmware.outputs.backlight import Light
from firmware.outputs.cue_player import CuePlayer
from firmware.system import module_unloader
from firmware.system.supervisor import WATCHDOG_MS, Supervisor
from firmware.system.wakeup import Wakeup
from firmware.ui.display import Display

_START_MS = const(30_000)  # a start that takes longer hangs, and the watchdog ends it
_PROVEN_MS = const(60_000)  # an app that has run for so long has not crashed at its start
_BATTERY_MS = const(20_000)
_RECOVERED_PERCENT = const(5)  # above the threshold, so that the warning does not come and go
_SLEEP_MS = const(1000)  # what is due meanwhile comes late by as much
_AWAKE_MS = const(20)  # between two sleeps, for the other tasks
_LEFT_MS = const(4 * 3600 * 1000)


class App(Services):
    """The parts, by name, and the tasks that run them."""

    def __init__(self, board):
        from firmware import startup
        from firmware.system.json_files import SCHEDULE_PATH

        gc.collect()
        self.display = Display(board.panel)  # its buffer is the largest piece: first
        super().__init__(board)
        shown = self.state
        self.settings, shown.problems = startup.load_settings()
        shown.problems.extend(board.problems)
        module_unloader.sweep()
        self.cues = CuePlayer(board.sounders, board.lights, board.led)
        self.wakeup = Wakeup()
        self.light = Light(board)
        self.is_leaving = False
        self._is_proven = False
        self._battery_ms = 0
        self._heard = True  # the screen task had a turn
        self._host_ms = -_LEFT_MS  # when a laptop was heard last
        self._sleeper = None  # once the chip has slept
        self._main_task: asyncio.Task = None
        self._schedule_path = SCHEDULE_PATH

        self.journal.mount()
        module_unloader.sweep()
        startup.write_boot_record(self)
        startup.restore_clock(self)
        self.controller = Controller(self.journal, self.clock, self.settings, shown, self.cues)
        startup.restore_counts(self)
        self.load_schedule()
        startup.restore_countdown(self)
        startup.tell_board_problems(self)
        self.controller.chair.remember = self._remember_countdown

    async def run(self):
        """Run all tasks until somebody asks for the REPL."""
        self._main_task = asyncio.current_task()
        buttons = self.board.buttons
        supervisor = Supervisor(self._tell_fault, self.board.chip().watchdog(WATCHDOG_MS))
        supervisor.start("buttons", lambda: buttons.run(self.clock, self._on_button))
        supervisor.start("button-watch", buttons.watch)
        supervisor.start("screen", self._run_screen)
        supervisor.start("cues", self.cues.run)
        supervisor.start("link", self.link.run)
        await supervisor.watch((buttons, self, self.cues, self.link), self._work_when_idle)

    def leave(self):
        """End all tasks; `run` raises CancelledError."""
        self.board.chip().watchdog(_LEFT_MS)  # it cannot be stopped
        self._main_task.cancel()

    def is_alive(self):
        """Return whether the screen task had a turn since the last call."""
        heard = self._heard
        self._heard = False
        return heard

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
        self.controller.apply_settings()
        self.wakeup.wake()

    def clock_changed(self, offset_s):
        """Go by the time that the laptop has set."""
        self.controller.clock_changed(offset_s, self.uptime_ms())
        self.wakeup.wake()

    def _on_button(self, button, event, ms):
        self.state.lost_edges = self.board.buttons.lost_edges
        self.controller.handle(button, event, ms)
        self.wakeup.wake()  # the screen's task draws: two presses at once are one picture

    async def _run_screen(self):
        while True:
            self._heard = True
            now_ms = self.uptime_ms()
            controller = self.controller
            wait_ms = controller.tick(now_ms)
            percent = self._light_percent(now_ms)
            self.state.is_dark = not percent
            wait_ms = self.light.step(percent, wait_ms)
            self.display.refresh(self.state)
            if not percent and self.settings["light_sleep"] and self._sleep(now_ms):
                wait_ms = _AWAKE_MS
            await self.wakeup.sleep_ms(wait_ms)

    def _light_percent(self, now_ms):
        settings = self.settings
        controller = self.controller
        idle_ms = now_ms - controller.last_press_ms
        return power.light_percent(
            settings["brightness"],
            settings["dim_after_s"],
            idle_ms,
            controller.is_running(),
            controller.home == state.COUNTDOWN,
        )

    def _sleep(self, now_ms):
        """Let the chip sleep for a while, if it may; return whether it did."""
        controller = self.controller
        idle_ms = now_ms - max(controller.last_press_ms, controller.chair.last_cue_ms)
        if not power.may_sleep(idle_ms, now_ms - self._host_ms, controller.is_running()):
            return False
        try:
            if not self._sleeper:
                from firmware.drivers.sleeper import Sleeper

                self._sleeper = Sleeper(self.board.buttons)
            self._sleeper.sleep(_SLEEP_MS)
        except ValueError:
            self.settings["light_sleep"] = False
            self.state.problems.append("light_sleep: the pins of A and B cannot wake the chip")
        return True

    def _work_when_idle(self):
        now_ms = self.uptime_ms()
        controller = self.controller
        if not controller.is_idle(now_ms):
            return
        self.journal.prepare()
        if now_ms >= self._battery_ms:
            self._battery_ms = now_ms + _BATTERY_MS
            self._look_at_battery()
        if controller.settings_changed:
            controller.settings_changed = False
            from firmware.system import json_files

            json_files.replace_json(json_files.SETTINGS_PATH, self.settings)
        if now_ms >= _PROVEN_MS and not self._is_proven:
            self._is_proven = True
            from firmware.system import crash_counter

            crash_counter.forget()
        if self.link.rest():
            module_unloader.sweep()
        else:
            self._host_ms = now_ms
        gc.collect()

    def _look_at_battery(self):
        shown = self.state
        percent = shown.battery_percent = self.board.battery_percent()
        low = self.settings["low_battery"]
        if percent < 0 or percent > low + _RECOVERED_PERCENT:
            shown.battery_is_low = False
        elif percent <= low:
            shown.battery_is_low = True

    def _remember_countdown(self):
        """Let the countdown outlive a reset; where that fails, it still runs."""
        try:
            from firmware.control import countdown_backup

            countdown_backup.keep(self)
        except (MemoryError, OSError) as error:
            sys.print_exception(error)

    def _tell_fault(self, name, error):
        gc.collect()
        self.state.fault_count += 1
        sys.print_exception(error)
        text = ("%s: %s %s" % (name, type(error).__name__, error)).encode()
        self.state.fault = text
        self.controller.show(state.FAULT)
        self.write_fault_record(name.encode(), text)
        self.wakeup.wake()


def start():
    """Return the app, built from the board that the device is; what only building needs is forgotten again."""
    module_unloader.settle()
    from firmware import boards

    app = App(boards.load())
    module_unloader.sweep()
    gc.collect()
    return app


def main():
    """Run the app; returns when a laptop asks for the REPL."""
    micropython.kbd_intr(-1)  # the link may carry any byte, 0x03 too
    machine.WDT(timeout=_START_MS)  # the supervisor has one of its own
    app = start()
    try:
        asyncio.run(app.run())
    except asyncio.CancelledError:
        micropython.kbd_intr(3)  # the laptop asked for the REPL: Ctrl-C works there
