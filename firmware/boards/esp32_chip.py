"""What every ESP32 has: clock, memory that outlives a reset, watchdog.

`firmware.boards.esp32_start` has what is asked only at a start.
"""

import time

import machine
from micropython import const

_SECONDS_1970_TO_2000 = const(946_684_800)


def set_utc_ms(utc_ms):
    """Set the wall clock, which runs on through a reset."""
    seconds, rest_ms = divmod(utc_ms, 1000)
    year, month, day, hour, minute, second, weekday, _ = time.gmtime(seconds - epoch_s())[:8]
    machine.RTC().datetime((year, month, day, weekday, hour, minute, second, rest_ms * 1000))


def epoch_s():
    """Return what the chip's times count from, in seconds since 1970."""
    # the epoch is 2000 on the ESP32 and may be 1970 elsewhere (docs.micropython.org, module time)
    return _SECONDS_1970_TO_2000 if time.gmtime(0)[0] == 2000 else 0


def clock_ms():
    """Return what the chip's clock shows, set or not, in milliseconds: it runs through a reset."""
    return time.time_ns() // 1_000_000


def memory(data=None):
    """Return the bytes that outlive a reset (not a power cut), or keep `data`, at most 2048 of them."""
    rtc = machine.RTC()
    return rtc.memory() if data is None else rtc.memory(data)


def watchdog(timeout_ms):
    """Return the watchdog, which resets the chip unless it is fed in time; a new one takes the place of the old."""
    return machine.WDT(timeout=timeout_ms)
