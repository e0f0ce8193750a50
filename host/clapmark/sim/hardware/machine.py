"""The ESP32's `machine`: what Clapmark's boards use of it, with pins and buses that end in the world process.

Names, values and limits are those of ports/esp32 of MicroPython 1.23 to 1.29.
"""

import time as _time

import sim_world
from micropython import const

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

# the messages of sim_world.py
_PIN = const(0x50)
_DUTY = const(0x44)
_FREQUENCY = const(0x46)
_TRAFFIC = const(0x53)

_FIRST_INPUT_ONLY = const(34)
_NO_PINS = (20, 24, 28, 29, 30, 31)
_RTC_MEMORY_BYTES = const(2048)


def reset_cause():
    """Return why the chip started."""
    return sim_world.reset_cause


def reset():
    """Reset the chip; RTC memory and the RTC's time go on."""
    sim_world.reset(HARD_RESET)


def soft_reset():
    """Start the interpreter anew; the ticks go on too."""
    sim_world.reset(SOFT_RESET)


def unique_id():
    """Return the six bytes of the chip's MAC address."""
    return sim_world.unique_id


def freq(hz=None):
    """Return the processor's frequency in Hz; setting it changes nothing here."""
    return 160_000_000 if hz is None else None


def idle():
    """Let a millisecond pass, or less if something comes from outside."""
    sim_world.wait(1000)


class Pin:
    """A GPIO pin."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None, **_):  # noqa: A002  MicroPython's name
        if isinstance(id, Pin):
            id = id.number  # noqa: A001
        if not 0 <= id < len(sim_world.levels) or id in _NO_PINS:
            raise ValueError("invalid pin")
        self.number = id
        self.handler = None
        self.trigger = 0
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, **_):
        """Set direction and level; pulls are part of the world's wiring."""
        if mode in (self.OUT, self.OPEN_DRAIN) and self.number >= _FIRST_INPUT_ONLY:
            raise ValueError("pin can only be input")
        if value is not None:
            self.value(value)

    def value(self, level=None):
        """Return the level, or set it."""
        if level is None:
            sim_world.spin()
            return sim_world.levels[self.number]
        level = 1 if level else 0
        sim_world.levels[self.number] = level
        sim_world.tell(_PIN, self.number, level)
        return None

    __call__ = value

    def on(self):
        """Set the level to 1."""
        self.value(1)

    def off(self):
        """Set the level to 0."""
        self.value(0)

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, wake=None, hard=False):
        """Have `handler(pin)` called on edges, as a soft interrupt; None ends it."""
        if hard:
            raise ValueError("hard interrupts are not supported")
        self.handler = handler
        self.trigger = trigger
        if handler is None:
            sim_world.interrupts.pop(self.number, None)
        else:
            sim_world.interrupts[self.number] = self
        return self


class SPI:
    """A hardware SPI bus; a write takes the time that its bits need."""

    def __init__(self, id, baudrate=1_000_000, **_):  # noqa: A002  pins and modes are the world's business
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._bus = id
        self.init(baudrate)

    def init(self, baudrate=1_000_000, **_):
        """Set the speed; the ESP32 takes the next lower divider of 80 MHz."""
        divider = max(1, (80_000_000 + baudrate - 1) // baudrate)
        self._kilobaud = 80_000 // divider

    def deinit(self):
        """Give the bus back."""

    def write(self, buffer):
        """Send the bytes of `buffer`."""
        sim_world.send(_TRAFFIC, self._bus, buffer)
        sim_world.busy(len(buffer) * 8000 // self._kilobaud + 1)


class PWM:
    """A square wave on a pin."""

    def __init__(self, dest, freq=5000, duty_u16=32768, duty=None, **_):
        self._number = Pin(dest).number
        self._freq = 0
        self._duty_u16 = 0
        self.init(freq, duty_u16 if duty is None else duty * 64)

    def init(self, freq=None, duty_u16=None):
        """Set frequency in Hz and duty in 1/65536."""
        if freq is not None:
            self.freq(freq)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)

    def freq(self, hz=None):
        """Return the frequency in Hz, or set it."""
        if hz is None:
            return self._freq
        if not 1 <= hz <= 40_000_000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        self._freq = hz
        sim_world.tell(_FREQUENCY, self._number, min(hz, 65535))
        return None

    def duty_u16(self, duty=None):
        """Return the duty in 1/65536, or set it."""
        if duty is None:
            return self._duty_u16
        if not 0 <= duty <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        self._duty_u16 = duty
        sim_world.tell(_DUTY, self._number, duty)
        return None

    def duty(self, duty=None):
        """Return the duty in 1/1024, or set it."""
        if duty is None:
            return self._duty_u16 // 64
        self.duty_u16(min(duty * 64, 65535))
        return None

    def deinit(self):
        """Stop the wave."""
        self.duty_u16(0)


class RTC:
    """The clock that runs through a reset, and 2048 bytes of memory that outlive it. Both end with the power."""

    def datetime(self, moment=None):
        """Return or set (year, month, day, weekday, hour, minute, second, microsecond)."""
        if moment is None:
            year, month, day, hour, minute, second, weekday, _ = _time.gmtime()
            return (year, month, day, weekday, hour, minute, second, sim_world.rtc_us)
        year, month, day, _, hour, minute, second, microsecond = moment
        sim_world.set_rtc(_time.mktime((year, month, day, hour, minute, second)), microsecond)
        return None

    init = datetime

    def memory(self, data=None):
        """Return the bytes kept, or keep `data`."""
        path = sim_world.state_folder + "/rtc.bin"
        if data is None:
            try:
                with open(path, "rb") as file:
                    return file.read()
            except OSError:
                return b""
        if len(data) > _RTC_MEMORY_BYTES:
            raise ValueError("buffer too long")
        with open(path, "wb") as file:
            file.write(data)
        return None


class WDT:
    """The watchdog: not fed for `timeout` ms, it resets the chip."""

    def __init__(self, id=0, timeout=5000):  # noqa: A002
        if id != 0 or timeout < 1:
            raise ValueError
        sim_world.watch(timeout)

    def feed(self):
        """Start the time anew."""
        sim_world.feed()
