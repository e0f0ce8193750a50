"""The reading half of `core.line`: values unescaped, fields taken apart. The device needs it only while it is asked."""

from binascii import unhexlify


class LineError(ValueError):
    """A line that is not what its writer wrote; the message says which rule it breaks."""


def unescape(value):
    """Return the bytes that `LineWriter.text_field` was given.

    Raises LineError on a `%` that no two hexadecimal digits follow.
    """
    if b"%" not in value:
        return value
    pieces = value.split(b"%")
    out = bytearray(pieces[0])
    for piece in pieces[1:]:
        try:
            byte = unhexlify(piece[:2])
        except ValueError:
            byte = b""
        if not byte:
            raise LineError("a % without two hexadecimal digits")
        out += byte
        out += piece[2:]
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
