"""The chip's time, and all that goes between the chip and the world around it. It is also the firmware's `time`.

The world (clapmark.sim.world, on CPython) is everything outside the chip. This module tells it what happens on the
pins and buses, and is granted time by it. Inside a grant the chip's time jumps without asking. At the end of a grant,
or at every wait while time is paced, it asks, and gets the time that passed, the next grant, and perhaps one edge
and how late its interrupt is. What need not be decided here (flash, RTC, watchdog, chance, reset cause) is asked of the
world too.

Every message to the world is 8 bytes: kind, a small number, a 16-bit value, a 32-bit word, little-endian; the `value`
bytes that went over a bus follow _TRAFFIC. An answer is three words. The other end is clapmark/sim/device.py.

All times fit a small int of the 32-bit port, so nothing here allocates once it runs. The module is as small as it is
because its heap is the firmware's: a function takes about 120 bytes of it, a name 20.
"""

import sys
from array import array
from collections import deque

import utime
from micropython import const
from utime import ticks_add, ticks_diff

# L, T, W, B, C, Q; the kinds of the pins, the buses and the flash are defined in the modules that use them
_DROPPED = const(0x4C)  # number: pin whose edge found the interrupt queue full
_LEFT = const(0x54)  # word: microseconds left in the grant
_WAIT = const(0x57)  # word: microseconds that the firmware wants to wait; input may end it early
_BUSY = const(0x42)  # word: microseconds that hardware needs
_RTC = const(0x43)  # answer: seconds since 2000, microseconds

_LONGEST_US = const(500_000_000)  # ticks_add takes no more than 2**29
_SPIN_CALLS = const(1000)
_SPIN_US = const(1000)
_OUT_HALVES = const(64)
_QUEUED = const(8)  # MICROPY_SCHEDULER_DEPTH of the ESP32 port
_1970_TO_2000_S = const(946_684_800)

_to_world = open(int(sys.argv[1]), "wb")  # noqa: SIM115  open as long as the chip has power
_from_world = open(int(sys.argv[2]), "rb")  # noqa: SIM115  the same

levels = bytearray(40)  # of the pins
interrupts = {}  # pin number to machine.Pin with a handler
answer = array("i", bytes(12))  # the world's last one

_out = array("H", bytes(2 * _OUT_HALVES))
_filled = 0  # of _out
# pin interrupts and scheduled calls share one queue, as in py/scheduler.c
_queue = deque((), _QUEUED)  # noqa: RUF037  MicroPython has no other form; the functions that are due
_arguments = deque((), _QUEUED)  # noqa: RUF037  and their arguments
_due_us = 0  # when what is in the queue may be served, as ticks
_delivering = False
_fraction = 0  # microseconds of the current ms
_left = 0  # microseconds of the grant
_paced = 0
_looks = 0

