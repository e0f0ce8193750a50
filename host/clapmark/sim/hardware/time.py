"""The ESP32's `time`: ticks that wrap at 2**30, an epoch of 2000, and sleeps that take virtual time."""

import sys

import sim_world
import utime
from sim_world import ticks_us, wait

_SECONDS_1970_TO_2000 = 946_684_800

if sys.maxsize == 0x7FFFFFFF:
    from utime import ticks_add, ticks_diff  # the 32-bit port wraps where the ESP32 does
else:

    def ticks_diff(end, start):
        """Return `end - start`, both ticks."""
        return ((end - start + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    def ticks_add(ticks, delta):
        """Return the ticks `delta` later."""
        return (ticks + delta) & 0x3FFFFFFF


def ticks_ms():
    """Return the milliseconds since boot, wrapped at 2**30."""
    sim_world.spin()
    return sim_world.ticks


ticks_cpu = ticks_us


def sleep_us(us):
    """Let `us` microseconds pass; interrupt handlers run meanwhile."""
    while us > 0:
        us -= wait(us)


def sleep_ms(ms):
    """Let `ms` milliseconds pass; interrupt handlers run meanwhile."""
    while ms > 1000:
        sleep_us(1_000_000)
        ms -= 1000
    sleep_us(ms * 1000)


def sleep(seconds):
    """Let `seconds` pass; interrupt handlers run meanwhile."""
    sleep_ms(int(seconds * 1000))


def time():
    """Return the RTC in seconds since 2000."""
    sim_world.spin()
    return sim_world.rtc_s


def time_ns():
    """Return the RTC in nanoseconds since 2000."""
    return (sim_world.rtc_s * 1_000_000 + sim_world.rtc_us) * 1000


def gmtime(seconds=None):
    """Return (year, month, day, hour, minute, second, weekday, yearday) of seconds since 2000, or of now."""
    if seconds is None:
        seconds = sim_world.rtc_s
    return utime.gmtime(seconds + _SECONDS_1970_TO_2000)[:8]


localtime = gmtime  # the ESP32's clock knows no time zone


def mktime(moment):
    """Return the seconds since 2000 of a tuple as `gmtime` returns it."""
    year, month, day, hour, minute, second = moment[:6]
    if month <= 2:  # years that begin in March have their odd day at the end
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 730_426
    return ((days * 24 + hour) * 60 + minute) * 60 + second
