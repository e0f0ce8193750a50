"""What the hardware models share: the pipes to the world process, virtual time, and interrupts.

The world (clapmark.sim.world, on CPython) is everything outside the chip. This module tells it what happens on the
pins and buses, and is granted time by it. Inside a grant the chip's time jumps without asking. At the end of a grant,
or at every wait while time is paced, it asks, and is told how much time passed, the next grant, and perhaps one edge.

Every message to the world is 8 bytes: kind, a small number, a 16-bit value, a 32-bit word (little-endian);
_TRAFFIC and _TEXT are followed by `value` bytes. The other end is clapmark/sim/device.py.

All times fit a small int of the 32-bit port, so nothing here allocates once it runs.
"""

import sys

from micropython import const

_PIN = const(0x50)  # P: pin, level; word: microseconds left in the grant
_DUTY = const(0x44)  # D: pin, duty 0..65535
_FREQUENCY = const(0x46)  # F: pin, Hz
_TRAFFIC = const(0x53)  # S: bus, bytes written to it
_LEFT = const(0x54)  # T: word: microseconds left in the grant
_WAIT = const(0x57)  # W: word: microseconds that the firmware wants to wait; input may end it early
_BUSY = const(0x42)  # B: word: microseconds that hardware needs
_RESET = const(0x52)  # R: reset cause
_RTC_SECONDS = const(0x43)  # C: word: seconds since 2000 that the RTC was set to
_RTC_MICROSECONDS = const(0x63)  # c
_DROPPED = const(0x4C)  # L: pin whose edge found the interrupt queue full
_TEXT = const(0x56)  # V: a broken rule of the flash, as text
_ENDED = const(0x45)  # E: 0 main.py returned, 1 an exception escaped

_MASK = const(0x3FFFFFFF)  # ticks wrap at 2**30
_LONGEST_US = const(1_000_000_000)
_SPIN_CALLS = const(1000)
_SPIN_US = const(1000)
_BOOT_BYTES = const(64)
_PINS = const(40)
_QUEUED = const(8)  # MICROPY_SCHEDULER_DEPTH of the ESP32 port
_PACED = const(1)
_SEEDED = const(2)

state_folder = sys.argv[1]
_to_world = open(int(sys.argv[2]), "wb")  # noqa: SIM115  open as long as the chip has power
_from_world = open(int(sys.argv[3]), "rb")  # noqa: SIM115

levels = bytearray(_PINS)
interrupts = {}  # pin number to machine.Pin with a handler

_out = bytearray(256)
_out_bytes = 0
_answer = bytearray(12)
_queue = bytearray(_QUEUED)
_queued = 0
_delivering = False

ticks = 0  # ms since boot, wrapped
_ticks_us = 0  # us since boot, wrapped
_fraction_us = 0  # of the current ms
_left_us = 0  # of the grant
_paced = False
_spin = 0
_watchdog_us = 0  # 0: no watchdog
_watchdog_left_us = 0
rtc_s = 0  # since 2000
rtc_us = 0


def _word(buffer, position):
    return buffer[position] | buffer[position + 1] << 8 | buffer[position + 2] << 16 | buffer[position + 3] << 24


def _receive(buffer):
    if _from_world.readinto(buffer) != len(buffer):
        raise SystemExit  # the world is gone, and with it the power


def _start():  # deleted below: a chip has no heap to spare
    """Read the block that the world sends first; return reset cause, unique id, seed (0: none)."""
    global ticks, rtc_s, rtc_us
    block = bytearray(_BOOT_BYTES)
    _receive(block)
    for pin in range(_PINS):
        levels[pin] = block[pin]
    rtc_s = _word(block, 47)
    rtc_us = _word(block, 51)
    ticks = _word(block, 55)
    return block[40], bytes(block[41:47]), _word(block, 59) if block[63] & _SEEDED else 0


def flush():
    """Send the messages that are still here."""
    global _out_bytes
    if _out_bytes:
        _to_world.write(_out, _out_bytes)
        _out_bytes = 0


def _put(kind, number, value, word):
    global _out_bytes
    at = _out_bytes
    if at > 248:
        flush()
        at = 0
    out = _out
    out[at] = kind
    out[at + 1] = number
    out[at + 2] = value & 255
    out[at + 3] = value >> 8 & 255
    out[at + 4] = word & 255
    out[at + 5] = word >> 8 & 255
    out[at + 6] = word >> 16 & 255
    out[at + 7] = word >> 24
    _out_bytes = at + 8


def tell(kind, number, value):
    """Tell the world what happens on a pin now."""
    _put(kind, number, value, _left_us)


def tell_rtc():
    """Tell the world that the RTC was set."""
    _put(_LEFT, 0, 0, _left_us)
    _put(_RTC_SECONDS, 0, 0, rtc_s)
    _put(_RTC_MICROSECONDS, 0, 0, rtc_us)
    flush()


