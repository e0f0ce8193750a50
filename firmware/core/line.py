r"""A checked line: printable ASCII, a CRC-32, LF. Journal records, sector headers and link frames are all such lines.

    body *1A2B3C4D\n

The CRC is that of zlib and PNG (polynomial 0xEDB88320, reflected), over every byte before the ` *`, as eight upper-case
hexadecimal digits. Values inside a body are separated by spaces, so bytes that are not printable, spaces and `%`
are written as `%XX`.
"""

import binascii
import struct

from .portable import const

TRAILER_BYTES = 11  # " *", eight digits, LF

_SPACE = const(0x20)
_STAR = const(0x2A)
_PERCENT = const(0x25)
_LF = const(0x0A)
_FIRST_PRINTABLE = const(0x21)
_LAST_PRINTABLE = const(0x7E)

_HEX = b"0123456789ABCDEF"

# A CRC above 2^30 is a long int on a 32-bit MicroPython, and each shift of it would be another one: take it apart here.
_crc_bytes = bytearray(4)


class LineError(ValueError):
    """A line that is not what its writer wrote; the message says which rule it breaks."""


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


def escape(value):
    """Return text or bytes as bytes that may stand in a body: printable ASCII without space and `%`, the rest %XX."""
    if isinstance(value, str):
        value = value.encode()
    out = bytearray()
    for byte in value:
        if _FIRST_PRINTABLE <= byte <= _LAST_PRINTABLE and byte != _PERCENT:
            out.append(byte)
        else:
            out.append(_PERCENT)
            out.append(_HEX[byte >> 4])
            out.append(_HEX[byte & 15])
    return bytes(out)


def unescape(value):
    """Return the bytes that `escape` was given. Raises LineError on a `%` that no two hexadecimal digits follow."""
    if _PERCENT not in value:
        return bytes(value)
    out = bytearray()
    position = 0
    while position < len(value):
        byte = value[position]
        position += 1
        if byte == _PERCENT:
            try:
                byte = _HEX.index(value[position : position + 1]) << 4 | _HEX.index(value[position + 1 : position + 2])
            except ValueError:
                raise LineError("a % without two hexadecimal digits") from None
            if position + 2 > len(value):
                raise LineError("a % without two hexadecimal digits")
            position += 2
        out.append(byte)
    return bytes(out)


def fields(words):
    """Return the dictionary of the `key=value` words, values unescaped to bytes, keys as text.

    Raises LineError on a word without `=`, an empty key or a key that comes twice.
    """
    found = {}
    for word in words:
        key, equals, value = word.partition(b"=")
        name = key.decode()
        if not equals or not name:
            raise LineError("a field without name or value")
        if name in found:
            raise LineError("a field that comes twice: " + name)
        found[name] = unescape(value)
    return found


class LineWriter:
    """Writes one checked line into a buffer that it keeps; writing allocates nothing but what CRC-32 needs.

    `line[:length]` is the line once `seal` has returned. What does not fit raises IndexError and leaves the line
    as it was before the call, so the caller can shorten and go on.
    """

    def __init__(self, capacity_bytes):
        self.line = bytearray(capacity_bytes)
        self.view = memoryview(self.line)
        self.length = 0
        self._digits = bytearray(20)

    def clear(self):
        """Start an empty body."""
        self.length = 0

    def raw(self, data):
        """Append bytes that are known to be printable ASCII."""
        end = self.length + len(data)
        self._need(end)
        line = self.line
        position = self.length
        for byte in data:
            line[position] = byte
            position += 1
        self.length = end

    def number(self, value):
        """Append a decimal integer."""
        digits = self._digits
        count = 0
        negative = value < 0
        if negative:
            value = -value
        while True:
            digits[count] = 0x30 + value % 10
            count += 1
            value //= 10
            if not value:
                break
        position = self.length
        self._need(position + count + negative)
        line = self.line
        if negative:
            line[position] = 0x2D
            position += 1
        while count:
            count -= 1
            line[position] = digits[count]
            position += 1
        self.length = position

    def text_field(self, key, value):
        """Append ` key=value`, the value (bytes) escaped."""
        start = self.length
        try:
            self.raw(b" ")
            self.raw(key)
            self.raw(b"=")
            line = self.line
            position = self.length
            for byte in value:
                if _FIRST_PRINTABLE <= byte <= _LAST_PRINTABLE and byte != _PERCENT:
                    self._need(position + 1)
                    line[position] = byte
                    position += 1
                else:
                    self._need(position + 3)
                    line[position] = _PERCENT
                    line[position + 1] = _HEX[byte >> 4]
                    line[position + 2] = _HEX[byte & 15]
                    position += 3
            self.length = position
        except IndexError:
            self.length = start
            raise

    def number_field(self, key, value):
        """Append ` key=value` with a decimal integer."""
        start = self.length
        try:
            self.raw(b" ")
            self.raw(key)
            self.raw(b"=")
            self.number(value)
        except IndexError:
            self.length = start
            raise

    def seal(self):
        """Close the line with its CRC and LF; return its length in bytes."""
        self.length = seal(self.line, self.length, self.view)
        return self.length

    def _need(self, end):
        if end + TRAILER_BYTES > len(self.line):
            raise IndexError("the line is full")
