"""Lets the chip sleep while the screen is dark. In memory only with the setting `light_sleep`."""

from firmware.core import power
from firmware.core.portable import const

_SLEEP_MS = const(1000)  # what is due meanwhile comes late by as much


class LightSleep:
    """Decides when the chip sleeps; `sleeper` (firmware.drivers.sleeper) does it."""

    def __init__(self, sleeper, controller):
        self._controller = controller
        self._sleeper = sleeper

    def sleep(self, now_ms, host_ms):
        """Let the chip sleep for a while, if it may; return whether it did.

        Args:
            now_ms: Uptime.
            host_ms: Uptime at which a laptop was heard last.

        """
        controller = self._controller
        idle_ms = now_ms - controller.last_active_ms()
        if not power.may_sleep(idle_ms, now_ms - host_ms, controller.is_running()):
            return False
        self._sleeper.sleep(_SLEEP_MS)
        return True
