"""A lithium battery behind a voltage divider, on a pin of the first ADC (32 to 39)."""

from machine import ADC, Pin
from micropython import const

_SAMPLES = const(8)
_FLOATING_MV = const(2500)  # below this the chip would not run: nothing is connected
_MOST_MV = const(4500)

# at rest, of a usual cell; the load of this device hardly moves it
_CURVE = ((3300, 0), (3600, 10), (3700, 25), (3800, 50), (3950, 75), (4150, 100))


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
        low_mv, low = _CURVE[0]
        for high_mv, high in _CURVE:
            if mv < high_mv:
                return max(0, low + (high - low) * (mv - low_mv) // (high_mv - low_mv)) if high else 0
            low_mv = high_mv
            low = high
        return 100
