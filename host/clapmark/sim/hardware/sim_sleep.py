"""Light sleep, with the wake-up by pins: a part of `machine` and of `esp32` that is loaded when it is asked for.

Time passes, no interrupt is served, and what comes over the serial line is lost. What a board might do besides (a pin
that stays the RTC's, a clock that is off afterwards) is not modelled.
"""

import sys

import uselect
from sim_world import interrupts, levels, wait

WAKEUP_ALL_LOW = False
WAKEUP_ANY_HIGH = True

_RTC_PINS = (0, 2, 4, 12, 13, 14, 15, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39)
_armed = [(), ()]  # the pins of EXT0 and EXT1; all of one must be low
_line = uselect.poll()
_line.register(sys.stdin, uselect.POLLIN)


def _arm(which, pins, level):
    for pin in pins:
        if pin.number not in _RTC_PINS:
            raise ValueError("invalid pin")
    if level is not WAKEUP_ALL_LOW:
        raise NotImplementedError
    _armed[which] = pins


def wake_on_ext0(pin, level):
    """End a sleep when a pin goes low."""
    _arm(0, (pin,), level)


def wake_on_ext1(pins, level):
    """End a sleep when all pins are low."""
    _arm(1, pins, level)


def _is_woken():
    return any(pins and not sum([levels[pin.number] for pin in pins]) for pins in _armed)


def lightsleep(time_ms):
    """Sleep, at most so long."""
    served = dict(interrupts)
    interrupts.clear()
    left_us = time_ms * 1000
    while left_us > 0 and not _is_woken():
        left_us -= wait(left_us)
        while _line.poll(0):
            sys.stdin.buffer.read(1)
    interrupts.update(served)
