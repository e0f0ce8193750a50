"""The screen task: sets the backlight, draws, and lets the chip sleep while the screen is dark."""

from firmware.core.portable import const

_REDRAW_MS = const(1000)  # at the latest; the controller's task wakes this one earlier
_AWAKE_MS = const(20)  # between two sleeps of the chip, for the other tasks


class ScreenTask:
    """Runs the screen. `host_ms` is the uptime at which a laptop was heard last; the app keeps it up to date."""

    def __init__(self, context, controller, backlight, wakeup, host_ms):
        self.host_ms = host_ms
        self._context = context
        self._controller = controller
        self._backlight = backlight
        self._wakeup = wakeup
        self._light_sleep = None  # once the chip may have slept

    async def run(self):
        """Draw what has changed, forever."""
        context = self._context
        state = context.state
        while True:
            percent = state.light_percent
            wait_ms = self._backlight.step(percent, _REDRAW_MS)
            context.display.refresh(state)
            if not percent and context.settings["light_sleep"] and self._sleep():
                wait_ms = _AWAKE_MS
            await self._wakeup.sleep_ms(wait_ms)

    def _sleep(self):
        context = self._context
        try:
            if not self._light_sleep:
                from firmware.control.light_sleep import LightSleep
                from firmware.drivers.sleeper import Sleeper  # raises ValueError

                self._light_sleep = LightSleep(Sleeper(context.board.buttons), self._controller)
            return self._light_sleep.sleep(context.uptime_ms(), self.host_ms)
        except ValueError:
            context.settings["light_sleep"] = False
            context.state.problems.append("light_sleep: the pins of A and B cannot wake the chip")
        return False
