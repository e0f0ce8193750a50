"""What no press should wait for: erase flash, measure the battery, write settings, collect garbage."""

import gc

from micropython import const

from firmware.system import module_unloader

_PROVEN_MS = const(60_000)  # an app that has run for so long has not crashed at its start
_BATTERY_MS = const(20_000)
_RECOVERED_PERCENT = const(5)  # above the threshold, so that the warning does not come and go


class IdleWork:
    """`do` is called every two seconds."""

    def __init__(self, context, controller, link, screen):
        self._context = context
        self._controller = controller
        self._link = link
        self._screen = screen
        self._is_proven = False
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
        if now_ms >= self._battery_ms:
            self._battery_ms = now_ms + _BATTERY_MS
            self._measure_battery()
        if controller.has_unsaved_settings:
            controller.has_unsaved_settings = False
            from firmware.system import json_files

            json_files.replace_json(json_files.SETTINGS_PATH, context.settings)
        if now_ms >= _PROVEN_MS and not self._is_proven:
            self._is_proven = True
            from firmware.system import crash_counter

            crash_counter.forget()
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
