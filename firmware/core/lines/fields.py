"""The reading half of `core.line`: splits the body of a line into fields, unescapes values, reads numbers."""

from binascii import unhexlify

from firmware.core.portable import const

_MOST_DIGITS = const(16)  # milliseconds since 1970 have 13
_SPACE = const(0x20)
_LAST_PRINTABLE = const(0x7E)


class LineError(ValueError):
    """A line that no writer of ours made; the message says which rule it breaks."""


def decimal(text, low, high):
    """Return the integer that `text` (bytes) is in decimal digits, from `low` to `high`.

    Only digits are allowed, at most 16 of them, and a `-` before them where `low` is negative: no `+`, blank or `_`.
    Raises LineError for anything else, and for a number out of range.
    """
    digits = text[1:] if low < 0 and text[:1] == b"-" else text
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise LineError("not a number")
    number = int(text)
    if not low <= number <= high:
        raise LineError("a number out of range")
    return number


def is_crc(text):
    """Return whether `text` (bytes) is a CRC-32 as a checked line has it: eight upper-case hexadecimal digits."""
    return len(text) == 8 and all(byte in b"0123456789ABCDEF" for byte in text)


def is_printable(line, end):
    """Return whether `line[:end]` holds only printable ASCII and spaces."""
    return all(_SPACE <= line[position] <= _LAST_PRINTABLE for position in range(end))


def unescape(value):
    """Return the bytes that `LineWriter.text_field` was given.

    Raises LineError on a `%` that is not followed by two hexadecimal digits.
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

    Raises LineError on a word without `=`, an empty key, a key that comes twice.
    """
    found = {}
    for word in words:
        key, equals, value = word.partition(b"=")
        try:
            name = key.decode()
        except UnicodeError:
            raise LineError("a field whose name is not ASCII") from None
        if not equals or not name:
            raise LineError("a field without name or value")
        if name in found:
            raise LineError("a field that comes twice: " + name)
        found[name] = unescape(value)
    return found
