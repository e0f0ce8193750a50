"""The panel's backlight: up at once, down in steps, without anybody waiting for it."""

from firmware.core.portable import const

_STEP_PERCENT = const(3)
_STEP_MS = const(30)


class Backlight:
    """`board.light(percent)` is called only when the brightness changes."""

    def __init__(self, board):
        self._board = board
        self._percent = 0

    def step(self, percent, wait_ms):
        """Fade one step towards `percent`; return the milliseconds until the next call, at most `wait_ms`."""
        before = self._percent
        if percent < before - _STEP_PERCENT:
            percent = before - _STEP_PERCENT
            if wait_ms > _STEP_MS:
                wait_ms = _STEP_MS
        if percent != before:
            self._percent = percent
            self._board.light(percent)
        return wait_ms
