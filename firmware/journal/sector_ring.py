"""The ring of sectors that holds the journal, and the only code that programs and erases."""

from array import array

from firmware.core.lines.sector import MAX_RECORD_BYTES, SECTOR_BYTES
from firmware.core.portable import const

_COUNT = const(4)  # ioctl requests of MicroPython's block protocol
_SIZE = const(5)
_ERASE = const(6)

_CHECK_BYTES = const(16)
_PIECE_BYTES = const(128)
_FEWEST_SECTORS = const(3)
_EIO = const(5)

FLASH = b"flash error"
NOT_VERIFIED = b"flash did not keep it"
NO_MEMORY = b"no memory"


class Ring:
    """Sector number `serial` (0, 1, 2 ...) is in block `serial % count`; `oldest` to `head` are in use.

    `position` is the next free byte of the head, `next_seq` the number of the next record. `head` is -1 where there is
    no journal.
    """

    def __init__(self, blocks):
        """Use `blocks`, an extended block device."""
        self.blocks = blocks
        self.count = 0
        self.firsts = array("I")  # by block: the first seq of its sector, 0 where not known
        self.clear()
        self._check = bytearray(_CHECK_BYTES)

    def clear(self):
        """Forget what is where."""
        self.head = -1
        self.oldest = 0
        self.position = SECTOR_BYTES
        self.next_seq = 1
        self.next_is_blank = False
        self._is_sure = False  # nothing behind the next sector was touched since the flash was erased as a whole

    def measure(self):
        """Ask the device for its size; return whether a ring fits. Raises OSError."""
        self.clear()
        self.count = self.blocks.ioctl(_COUNT, 0)
        if self.blocks.ioctl(_SIZE, 0) != SECTOR_BYTES or self.count < _FEWEST_SECTORS:
            return False
        self.firsts = array("I", [0] * self.count)
        return True

    def first_seq_of(self, serial):
        """Return the first seq of a sector, or 0 where its header is lost."""
        return self.firsts[serial % self.count]

    def upper_seq(self, serial):
        """Return a number that all records of a sector are below."""
        firsts = self.firsts
        while serial < self.head:
            serial += 1
            first_seq = firsts[serial % self.count]
            if first_seq:
                return first_seq
        return self.next_seq

    @property
    def is_full(self):
        """Whether the sector behind the head is still in use."""
        return self.head - self.oldest + 1 == self.count

    def erase_next(self):
        """Erase the sector behind the head; if the ring is full that is the oldest one.

        In the ring's first lap one erase is enough after a start: only the sector next to the head may have been
        touched by something that was cut short; those behind it are as delivered, if they read as blank.
        Raises OSError, also when the driver says nothing and bytes are left: they would be programmed twice.
        """
        block = (self.head + 1) % self.count
        if self.is_full:
            self.oldest += 1
            self.firsts[block] = 0
        is_fresh = self._is_sure and self.head + 1 < self.count
        # some block devices return an error instead of raising it
        if not (is_fresh and self.is_blank(block)) and (self.blocks.ioctl(_ERASE, block) or not self.is_blank(block)):
            raise OSError(_EIO)
        self._is_sure = True
        self.next_is_blank = True

    def is_blank(self, block):
        """Return whether every byte of a sector reads as erased. Raises OSError."""
        buffer = bytearray(_PIECE_BYTES)
        for position in range(0, SECTOR_BYTES, _PIECE_BYTES):
            self.blocks.readblocks(block, buffer, position)
            if min(buffer) < 0xFF:
                return False
        return True

    @property
    def next_oldest(self):
        """The oldest sector in use once the one behind the head is taken."""
        return self.oldest + 1 if self.is_full else self.oldest

    def open_next(self, header):
        """Program `header` (a memoryview) twice into the erased sector behind the head, and continue there.

        Returns False, with the head where it was, if neither copy can be read back.
        """
        block = (self.head + 1) % self.count
        length = len(header)
        self.next_is_blank = False
        first_problem = self._program(block, header, 0)
        second_problem = self._program(block, header, length)
        if first_problem and second_problem:
            return False
        self.head += 1
        self.position = 2 * length
        self.firsts[block] = self.next_seq
        return True

    def append(self, line):
        """Program `line` (a memoryview) at the end of the head and compare; return b"" or what went wrong.

        After a failure the place is left behind, as far as a line can reach: no byte is programmed twice.
        """
        position = self.position
        length = len(line)
        problem = self._program(self.head % self.count, line, position)
        self.position = min(position + MAX_RECORD_BYTES, SECTOR_BYTES) if problem else position + length
        return problem

    def _program(self, block, line, position):
        length = len(line)
        try:
            self.blocks.writeblocks(block, line, position)
            check = self._check
            start = 0
            while start < length:
                start = min(start, length - _CHECK_BYTES)
                self.blocks.readblocks(block, check, position + start)
                for byte in check:
                    if byte != line[start]:
                        return NOT_VERIFIED
                    start += 1
        except OSError:
            return FLASH
        except MemoryError:  # a driver that opens files: what it has done is not known
            return NO_MEMORY
        return b""
