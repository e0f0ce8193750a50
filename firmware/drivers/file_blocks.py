"""A block device made of small files, for boards whose flash has no journal partition. Slower, and as safe.

One file per sector of 4096 bytes holds what was programmed so far; bytes beyond its end read as blank, and no file
is a blank sector. LittleFS writes a file's new content completely or not at all.
"""

import os

from micropython import const

_SECTOR_BYTES = const(4096)
_COUNT = const(4)  # ioctl requests of MicroPython's block protocol
_SIZE = const(5)
_ERASE = const(6)
_ENOENT = const(2)


class FileBlocks:
    """An extended block device of `count` sectors in `folder`, which is made if it is missing."""

    place = b"files"

    def __init__(self, folder="journal", count=32):
        self._count = count
        self._paths = ["%s/%03d" % (folder, block) for block in range(count)]
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there already; in a full file system the first write fails, and the device says so

    def readblocks(self, block, buffer, offset):
        """Read `len(buffer)` bytes from `offset` of sector `block`."""
        length = 0
        try:
            with open(self._paths[block], "rb") as file:
                file.seek(offset)
                length = file.readinto(buffer)
        except OSError as error:
            if error.errno != _ENOENT:
                raise
        for position in range(length, len(buffer)):
            buffer[position] = 0xFF

    def writeblocks(self, block, buffer, offset):
        """Program `buffer` at `offset` of sector `block`; what lies before it stays as it is."""
        with open(self._paths[block], "ab") as file:
            missing = offset - file.seek(0, 2)
            if missing < 0:
                raise OSError(1)  # EPERM: not twice without an erase
            if missing:
                file.write(b"\xff" * missing)
            file.write(buffer)

    def ioctl(self, request, argument):
        """Answer 4 (number of sectors), 5 (their size) and 6 (erase the sector `argument`)."""
        if request == _COUNT:
            return self._count
        if request == _SIZE:
            return _SECTOR_BYTES
        if request == _ERASE:
            try:
                os.remove(self._paths[argument])
            except OSError as error:
                if error.errno != _ENOENT:
                    raise
            return 0
        return None