def send(kind, number, data):
    """Send bytes to the world: what goes over a bus, or a text."""
    total = len(data)
    if total <= 65535:
        _put(kind, number, total, _left_us)
        flush()
        if _to_world.write(data) != total:
            raise ValueError("the model takes bytes, bytearray or a memoryview of them")
    else:
        view = memoryview(data)
        for start in range(0, total, 65535):
            send(kind, number, view[start : start + 65535])


def _move(us):
    """Let time pass inside the grant."""
    global ticks, _ticks_us, _fraction_us, _left_us, rtc_s, rtc_us, _watchdog_left_us
    _left_us -= us
    room = _MASK - _ticks_us  # sums stay below 2**30, where the 32-bit port would need a long int
    _ticks_us = us - room - 1 if us > room else _ticks_us + us
    fraction = _fraction_us + us
    _fraction_us = fraction % 1000
    ms = fraction // 1000
    room = _MASK - ticks
    ticks = ms - room - 1 if ms > room else ticks + ms
    fraction = rtc_us + us
    rtc_us = fraction % 1_000_000
    rtc_s += fraction // 1_000_000
    if _watchdog_us:
        _watchdog_left_us -= us
        if _watchdog_left_us <= 0:
            reset(3)


def _ask(kind, us):
    """Ask for time; return how many microseconds passed. An edge that came with the answer is queued."""
    global _left_us, _paced
    _put(_LEFT, 0, 0, _left_us)
    _put(kind, 0, 0, us)
    flush()
    _receive(_answer)
    moved = _word(_answer, 0)
    _left_us = _word(_answer, 4) + moved
    _paced = _answer[8] & _PACED
    _move(moved)
    pin = _answer[9]
    if pin:
        _edge(pin - 1, _answer[10])
    return moved


def wait(us):
    """Let at most `us` pass; return how many did. Returns early when something came from outside."""
    global _spin
    _spin = 0
    us = min(us, _LONGEST_US)
    if _watchdog_us and us > _watchdog_left_us:
        us = _watchdog_left_us
    if _paced:
        passed = _ask(_WAIT, us)
    elif us <= _left_us:
        _move(us)
        return us
    else:
        passed = _left_us
        _move(passed)
        passed += _ask(_WAIT, us - passed)
    deliver()
    return passed


def busy(us):
    """Let `us` pass while hardware works: interrupt handlers wait until it is done."""
    global _spin
    _spin = 0
    while us > _left_us:
        passed = _left_us
        _move(passed)
        us -= passed
        us -= _ask(_BUSY, us)
    if us > 0:
        _move(us)
    if _queued:
        deliver()


def spare_us(us):
    """Return how many of the next `us` microseconds are sure to pass before anything can come from outside."""
    return us if us < _left_us else _left_us


def spin():
    """Count a look at the clock or at a pin: a loop that only looks must not stop the time for ever."""
    global _spin
    _spin += 1
    if _spin >= _SPIN_CALLS:
        busy(_SPIN_US)


def ticks_us():
    """Return the microseconds since boot, wrapped."""
    spin()
    return _ticks_us


def _edge(pin, level):
    global _queued
    if levels[pin] == level:
        return
    levels[pin] = level
    source = interrupts.get(pin)
    if source is None or not source.trigger & (1 if level else 2):
        return
    if _queued == _QUEUED:
        tell(_DROPPED, pin, 0)
        return
    _queue[_queued] = pin
    _queued += 1


def deliver():
    """Run the interrupt handlers that are due, as the scheduler does between two bytecodes."""
    global _queued, _delivering
    if _delivering:
        return
    _delivering = True
    while _queued:
        pin = _queue[0]
        _queued -= 1
        for place in range(_queued):
            _queue[place] = _queue[place + 1]
        source = interrupts.get(pin)
        if source is not None:
            try:
                source.handler(source)
            except Exception as error:  # noqa: BLE001  as MicroPython: printed, and the program goes on
                sys.print_exception(error)
    _delivering = False


def watch(ms):
    """Start or feed the watchdog: without the next call within `ms` the chip resets."""
    global _watchdog_us, _watchdog_left_us
    _watchdog_us = _watchdog_left_us = ms * 1000


def feed():
    """Feed the watchdog with the time that it was started with."""
    global _watchdog_left_us
    _watchdog_left_us = _watchdog_us


def reset(cause):
    """Have the world start this chip anew."""
    tell(_RESET, cause, 0)
    halt()


def halt():
    """Do nothing any more; the world ends it."""
    flush()
    while True:
        _receive(_answer)


def set_rtc(seconds, microseconds):
    """Set the RTC."""
    global rtc_s, rtc_us
    rtc_s = seconds
    rtc_us = microseconds
    tell_rtc()


reset_cause, unique_id, seed = _start()
del _start
