"""The screen task: lets time pass for the controller, sets the backlight, draws, and lets the chip sleep."""

from time import ticks_ms

from micropython import const

from firmware.core import power
from firmware.core.state import COUNTDOWN

_SLEEP_MS = const(1000)  # what is due meanwhile comes late by as much
_AWAKE_MS = const(20)  # between two sleeps, for the other tasks


class ScreenTask:
    """Runs the screen. `host_ms` is the uptime at which a laptop was heard last; the app keeps it up to date."""

    def __init__(self, context, controller, backlight, wakeup, host_ms):
        self.host_ms = host_ms
        self._context = context
        self._controller = controller
        self._backlight = backlight
        self._wakeup = wakeup
        self._sleeper = None  # once the chip has slept
        self._had_turn = True

    def is_alive(self):
        """Return whether the task had a turn since the last call."""
        had_turn = self._had_turn
        self._had_turn = False
        return had_turn

    async def run(self):
        """Draw what has changed, forever."""
        context = self._context
        state = context.state
        controller = self._controller
        uptime_ms = context.clock.uptime_ms
        while True:
            self._had_turn = True
            now_ms = uptime_ms(ticks_ms())
            wait_ms = controller.tick(now_ms)
            percent = self._light_percent(now_ms)
            state.is_dark = not percent
            wait_ms = self._backlight.step(percent, wait_ms)
            context.display.refresh(state)
            if not percent and context.settings["light_sleep"] and self._sleep(now_ms):
                wait_ms = _AWAKE_MS
            await self._wakeup.sleep_ms(wait_ms)

    def _light_percent(self, now_ms):
        settings = self._context.settings
        controller = self._controller
        return power.light_percent(
            settings["brightness"],
            settings["dim_after_s"],
            now_ms - controller.last_press_ms,
            controller.is_running(),
            controller.home == COUNTDOWN,
        )

    def _sleep(self, now_ms):
        """Let the chip sleep for a while, if it may; return whether it did."""
        controller = self._controller
        idle_ms = now_ms - max(controller.last_press_ms, controller.runner.last_cue_ms)
        if not power.may_sleep(idle_ms, now_ms - self.host_ms, controller.is_running()):
            return False
        context = self._context
        try:
            if not self._sleeper:
                from firmware.drivers.sleeper import Sleeper

                self._sleeper = Sleeper(context.board.buttons)
            self._sleeper.sleep(_SLEEP_MS)
        except ValueError:
            context.settings["light_sleep"] = False
            context.state.problems.append("light_sleep: the pins of A and B cannot wake the chip")
        return True
