r"""A checked line: printable ASCII, a CRC-32, LF. Journal records, sector headers and link frames are all such lines.

    body *1A2B3C4D\n

The CRC is that of zlib and PNG (polynomial 0xEDB88320, reflected), over every byte before the ` *`, as eight upper-case
hexadecimal digits. Values inside a body are separated by spaces, so bytes that are not printable, spaces and `%`
are written as `%XX`. This is the writing half; `core.fields` reads what stands in a body.
"""

import binascii
import struct

from .portable import const

TRAILER_BYTES = const(11)  # " *", eight digits, LF

_SPACE = const(0x20)
_STAR = const(0x2A)
_PERCENT = const(0x25)
_EQUALS = const(0x3D)
_MINUS = const(0x2D)
_DIGIT_0 = const(0x30)
_LF = const(0x0A)
_FIRST_PRINTABLE = const(0x21)
_LAST_PRINTABLE = const(0x7E)

_HEX = b"0123456789ABCDEF"

# A CRC above 2^30 is a long int on a 32-bit MicroPython, and each shift of it would be another one: take it apart here.
_crc_bytes = bytearray(4)


def seal(buffer, end, view=None):
    """Close the body in `buffer[:end]` with its CRC and an LF; return the length of the whole line.

    `view` may be a memoryview of `buffer` that the caller keeps, to save making one. `buffer` needs 11 bytes of room
    behind `end`. Raises IndexError, with the buffer unchanged, where it has not.
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

    `line[:length]` is the line once `seal` has returned. What does not fit raises IndexError and leaves the line
    as it was before the call, so the caller can shorten and go on.
    """

    def __init__(self, capacity_bytes):
        self.line = bytearray(capacity_bytes)
        self.view = memoryview(self.line)
        self.length = 0

    def clear(self):
        """Start an empty body."""
        self.length = 0

    def raw(self, data):
        """Append bytes that are known to be printable ASCII."""
        self._take(self._put(self.length, data))

    def number(self, value):
        """Append a decimal integer."""
        self._take(self._put_number(self.length, value))

    def text_field(self, key, value):
        """Append ` key=value`, the value (bytes) escaped."""
        position = self._put_key(key)
        line = self.line
        for byte in value:
            if byte < _FIRST_PRINTABLE or byte > _LAST_PRINTABLE or byte == _PERCENT:
                line[position] = _PERCENT
                line[position + 1] = _HEX[byte >> 4]
                line[position + 2] = _HEX[byte & 15]
                position += 3
            else:
                line[position] = byte
                position += 1
        self._take(position)

    def number_field(self, key, value):
        """Append ` key=value` with a decimal integer."""
        self._take(self._put_number(self._put_key(key), value))

    def seal(self):
        """Close the line with its CRC and LF; return its length in bytes."""
        self.length = seal(self.line, self.length, self.view)
        return self.length

    # These write behind the line's end and return where they stopped: it is the line's only when `_take` says so.

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
