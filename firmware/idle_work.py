"""What no press should wait for: erase flash, measure the battery, write settings, collect garbage."""

import gc

from micropython import const

from firmware.system import module_unloader

_PROVEN_MS = const(300_000)  # an app that has run for so long without a fault needs no safe mode
_BATTERY_MS = const(20_000)
_RECOVERED_PERCENT = const(5)  # above the threshold, so that the warning does not come and go


class IdleWork:
    """`do` is called every two seconds."""

    def __init__(self, context, controller, link, screen, supervisor):
        self._context = context
        self._controller = controller
        self._link = link
        self._screen = screen
        self._supervisor = supervisor
        self._is_proven = False
        self._has_battery = True  # as far as known
        self._battery_ms = 0

    def do(self):
        """Do what is due, unless somebody presses a button or a cue is played."""
        context = self._context
        now_ms = context.uptime_ms()
        controller = self._controller
        self._link.drop_abandoned()
        if not controller.is_idle(now_ms):
            return
        context.journal.prepare()
        if self._has_battery and now_ms >= self._battery_ms:
            self._battery_ms = now_ms + _BATTERY_MS
            try:
                self._measure_battery()
            except Exception as error:  # noqa: BLE001  the device works without it
                self._has_battery = False
                context.state.problems.append("battery: %s %s" % (type(error).__name__, error))
        if controller.has_unsaved_settings:
            controller.has_unsaved_settings = False
            from firmware.system import json_files

            json_files.replace_json(json_files.SETTINGS_PATH, context.settings)
        if now_ms >= _PROVEN_MS and not self._is_proven and self._supervisor.is_healthy():
            self._is_proven = True
            from firmware.system import crash_counter

            crash_counter.forget()
        controller.rest()
        if self._link.rest():
            module_unloader.sweep()
        else:
            self._screen.host_ms = now_ms
        gc.collect()

    def _measure_battery(self):
        context = self._context
        state = context.state
        percent = state.battery_percent = context.board.battery_percent()
        low = context.settings["low_battery"]
        if percent < 0 or percent > low + _RECOVERED_PERCENT:
            state.battery_is_low = False
        elif percent <= low:
            state.battery_is_low = True
