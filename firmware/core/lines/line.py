r"""A checked line: printable ASCII, a CRC-32, LF. Journal records, sector headers and link frames are all such lines.

    body *1A2B3C4D\n

The CRC is that of zlib and PNG (polynomial 0xEDB88320, reflected), over every byte before the ` *`, as eight upper-case
hexadecimal digits. Values inside a body are separated by spaces, so bytes that are not printable, spaces and `%`
are written as `%XX`. A text that is too long for its line is cut at a character and ends with `...`.
This is the writing half; `core.fields` is the reading half.
"""

import binascii
import struct

from firmware.core.portable import const

TRAILER_BYTES = const(11)  # " *", eight digits, LF
CUT_MARK = b"..."  # at the end of a text that was cut

_SPACE = const(0x20)
_STAR = const(0x2A)
_PERCENT = const(0x25)
_EQUALS = const(0x3D)
_MINUS = const(0x2D)
_DIGIT_0 = const(0x30)
_LF = const(0x0A)
_FIRST_PRINTABLE = const(0x21)
_LAST_PRINTABLE = const(0x7E)

_CUT_MARK_BYTES = const(3)

_HEX = b"0123456789ABCDEF"

# A CRC above 2^30 is a long int on a 32-bit MicroPython, and each shift of it would be another one: take it apart here.
_crc_bytes = bytearray(4)


def seal(buffer, end, view=None):
    """Close the body in `buffer[:end]` with its CRC and an LF; return the length of the whole line.

    `view` may be a memoryview of `buffer` that the caller keeps, to save making one. `buffer` needs room for 11 bytes
    after `end`. Raises IndexError, with the buffer unchanged, if there is less.
    """
    if end + TRAILER_BYTES > len(buffer):
        raise IndexError("no room for the CRC")
    body = (view or memoryview(buffer))[:end]
    struct.pack_into(">I", _crc_bytes, 0, binascii.crc32(body))
    buffer[end] = _SPACE
    buffer[end + 1] = _STAR
    position = end + 2
    for byte in _crc_bytes:
        buffer[position] = _HEX[byte >> 4]
        buffer[position + 1] = _HEX[byte & 15]
        position += 2
    buffer[position] = _LF
    return end + TRAILER_BYTES


def body_length(line, end):
    """Return the length of the body of the checked line `line[:end]` (LF included), or -1 if it is damaged."""
    body = end - TRAILER_BYTES
    if body < 1 or line[end - 1] != _LF or line[body] != _SPACE or line[body + 1] != _STAR:
        return -1
    struct.pack_into(">I", _crc_bytes, 0, binascii.crc32(memoryview(line)[:body]))
    position = body + 2
    for byte in _crc_bytes:
        if line[position] != _HEX[byte >> 4] or line[position + 1] != _HEX[byte & 15]:
            return -1
        position += 2
    return body


class LineWriter:
    """Writes one checked line into a buffer that it keeps; writing allocates nothing but what CRC-32 needs.

    After `seal`, the line is `line[:length]`. `text_field` cuts a text that does not fit. Everything else that does
    not fit raises IndexError and leaves the line as it was before the call.
    """

    def __init__(self, capacity_bytes):
        self.line = bytearray(capacity_bytes)
        self.view = memoryview(self.line)
        self.length = 0

    @property
    def room(self):
        """The number of bytes that the body can still take."""
        return len(self.line) - TRAILER_BYTES - self.length

    def clear(self):
        """Start an empty body."""
        self.length = 0

    def raw(self, data):
        """Append bytes that are known to be printable ASCII."""
        self._take(self._put(self.length, data))

    def number(self, value):
        """Append a decimal integer."""
        self._take(self._put_number(self.length, value))

    def text_field(self, key, value, most=0):
        """Append ` key=value`, the value escaped; cut a value that is too long, and mark it with `...`.

        `value` is any bytes; UTF-8 is cut between two characters. `most` is how many escaped bytes it may take with
        its mark, 3 or more; 0: as many as the line has room for. Return whether the value is whole. Raises IndexError,
        with the line unchanged, if there is no room for the key and the mark.
        """
        position = self._put_key(key)
        line = self.line
        limit = len(line) - TRAILER_BYTES
        if most and position + most < limit:
            limit = position + most
        room = limit - _CUT_MARK_BYTES
        cut = position
        for byte in value:
            if byte & 0xC0 != 0x80 and position <= room:  # not inside a character of UTF-8
                cut = position
            if byte < _FIRST_PRINTABLE or byte > _LAST_PRINTABLE or byte == _PERCENT:
                if position + 3 > limit:
                    position = -1
                    break
                line[position] = _PERCENT
                line[position + 1] = _HEX[byte >> 4]
                line[position + 2] = _HEX[byte & 15]
                position += 3
            else:
                if position >= limit:
                    position = -1
                    break
                line[position] = byte
                position += 1
        if position >= 0:
            self._take(position)
            return True
        self._take(self._put(cut, CUT_MARK))
        return False

    def data_field(self, key, value):
        """Append ` key=value`, the value escaped and never cut. Raises IndexError if it does not fit."""
        before = self.length
        if not self.text_field(key, value):
            self.length = before
            raise IndexError("the line is full")

    def number_field(self, key, value):
        """Append ` key=value` with a decimal integer."""
        self._take(self._put_number(self._put_key(key), value))

    def seal(self):
        """Close the line with its CRC and LF; return its length in bytes."""
        self.length = seal(self.line, self.length, self.view)
        return self.length

    # These write after the line's end and return where they stopped; it becomes part of the line in `_take`.

    def _put(self, position, data):
        line = self.line
        for byte in data:
            line[position] = byte
            position += 1
        return position

    def _put_key(self, key):
        line = self.line
        line[self.length] = _SPACE
        position = self._put(self.length + 1, key)
        line[position] = _EQUALS
        return position + 1

    def _put_number(self, position, value):
        line = self.line
        if value < 0:
            line[position] = _MINUS
            position += 1
            value = -value
        end = position + 1
        rest = value
        while rest >= 10:
            rest //= 10
            end += 1
        position = end
        while True:
            position -= 1
            line[position] = _DIGIT_0 + value % 10
            value //= 10
            if not value:
                return end

    def _take(self, position):
        if position + TRAILER_BYTES > len(self.line):
            raise IndexError("the line is full")
        self.length = position
