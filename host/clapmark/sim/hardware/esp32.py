"""The ESP32's `esp32.Partition` on a NOR flash that lies in the file `flash.bin` of the state folder.

A program operation clears bits, an erase sets the 4096 bytes of a sector. The model refuses to set a bit without an
erase, and (Clapmark's own rule) to program a byte a second time; both are reported to the world. A power cut inside an
operation leaves the part of it that was done.
"""

import errno

import sim_world
from micropython import const

_TEXT = const(0x56)  # a message, sim_world.py
_SECTOR_BYTES = const(4096)
_PROGRAM_US = const(400)  # set-up and status of one program operation, and then
_PROGRAM_US_PER_BYTE = const(5)  # ... W25Q32 data sheet: 0.7 ms for a page of 256 bytes, and the driver's work
_ERASE_US = const(50_000)  # W25Q32 data sheet: 45 ms typical for a sector
_READ_BYTES_PER_US = const(10)
_CUSTOM_TYPE = const(0x40)
_OFFSET = const(0x1F0000)  # behind an app partition of 2 MB less its head, in the device's flash

_file = open(sim_world.state_folder + "/flash.bin", "r+b")  # noqa: SIM115  open as long as the chip has power
_size = _file.seek(0, 2)
_old = bytearray(256)
_blank = b"\xff" * 256


def _violation(rule, position):
    text = "%s at byte %d of flash.bin" % (rule, position)
    sim_world.send(_TEXT, 0, text.encode())
    raise OSError(errno.EIO, text)


class Partition:
    """The one data partition, `journal`."""

    BOOT = 0
    RUNNING = 1
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, name, block_size=_SECTOR_BYTES):
        if name != "journal":
            raise OSError(errno.ENOENT)
        self._block_bytes = block_size

    @staticmethod
    def find(type=TYPE_APP, subtype=0xFF, label=None, block_size=_SECTOR_BYTES):  # noqa: A002  MicroPython's name
        """Return the partitions that fit, as a list."""
        fits = type == _CUSTOM_TYPE and subtype in (0xFF, 0) and label in (None, "journal") and _size
        return [Partition("journal", block_size)] if fits else []

    def info(self):
        """Return (type, subtype, offset, size in bytes, label, encrypted)."""
        return (_CUSTOM_TYPE, 0, _OFFSET, _size, "journal", False)

    def readblocks(self, block, buffer, offset=0):
        """Fill `buffer` from `offset` in block `block`."""
        count = len(buffer)
        self._seek(block, offset, count)
        _file.readinto(buffer)
        sim_world.busy(count // _READ_BYTES_PER_US)

    def writeblocks(self, block, buffer, offset=None):
        """Program `buffer` at `offset` in block `block`; without an offset, erase the blocks first."""
        count = len(buffer)
        if offset is None:
            for number in range(block, block + (count + self._block_bytes - 1) // self._block_bytes):
                self._erase(number)
            offset = 0
        start = self._seek(block, offset, count)
        place = 0
        old = _old
        while place < count:
            piece = min(count - place, 256)
            _file.seek(start + place)
            _file.readinto(old, piece)
            for index in range(piece):
                before = old[index]
                after = buffer[place + index]
                if before != 0xFF and after != 0xFF:
                    rule = "a bit set without an erase" if before & after != after else "a byte programmed twice"
                    _violation(rule, start + place + index)
                elif before & after != after:
                    _violation("a bit set without an erase", start + place + index)
            place += piece
        needed_us = _PROGRAM_US + count * _PROGRAM_US_PER_BYTE
        done_us = sim_world.spare_us(needed_us)
        done = count if done_us == needed_us else max(0, done_us - _PROGRAM_US) // _PROGRAM_US_PER_BYTE
        _file.seek(start)
        _file.write(buffer, done)
        sim_world.busy(done_us)
        if done_us < needed_us:  # the next microsecond may be the one in which the power goes
            sim_world.busy(needed_us - done_us)
            _file.seek(start + done)
            _file.write(buffer, done, count - done)

    def ioctl(self, operation, argument):
        """Answer MicroPython's block device requests: 4 count, 5 size, 6 erase."""
        if operation == 4:
            return _size // self._block_bytes
        if operation == 5:
            return self._block_bytes
        if operation == 6:
            self._erase(argument)
            return 0
        return 0 if operation in (1, 2, 3) else None

    def _erase(self, block):
        start = self._seek(block, 0, self._block_bytes)
        done_us = sim_world.spare_us(_ERASE_US)
        done = self._block_bytes * done_us // _ERASE_US // 256 * 256
        self._fill(start, done)
        sim_world.busy(done_us)
        if done_us < _ERASE_US:
            sim_world.busy(_ERASE_US - done_us)
        self._fill(start + done, self._block_bytes - done)

    def _fill(self, start, count):
        _file.seek(start)
        for _ in range(count // 256):
            _file.write(_blank)

    def _seek(self, block, offset, count):
        start = block * self._block_bytes + offset
        if block < 0 or offset < 0 or start + count > _size:
            raise OSError(errno.EINVAL)
        _file.seek(start)
        return start