if sys.maxsize > 0x7FFFFFFF:  # only the 32-bit port wraps where the ESP32 does

    def ticks_diff(end, start):
        """Return `end - start`, both ticks."""
        return ((end - start + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    def ticks_add(start, delta):
        """Return the ticks that are `delta` after `start`."""
        return (start + delta) & 0x3FFFFFFF


def tell(kind, number, value, word=-1):
    """Tell the world what happens on a pin now; with `word` -1, when, as the time left in the grant."""
    global _filled
    if word < 0:
        word = _left
    out = _out
    at = _filled
    out[at] = kind | number << 8
    out[at + 1] = value
    out[at + 2] = word & 0xFFFF
    out[at + 3] = word >> 16
    at += 4
    if at == _OUT_HALVES:
        _to_world.write(out)
        at = 0
    _filled = at


def send(number, data):
    """Tell the world what goes over bus `number`; bus 0 is the flash's."""
    global _filled
    total = len(data)
    if total > 65535:
        view = memoryview(data)
        for start in range(0, total, 65535):
            send(number, view[start : start + 65535])
        return
    tell(0x53, number, total)
    _to_world.write(_out, _filled * 2)
    _filled = 0
    if _to_world.write(data) != total:
        raise ValueError("the model takes bytes, bytearray or a memoryview of them")


def ask(kind, number=0, word=0):
    """Ask the world a question; return the first word of `answer`."""
    global _filled
    tell(_LEFT, 0, 0)
    tell(kind, number, 0, word)
    _to_world.write(_out, _filled * 2)
    _filled = 0
    if _from_world.readinto(answer) != 12:
        raise SystemExit  # the world is gone, and with it the power
    return answer[0]


def schedule(function, argument):
    """Put a call into the queue of the interrupts; raise RuntimeError if it is full. This is micropython.schedule."""
    global _due_us
    if len(_queue) == _QUEUED:
        raise RuntimeError("schedule queue full")
    if not _queue:
        _due_us = _us
    _queue.append(function)
    _arguments.append(argument)


def wait(us, kind=_WAIT, is_due=False):
    """Let `us` pass and return how many did; fewer if something came from outside, unless `kind` is _BUSY.

    A chip that is behind the world's pace may get more.

    While hardware is busy, interrupt handlers wait until it is done. `is_due`: ask the world, which may know of
    something in the time that is granted already.
    """
    global ticks, _us, _fraction, _left, _paced, _looks, _delivering, _due_us
    _looks = 0
    us = min(us, _LONGEST_US)
    if kind == _WAIT and _queue and not _delivering:
        us = max(0, min(us, ticks_diff(_due_us, _us)))
    to_pass = us
    while to_pass > 0:
        step = to_pass if to_pass < _left else _left
        asked = is_due or not step or (_paced and kind == _WAIT)
        if asked:
            is_due = False
            step = ask(kind, 0, to_pass)
            _left = answer[1] + step
            _paced = answer[2] & 1
        to_pass -= step
        _left -= step
        _us = ticks_add(_us, step)
        step += _fraction
        _fraction = step % 1000
        ticks = ticks_add(ticks, step // 1000)
        if asked:
            number = answer[2] >> 8 & 0xFF
            level = answer[2] >> 16 & 1
            if number and levels[number - 1] != level:
                number -= 1
                levels[number] = level
                pin = interrupts.get(number)
                if pin and pin.handler and pin.trigger & 2 - level:
                    if len(_queue) == _QUEUED:
                        tell(_DROPPED, number, 0)
                    else:
                        if not _queue:  # a late one: what comes meanwhile waits behind it
                            _due_us = ticks_add(_us, (answer[2] >> 24 & 0xFF) * 1000)
                        _queue.append(pin.handler)
                        _arguments.append(pin)
            if kind == _WAIT:
                break
    if not _delivering:
        _delivering = True
        while _queue and ticks_diff(_due_us, _us) <= 0:  # as the scheduler does between two bytecodes
            try:
                _queue.popleft()(_arguments.popleft())
            except Exception as error:  # noqa: BLE001  as MicroPython: printed, and the program goes on
                sys.print_exception(error)
        _delivering = False
    return us - to_pass


def busy(us):
    """Let `us` pass while hardware works."""
    while us > 0:
        us -= wait(us, _BUSY)


def look():
    """Count a look at the clock or at a pin: a loop that only looks must not stop the time forever."""
    global _looks
    _looks += 1
    if _looks >= _SPIN_CALLS:
        busy(_SPIN_US)


def ticks_us():
    """Return the microseconds since boot, wrapped at 2**30."""
    look()
    return _us


def ticks_ms():
    """Return the milliseconds since boot, wrapped at 2**30."""
    look()
    return ticks


def sleep_us(us):
    """Let `us` microseconds pass; interrupt handlers run meanwhile."""
    while us > 0:
        us -= wait(us)


def sleep_ms(value):
    """Let so many milliseconds pass; interrupt handlers run meanwhile."""
    while value > 1000:
        sleep_us(1_000_000)
        value -= 1000
    sleep_us(value * 1000)


def sleep(value):
    """Let so many seconds pass; interrupt handlers run meanwhile."""
    sleep_ms(int(value * 1000))


def time():
    """Return the RTC in seconds since 2000."""
    look()
    return ask(_RTC)


def time_ns():
    """Return the RTC in nanoseconds since 2000."""
    return (time() * 1_000_000 + answer[1]) * 1000


def gmtime(value=None):
    """Return (year, month, day, hour, minute, second, weekday, yearday) of seconds since 2000, or of now."""
    return utime.gmtime((time() if value is None else value) + _1970_TO_2000_S)[:8]


localtime = gmtime  # the ESP32's clock knows no time zone


def mktime(value):
    """Return the seconds since 2000 of a tuple as `gmtime` returns it."""
    return utime.mktime(value) - _1970_TO_2000_S


_from_world.readinto(levels)
_from_world.readinto(answer)
ticks = answer[0]
_us = ticks * 1000 & 0x3FFFFFFF
