"""Receives a file from the laptop in parts: written next to the old one, checked, then renamed over it."""

import asyncio
import binascii
import io
import os

from micropython import const

from firmware.core.lines.frame_limits import PACKED_BYTES, PACKED_WINDOW_BITS
from firmware.link.request import RequestError

try:
    import deflate
except ImportError:  # left out of some own builds: then the laptop sends the file as it is
    deflate = None

_CHUNK_BYTES = const(256)  # unpacked without a turn for the others, at most


class Upload:
    """One file. Every step may come twice: a laptop that missed an answer asks again.

    `offset` is the number of bytes received, from which the laptop continues after an interruption; `held` the number
    of bytes of the compressed block that is on its way. `suspend` closes the file and returns a few numbers,
    from which a new Upload continues.
    """

    def __init__(self, path, kept=None, packed=None, chunk=None):
        """Receive the file `path`.

        Args:
            path: Of the file.
            kept: What `suspend` of an earlier Upload returned, or None.
            packed: A BytesIO for a compressed block, used from request to request. Default: its own.
            chunk: A memoryview for what is being unpacked, used during a request. Default: its own.

        """
        self.held = 0
        self._path = path
        self._new_path = path + ".new"
        self._file = None
        self._packed = packed or io.BytesIO(PACKED_BYTES)
        self._chunk = (chunk or memoryview(bytearray(_CHUNK_BYTES)))[:_CHUNK_BYTES]
        if kept is None:
            kept = (None, 0, 0, False)
        self._expected = kept[0]
        self.offset = kept[1]
        self._crc_so_far = kept[2]
        self._is_done = kept[3]

    @property
    def can_unpack(self):
        """Whether this MicroPython can unpack compressed blocks."""
        return deflate is not None

    def suspend(self):
        """Close the file, and return what a new Upload needs to continue."""
        try:
            self._close()
        except OSError:
            self._expected = None  # how much of it is in the file is unknown
        return self._expected, self.offset, self._crc_so_far, self._is_done

    def begin(self, size, crc):
        """Expect `size` bytes whose CRC-32 is `crc` (eight upper-case digits). Raises RequestError."""
        self.held = 0
        if (size, crc) == self._expected and not self._is_done and (self._file or self._reopen()):
            return
        self._forget()
        try:
            self._file = open(self._new_path, "wb")  # noqa: SIM115  it stays open from request to request
        except OSError:
            raise RequestError("file")
        self._expected = (size, crc)

    def add(self, offset, data):
        """Take the bytes from `offset` on; what was received already is skipped. Raises RequestError."""
        self._check(offset, len(data))
        self._write(data[self.offset - offset :])

    async def add_packed(self, offset, at, data, length):
        """Take a part of a compressed block, which contains the bytes of the file from `offset` on.

        `offset` is the block's place in the file, `at` the place of `data` (raw deflate, window 1 KB) in the block.
        `length` is the number of bytes that the block unpacks to, with its last part, else 0. Raises RequestError.
        """
        if not deflate:
            raise RequestError("unsupported")
        self._check(offset, length)
        if offset < self.offset:
            return  # the block was received before: the answer was lost
        if at > self.held or at + len(data) > PACKED_BYTES:
            raise RequestError("offset", b"%d" % self.offset)
        self._packed.seek(at)
        self._packed.write(data)
        self.held = at + len(data)
        if not length:
            return
        held = self.held
        self.held = 0
        before = self.offset, self._crc_so_far
        packed = self._packed
        packed.seek(0)
        stream = deflate.DeflateIO(packed, deflate.RAW, PACKED_WINDOW_BITS)
        chunk = self._chunk
        try:
            while length:
                count = stream.readinto(chunk[: min(length, len(chunk))])
                if not count:
                    break
                self._write(chunk[:count])
                length -= count
                await asyncio.sleep_ms(0)
        except (OSError, ValueError, EOFError):
            pass  # not the bytes that the laptop has compressed
        if length or packed.seek(0, 1) > held:  # behind the block are bytes of an earlier one
            self.offset, self._crc_so_far = before
            self._file.seek(self.offset)
            raise RequestError("packed")

    def end(self, size, crc):
        """Check the file and rename it over the old one; return True if it is new there. Raises RequestError."""
        if (size, crc) == self._expected and self._is_done:
            return False  # done before: the answer was lost
        if (size, crc) != self._expected or self.offset != size or not (self._file or self._reopen()):
            raise RequestError("offset", b"%d" % self.offset)
        try:
            self._close()
        except OSError:
            self._forget()
            raise RequestError("file")
        if b"%08X" % self._crc_so_far != crc:
            self._forget()
            raise RequestError("crc")
        try:
            os.rename(self._new_path, self._path)
        except OSError:
            self._forget()
            raise RequestError("file")
        self._is_done = True
        return True

    def _check(self, offset, length):
        if not self._file and self._expected and not self._is_done:
            self._reopen()
        if not self._file or offset > self.offset or offset + length > self._expected[0]:
            raise RequestError("offset", b"%d" % self.offset)

    def _write(self, data):
        try:
            self._file.write(data)
        except OSError:
            self._forget()
            raise RequestError("file")
        self._crc_so_far = binascii.crc32(data, self._crc_so_far)
        self.offset += len(data)

    def _reopen(self):
        """Open the file of an interrupted upload again; return whether it holds what was received."""
        try:
            file = open(self._new_path, "r+b")  # noqa: SIM115  it stays open from request to request
            if file.seek(0, 2) < self.offset:
                file.close()
                return False
            file.seek(self.offset)
        except OSError:
            return False
        self._file = file
        return True

    def _forget(self):
        self._expected = None
        self._is_done = False
        self.offset = 0
        self._crc_so_far = 0
        try:
            self._close()
        except OSError:
            pass  # a file system that is full or broken: its file is written from the start next time

    def _close(self):
        file = self._file
        self._file = None
        if file:
            file.close()
