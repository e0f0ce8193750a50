"""A NOR flash in memory, as strict as the real one: it programs by clearing bits, and each byte once per erase.

It fails when asked: `cut` stops the power in the middle of an operation, `fail` makes the driver raise.
"""

import gc

SECTOR_BYTES = 4096

BEFORE = "before"
HALF = "half"
RANDOM = "random"
WEAK = "weak"  # half of it reads as programmed; the rest was, too, and reads as blank
AFTER = "after"


class FlashRuleError(Exception):
    """The code under test broke a rule of NOR flash."""


class PowerCutError(Exception):
    """The power is gone. The flash keeps its content; the device has to restart."""


class Nor:
    def __init__(self, count):
        gc.collect()  # an image is a large part of a small heap
        self.count = count
        self.data = bytearray(b"\xff" * (count * SECTOR_BYTES))
        self._touched = bytearray(count * SECTOR_BYTES // 8)  # a bit for each byte
        self.operations = 0
        self.programs = 0
        self.erases = 0
        self.longest_program = 0
        self.bytes_read = 0
        self._fault_at = -1
        self._fault = None
        self._seed = 1

    def cut(self, operation, how):
        """Cut the power at the operation (program or erase) with this number from now on, counted from 0."""
        self._fault_at = self.operations + operation
        self._fault = how

    def fail(self, operation, how="raise"):
        """Let the driver do half of that operation, once, and then raise OSError, or say nothing (how="lie")."""
        self.cut(operation, how)

    def load(self, image):
        """Hold `image`; every byte that is not blank counts as programmed."""
        self.data[:] = image
        for place in range(len(image)):
            if not place & 7:
                self._touched[place >> 3] = 0
            if image[place] != 0xFF:
                self._touched[place >> 3] |= 1 << (place & 7)

    def power_up(self):
        self._fault_at = -1

    def readblocks(self, block, buffer, offset):
        length = len(buffer)
        assert offset >= 0 and offset + length <= SECTOR_BYTES, "a read across the end of a sector"
        self.bytes_read += length
        start = block * SECTOR_BYTES + offset
        data = self.data
        for position in range(length):
            buffer[position] = data[start + position]

    def writeblocks(self, block, buffer, offset):
        length = len(buffer)
        assert offset >= 0 and offset + length <= SECTOR_BYTES, "a program across the end of a sector"
        self.programs += 1
        self.longest_program = max(self.longest_program, length)
        start = block * SECTOR_BYTES + offset
        how = self._next_operation()
        if how == BEFORE:
            raise PowerCutError
        data = self.data
        touched = self._touched
        end = length // 2 if how in (HALF, "raise", "lie") else length
        for position in range(end):
            place = start + position
            byte = buffer[position]
            if touched[place >> 3] & 1 << (place & 7):
                raise FlashRuleError(f"byte {offset + position} of block {block} is programmed twice")
            if byte & ~data[place] & 0xFF:
                raise FlashRuleError(f"byte {offset + position} of block {block} would need an erase")
            touched[place >> 3] |= 1 << (place & 7)
            if how == WEAK and position >= length // 2:
                continue
            data[place] &= byte | self._random() if how == RANDOM else byte
        self._end_operation(how)

    def ioctl(self, request, argument):
        if request == 4:
            return self.count
        if request == 5:
            return SECTOR_BYTES
        assert request == 6
        self.erases += 1
        start = argument * SECTOR_BYTES
        how = self._next_operation()
        if how == BEFORE:
            raise PowerCutError
        end = SECTOR_BYTES // 2 if how in (HALF, WEAK, "raise", "lie") else SECTOR_BYTES
        if how == RANDOM:
            for place in range(start, start + end):
                self.data[place] |= self._random()
        else:
            self.data[start : start + end] = b"\xff" * end
        if how is None or how == AFTER:
            self._touched[start >> 3 : (start + end) >> 3] = bytes(end >> 3)
        self._end_operation(how)
        return 0

    def _next_operation(self):
        self.operations += 1
        if self._fault_at < 0 or self.operations - 1 != self._fault_at:
            return None
        return self._fault

    def _end_operation(self, how):
        if how == "raise":
            raise OSError(5)
        if how not in (None, "lie", "raise"):
            raise PowerCutError

    def _random(self):
        self._seed = (self._seed * 1103 + 12345) & 0xFFFFF
        return self._seed >> 8 & 0xFF
