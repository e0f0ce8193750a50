"""Takes a file from the laptop in parts: written beside the old one, checked, then put in its place."""

import binascii
import os

from firmware.core.frame import RequestError


class Upload:
    """One file at a time. Every step may come twice: a laptop that missed an answer asks again.

    `offset` is how many bytes are there; the laptop goes on from it after a break.
    """

    def __init__(self, path):
        self.offset = 0
        self._path = path
        self._new_path = path + ".new"
        self._file = None
        self._size = -1
        self._crc = b""
        self._crc_so_far = 0

    def begin(self, size, crc):
        """Expect `size` bytes whose CRC-32 is `crc` (eight upper-case digits). Raises RequestError."""
        if self._file and (size, crc) == (self._size, self._crc):
            return
        self._close()
        self._size = size
        self._crc = crc
        self.offset = 0
        self._crc_so_far = 0
        try:
            self._file = open(self._new_path, "wb")  # noqa: SIM115  it stays open from request to request
        except OSError:
            raise RequestError(b"file", "the device cannot write the file; is its file system full?")

    def add(self, offset, data):
        """Take the bytes from `offset` on; what is there already is not written again. Raises RequestError."""
        if not self._file:
            raise RequestError(b"offset", "begin first")
        if offset > self.offset or offset + len(data) > self._size:
            raise RequestError(b"offset", "the next byte is number %d" % self.offset)
        data = data[self.offset - offset :]
        if not data:
            return
        try:
            self._file.write(data)
        except OSError:
            self._close()
            raise RequestError(b"file", "the device cannot write the file; is its file system full?")
        self._crc_so_far = binascii.crc32(data, self._crc_so_far)
        self.offset += len(data)

    def end(self, size, crc):
        """Check the file and put it in place; return True if it is new there. Raises RequestError."""
        if (size, crc) != (self._size, self._crc):
            raise RequestError(b"offset", "begin first")
        if not self._file:
            return False  # done before: the answer was lost
        if self.offset != size:
            raise RequestError(b"offset", "the next byte is number %d" % self.offset)
        self._close()
        if b"%08X" % self._crc_so_far != crc:
            self._size = -1
            raise RequestError(b"crc", "what arrived is not what was sent; send it again")
        try:
            os.rename(self._new_path, self._path)
        except OSError:
            self._size = -1
            raise RequestError(b"file", "the device cannot put the file in place")
        return True

    def _close(self):
        if self._file:
            self._file.close()
            self._file = None
