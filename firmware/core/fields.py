"""The reading half of `core.line`: values unescaped, fields taken apart. The device needs it only while it is asked."""

from .portable import const

_PERCENT = const(0x25)
_HEX = b"0123456789ABCDEF"


class LineError(ValueError):
    """A line that is not what its writer wrote; the message says which rule it breaks."""


def escape(value):
    """Return text or bytes as bytes that may stand in a body: printable ASCII without space and `%`, the rest %XX."""
    if isinstance(value, str):
        value = value.encode()
    out = bytearray()
    for byte in value:
        if 0x21 <= byte <= 0x7E and byte != _PERCENT:
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
