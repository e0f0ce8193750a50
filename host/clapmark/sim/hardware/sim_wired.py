"""The parts of `machine` that some boards use: loaded when they are asked for."""

from micropython import const
from sim_world import answer, ask, busy, interrupts, send, tell

# messages to the world
_BUS_PINS = const(0x4B)  # K: bus; value: clock pin, and data pin above it
_I2C = const(0x69)  # i: bus, address in word, for the bytes sent last; answer: 0, or an error number
_IDENTITY = const(0x49)  # I: machine.py
_VOLTAGE = const(0x56)  # V: pin; answer: microvolts

_SOFT_SPI = const(3)
_FIRST_I2C = const(4)  # the buses below are SPI
_ETIMEDOUT = const(116)
_GLITCHING = (36, 39)


class SoftSPI:
    """An SPI bus whose pins the processor moves, 1 us a bit at best."""

    def __init__(self, baudrate=500_000, *, sck, mosi, miso, **_):
        miso.init(miso.IN)
        tell(_BUS_PINS, _SOFT_SPI, sck.number | mosi.number << 8)
        self._bit_us = max(1, 1_000_000 // baudrate)

    def write(self, buf):
        """Send the bytes of `buf`."""
        send(_SOFT_SPI, buf)
        busy(len(buf) * 8 * self._bit_us)


class I2C:
    """An I2C bus as controller. What answers, the world knows; a write takes the time that its bits need."""

    def __init__(self, id, *, scl, sda, freq=400_000, timeout=50_000):  # noqa: A002  MicroPython's name for it
        if id not in (0, 1):
            raise ValueError("I2C(%d) doesn't exist" % id)
        self._bus = _FIRST_I2C + id
        self._kilohertz = freq // 1000
        self._timeout_us = timeout
        tell(_BUS_PINS, self._bus, scl.number | sda.number << 8)

    def writeto(self, addr, buf, stop=True):
        """Send `buf` to a device; return how many bytes were acknowledged. Raises OSError as the ESP32 port does."""
        send(self._bus, buf)
        error = ask(_I2C, self._bus, addr)
        if error:
            busy(self._timeout_us if error == _ETIMEDOUT else 9000 // self._kilohertz)
            raise OSError(error)
        # nine bits a byte, the address too; start and stop
        busy((9 * len(buf) + 11) * 1000 // self._kilohertz)
        return len(buf)


class ADC:
    """A pin of the first analogue-to-digital converter."""

    ATTN_11DB = 3

    def __init__(self, pin, *, atten=0):
        if pin.number not in range(32, 40):
            raise ValueError("invalid pin")
        self._pin = pin.number
        ask(_IDENTITY)
        self._ends = answer[2] >> 16 != 1

    def read_uv(self):
        """Return the voltage of the pin in microvolts."""
        for number in _GLITCHING:  # the converter's start pulls them down for 80 ns: ESP32 errata 3.11
            pin = interrupts.get(number)
            if pin and pin.handler:
                pin.handler(pin)
        while not self._ends:  # in an emulator
            busy(1_000_000)
        busy(40)
        return ask(_VOLTAGE, self._pin)
