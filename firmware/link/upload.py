"""Takes a file from the laptop in parts: written beside the old one, checked, then put in its place."""

import binascii
import os

from firmware.link.request import RequestError


class Upload:
    """One file at a time. Every step may come twice: a laptop that missed an answer asks again.

    `offset` is how many bytes are there; the laptop goes on from it after a break.
    """

    def __init__(self, path):
        self.offset = 0
        self._path = path
        self._new_path = path + ".new"
        self._file = None
        self._expected = None  # size and CRC
        self._crc_so_far = 0

    @property
    def is_open(self):
        """Whether bytes are still missing."""
        return self._file is not None

    def begin(self, size, crc):
        """Expect `size` bytes whose CRC-32 is `crc` (eight upper-case digits). Raises RequestError."""
        if self._file and (size, crc) == self._expected:
            return
        self._close()
        self._expected = (size, crc)
        self.offset = 0
        self._crc_so_far = 0
        try:
            self._file = open(self._new_path, "wb")  # noqa: SIM115  it stays open from request to request
        except OSError:
            raise RequestError(b"file")

    def add(self, offset, data):
        """Take the bytes from `offset` on; what is there already is not written again. Raises RequestError."""
        if not self._file or offset > self.offset or offset + len(data) > self._expected[0]:
            raise RequestError(b"offset", b"%d" % self.offset)
        data = data[self.offset - offset :]
        if not data:
            return
        try:
            self._file.write(data)
        except OSError:
            self._close()
            raise RequestError(b"file")
        self._crc_so_far = binascii.crc32(data, self._crc_so_far)
        self.offset += len(data)

    def end(self, size, crc):
        """Check the file and put it in place; return True if it is new there. Raises RequestError."""
        if (size, crc) == self._expected and not self._file:
            return False  # done before: the answer was lost
        if (size, crc) != self._expected or self.offset != size:
            raise RequestError(b"offset", b"%d" % self.offset)
        self._close()
        if b"%08X" % self._crc_so_far != crc:
            self._expected = None
            raise RequestError(b"crc")
        try:
            os.rename(self._new_path, self._path)
        except OSError:
            self._expected = None
            raise RequestError(b"file")
        return True

    def _close(self):
        if self._file:
            self._file.close()
            self._file = None
