"""A passive buzzer on a PWM pin."""

from micropython import const

_HALF_DUTY = const(32768)


class Buzzer:
    """Sounds one tone, loudest near its resonance (2 to 4 kHz for the usual piezo discs)."""

    def __init__(self, pwm, tone_hz=2700):
        self._pwm = pwm
        pwm.freq(tone_hz)
        pwm.duty_u16(0)

    def on(self):
        """Sound."""
        self._pwm.duty_u16(_HALF_DUTY)

    def off(self):
        """Be silent."""
        self._pwm.duty_u16(0)
