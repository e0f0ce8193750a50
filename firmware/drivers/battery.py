"""A lithium battery behind a voltage divider, on a pin of the first ADC (32 to 39)."""

from machine import ADC, Pin
from micropython import const

_SAMPLES = const(8)
_FLOATING_MV = const(2500)  # below this the chip would not run: nothing is connected
_MOST_MV = const(4500)

_EMPTY_MV = const(3300)
_STEP_MV = const(5)
# steps above empty and percent, of a usual cell at rest; the load of this device hardly moves it
_CURVE = bytes((0, 0, 60, 10, 80, 25, 100, 50, 130, 75, 170, 100))


class Battery:
    """`divider` is how many times the battery's voltage is that of the pin."""

    def __init__(self, pin, divider):
        self._adc = ADC(Pin(pin), atten=ADC.ATTN_11DB)
        self._divider = divider

    def percent(self):
        """Measure, and return 0 to 100, or -1 if no battery can be seen."""
        read_uv = self._adc.read_uv
        total_mv = 0
        for _ in range(_SAMPLES):
            total_mv += read_uv() // 1000
        mv = total_mv * self._divider // _SAMPLES
        if not _FLOATING_MV < mv < _MOST_MV:
            return -1
        steps = max(0, mv - _EMPTY_MV) // _STEP_MV
        curve = _CURVE
        at = 2
        while steps >= curve[at]:
            at += 2
            if at == len(curve):
                return 100
        low = curve[at - 1]
        return low + (curve[at + 1] - low) * (steps - curve[at - 2]) // (curve[at] - curve[at - 2])
