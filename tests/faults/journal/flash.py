"""A NOR flash in memory that keeps its rules and remembers every operation, so that it can be cut at each of them.

Runs on CPython and MicroPython. tests/support/device/nor.py is the model that fits a board's heap; this one is quick.
"""

SECTOR_BYTES = 4096

BEFORE = "before"
HALF = "half"
RANDOM = "random"
WEAK = "weak"  # half of it reads as programmed; the rest was touched, too, and reads as blank
AFTER = "after"
CUTS = (BEFORE, HALF, RANDOM, WEAK, AFTER)

RAISE_BEFORE = "raises before"
RAISE_HALF = "raises after half"
RAISE_AFTER = "raises after all of it"
LIE = "does half and says nothing"
READ = "a read raises"
DRIVER_FAULTS = (RAISE_BEFORE, RAISE_HALF, RAISE_AFTER, LIE)

_ERASE = 6


class FlashRuleError(Exception):
    """The code under test broke a rule of NOR flash."""


class PowerCutError(BaseException):
    """The power is gone. The flash keeps its content; nothing that runs on the device may catch this."""


class Dice:
    """The same numbers on CPython and MicroPython, 64 and 32 bit."""

    def __init__(self, seed):
        self._state = seed * 7919 % 65521 + 1
        self._carry = seed % 60013
        for _ in range(4):
            self.below(2)

    def below(self, limit):
        """Return a number from 0 to `limit` - 1; `limit` is 16384 at most."""
        # a lagged multiply with carry in 30 bits: small integers even on the 32-bit port
        product = 16381 * (self._state & 0x7FFF) + self._carry
        self._state = product & 0x7FFF
        self._carry = product >> 15
        return (self._state ^ self._carry) % limit

    def chance(self, percent):
        """Return True so many times in a hundred."""
        return self.below(100) < percent

    def pick(self, choices):
        """Return one of `choices`."""
        return choices[self.below(len(choices))]


class Operation:
    """One program (`payload`) or erase (`payload` is None) at byte `start`; `stamp` is what its user had noted."""

    def __init__(self, start, payload, stamp):
        self.start = start
        self.payload = payload
        self.stamp = stamp


class Flash:
    """`count` sectors. If `log` is a list, every operation is noted there before it happens, with the `stamp`."""

    def __init__(self, count, data=None, touched=None):
        self.count = count
        self.data = data if data is not None else bytearray(b"\xff" * (count * SECTOR_BYTES))
        self.touched = touched if touched is not None else bytearray(count * SECTOR_BYTES)  # 1: programmed since erased
        self.log = None
        self.stamp = None
        self.operations = 0
        self.reads = 0
        self.fault_at = -1
        self.read_fault_at = -1
        self.fault = None

    def copy(self):
        """Return a flash with the same content and no faults."""
        return Flash(self.count, bytearray(self.data), bytearray(self.touched))

    def cut(self, operation, how):
        """Cut the power at the operation with this number from now on, counted from 0."""
        self.fault_at = self.operations + operation
        self.fault = how

    def power_up(self):
        """Give the power back."""
        self.fault_at = -1

    def readblocks(self, block, buffer, offset):
        end = offset + len(buffer)
        if offset < 0 or end > SECTOR_BYTES or not 0 <= block < self.count:
            raise FlashRuleError("a read across the end of a sector")
        self.reads += 1
        if self.reads - 1 == self.read_fault_at:
            raise OSError(5)
        start = block * SECTOR_BYTES
        buffer[:] = self.data[start + offset : start + end]

    def writeblocks(self, block, buffer, offset):
        start = block * SECTOR_BYTES + offset
        if offset < 0 or offset + len(buffer) > SECTOR_BYTES or not 0 <= block < self.count:
            raise FlashRuleError("a program across the end of a sector")
        self._operate(start, bytes(buffer))

    def ioctl(self, request, argument):
        if request == 4:
            return self.count
        if request == 5:
            return SECTOR_BYTES
        if request != _ERASE or not 0 <= argument < self.count:
            raise FlashRuleError("an unknown ioctl")
        self._operate(argument * SECTOR_BYTES, None)
        return 0

    def _operate(self, start, payload):
        if self.log is not None:
            self.log.append(Operation(start, payload, self.stamp))
        number = self.operations
        self.operations = number + 1
        if number != self.fault_at:
            self.do(start, payload)
            return
        if self.fault in CUTS:
            self.do(start, payload, self.fault, Dice(number))
            raise PowerCutError
        if self.fault in (RAISE_HALF, LIE):
            self.do(start, payload, HALF)
        elif self.fault == RAISE_AFTER:
            self.do(start, payload)
        if self.fault != LIE:
            raise OSError(5)

    def do(self, start, payload, how=AFTER, dice=None):
        """Program or erase as far as a cut lets it. Raises FlashRuleError where a byte is programmed twice."""
        if how == BEFORE:
            return
        if payload is None:
            self._erase(start, how, dice)
        else:
            self._program(start, payload, how, dice)

    def _erase(self, start, how, dice):
        data = self.data
        end = start + SECTOR_BYTES
        if how == RANDOM:
            for place in range(start, end):
                data[place] |= dice.below(256)
        elif how == AFTER:
            data[start:end] = b"\xff" * SECTOR_BYTES
            self.touched[start:end] = bytes(SECTOR_BYTES)
        else:
            data[start : start + SECTOR_BYTES // 2] = b"\xff" * (SECTOR_BYTES // 2)

    def _program(self, start, payload, how, dice):
        length = len(payload)
        done = length if how in (AFTER, RANDOM) else length // 2
        reached = length // 2 if how == HALF else length
        if self.touched.find(b"\x01", start, start + reached) >= 0:
            raise FlashRuleError("a byte is programmed twice")
        self.touched[start : start + reached] = b"\x01" * reached
        data = self.data
        for position in range(done):
            byte = payload[position]
            data[start + position] &= byte | dice.below(256) if how == RANDOM else byte
