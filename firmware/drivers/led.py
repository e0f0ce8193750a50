"""An LED on a PWM pin, which can go out slowly."""

from micropython import const

_FULL = const(65535)
_DARK = const(600)  # below this, it cannot be seen


class Led:
    """Dark at first. Each of its methods returns at once."""

    def __init__(self, pwm):
        self._pwm = pwm
        self.off()

    def on(self):
        """Light up."""
        self._set(_FULL)

    def off(self):
        """Switch off."""
        self._set(0)

    def fade(self):
        """Dim by an eighth, which the eye sees as equal steps; return whether it is still lit."""
        level = self._level * 7 // 8
        self._set(level if level > _DARK else 0)
        return self._level > 0

    def _set(self, level):
        self._level = level
        self._pwm.duty_u16(level)
