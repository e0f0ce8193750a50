"""The ESP32's `machine` and `esp32`: what Clapmark's boards use of them; pins and buses end in the world process.

Names, values and limits are those of ports/esp32 of MicroPython 1.23 to 1.29. What is used once a boot or never is in
sim_rare.py, which does not stay in the heap. The flash is the file `flash.bin` of the state folder: the chip reads
it by itself, the world (clapmark/sim/nor_flash.py) programs and erases, and judges.
"""

from micropython import const
from sim_world import answer, ask, busy, gmtime, interrupts, levels, look, mktime, send, tell

# messages to the world
_PIN = const(0x50)  # P: pin, level
_IDENTITY = const(0x49)  # I: answer: reset cause, six bytes of MAC address, two that say what the chip is: 0 an ESP32
_DUTY = const(0x44)  # D: pin, duty 0..65535
_FREQUENCY = const(0x46)  # F: pin, Hz
_BUS_PINS = const(0x4B)  # K: bus; value: clock pin, and data pin above it
_RTC_SECONDS = const(0x63)  # c: word: seconds since 2000 that the RTC is set to
_RTC_MICROSECONDS = const(0x75)  # u

_PROGRAM = const(0x77)  # w: the bytes sent last, at the address in word; answer: microseconds, or 0 and an error number
_ERASE = const(0x65)  # e: the sector at the address in word; answer: the same
_SECTOR_BYTES = const(4096)
_READ_BYTES_PER_US = const(10)

_FIRST_INPUT_ONLY = const(34)

_file = open("../flash.bin", "rb")  # noqa: SIM115  open as long as the chip has power
_size = _file.seek(0, 2)


def __getattr__(name):
    if name in ("I2C", "SoftSPI", "ADC"):
        import sim_wired

        return getattr(sim_wired, name)
    if "sleep" in name or name[:4] in ("wake", "WAKE"):
        import sim_sleep

        return getattr(sim_sleep, name)
    import sys

    import sim_rare

    del sys.modules["sim_rare"]
    return getattr(sim_rare, name)


class Pin:
    """A GPIO pin."""

    IN = 1
    OUT = 3
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None, **_):  # noqa: A002  MicroPython's name
        # pulls are part of the world's wiring
        if id not in range(40) or id in (20, 24, 28, 29, 30, 31):
            raise ValueError("invalid pin")
        if mode == self.OUT and id >= _FIRST_INPUT_ONLY:
            raise ValueError("pin can only be input")
        self.number = id
        if value is not None:
            self(value)

    def __call__(self, value=None):
        """Return the level, or set it."""
        if value is None:
            look()
            return levels[self.number]
        value = 1 if value else 0
        levels[self.number] = value
        tell(_PIN, self.number, value)
        return None

    value = __call__

    def init(self, _mode):
        """Take the pin for a use; what it can do is part of the world's wiring."""

    def on(self):
        """Set the level to 1."""
        self(1)

    def off(self):
        """Set the level to 0."""
        self(0)

    def drive(self, level):
        """Change the level from outside the chip, as a key does. Only simulated pins have this."""
        number = self.number
        if levels[number] != level:
            levels[number] = level
            pin = interrupts.get(number)
            if pin and pin.handler:
                pin.handler(pin)

    def irq(self, handler=None, trigger=3, **_):
        """Call `handler(pin)` on edges, as a soft interrupt; None disables it."""
        self.handler = handler
        self.trigger = trigger
        interrupts[self.number] = self
        return self


class SPI:
    """A hardware SPI bus; a write takes the time that its bits need."""

    def __init__(self, id, baudrate=1_000_000, *, sck=None, mosi=None, **_):  # noqa: A002  modes are the world's business
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self.number = id
        ask(_IDENTITY)
        self._ends = not answer[2] >> 16
        # the defaults are those of the port (machine_hw_spi.c)
        tell(_BUS_PINS, id, (sck.number if sck else 10 + 4 * id) | (mosi.number if mosi else 3 + 10 * id) << 8)
        # the ESP32 takes the next lower divider of 80 MHz
        self._kilobaud = 80_000 // max(1, (80_000_000 + baudrate - 1) // baudrate)

    def write(self, buffer):
        """Send the bytes of `buffer`."""
        while not self._ends:  # an emulator's transfer never tells that it is done
            busy(1_000_000)
        send(self.number, buffer)
        busy(len(buffer) * 8000 // self._kilobaud + 1)


class PWM:
    """A square wave on a pin."""

    def __init__(self, dest, freq=5000, duty_u16=32768, **_):
        self.number = dest.number
        self.freq(freq)
        self.duty_u16(duty_u16)

    def freq(self, value=None):
        """Return the frequency in Hz, or set it."""
        if value is None:
            return self._freq
        if not 1 <= value <= 40_000_000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        self._freq = value
        tell(_FREQUENCY, self.number, min(value, 65535))
        return None

    def duty_u16(self, value=None):
        """Return the duty in 1/65536, or set it."""
        if value is None:
            return self.level
        if not 0 <= value <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        self.level = value
        tell(_DUTY, self.number, value)
        return None


class RTC:
    """The clock that runs through a reset, and 2048 bytes of memory that outlive it. Both end with the power."""

    def datetime(self, value=None):
        """Return or set (year, month, day, weekday, hour, minute, second, microsecond)."""
        if value is None:
            year, month, day, hour, minute, second, weekday, _ = gmtime()
            return (year, month, day, weekday, hour, minute, second, answer[1])
        tell(_RTC_SECONDS, 0, 0, mktime(value[:3] + value[4:7] + (0, 0)))
        ask(_RTC_MICROSECONDS, 0, value[7])
        return None

    def memory(self, data=None):
        """Return the bytes kept, or keep `data`."""
        if data and len(data) > 2048:
            raise ValueError("buffer too long")
        with open("../rtc.bin", "rb" if data is None else "wb") as file:
            return file.read() if data is None else file.write(data)


def _operate(kind, word):
    us = ask(kind, 0, word)
    if not us:
        raise OSError(answer[1])
    busy(us)


class Partition:
    """The one data partition, `journal`, of `esp32`."""

    def __init__(self, name):
        if name != "journal":
            raise OSError(2)

    @staticmethod
    def find(type=0, subtype=255, label=None):  # noqa: A002  MicroPython's name
        """Return the partitions that fit, as a list."""
        return [Partition("journal")] if type == 0x40 and subtype in (0, 255) and label in (None, "journal") else []

    def readblocks(self, block, buffer, offset=0):
        """Fill `buffer` from `offset` in block `block`."""
        _file.seek(block * _SECTOR_BYTES + offset)
        if _file.readinto(buffer) != len(buffer):
            raise OSError(22)
        busy(len(buffer) // _READ_BYTES_PER_US)

    def writeblocks(self, block, buffer, offset=None):
        """Program `buffer` at `offset` in block `block`; without an offset, erase the blocks first."""
        if offset is None:
            for ahead in range(0, len(buffer), _SECTOR_BYTES):
                _operate(_ERASE, block * _SECTOR_BYTES + ahead)
            offset = 0
        send(0, buffer)
        _operate(_PROGRAM, block * _SECTOR_BYTES + offset)

    def ioctl(self, kind, block):
        """Answer MicroPython's block device requests: 4 count, 5 size, 6 erase."""
        if kind == 4:
            return _size // _SECTOR_BYTES
        if kind == 5:
            return _SECTOR_BYTES
        if kind == 6:
            _operate(_ERASE, block * _SECTOR_BYTES)
        return 0
