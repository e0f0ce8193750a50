"""Checked lines, as docs/journal.md defines them. Written from that page; imports nothing of Clapmark."""

import re

_TRAILER = re.compile(rb" \*([0-9A-F]{8})\n\Z")
_BODY = re.compile(rb"[\x20-\x7e]+\Z")


def crc32(data: bytes) -> int:
    """Return the CRC-32 of the page: polynomial 0xEDB88320 (reflected), start 0xFFFFFFFF, result inverted."""
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _table_entry(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value


_TABLE = [_table_entry(number) for number in range(256)]
assert crc32(b"123456789") == 0xCBF43926


def body_of(line: bytes) -> bytes | None:
    """Return the body of a checked line (LF included), or None if it is none."""
    trailer = _TRAILER.search(line)
    if not trailer:
        return None
    body = line[: trailer.start()]
    return body if _BODY.match(body) and crc32(body) == int(trailer.group(1), 16) else None


def checked(body: bytes) -> bytes:
    """Return the checked line of a body."""
    return body + b" *%08X\n" % crc32(body)


def fields_of(words: list[bytes]) -> dict[str, bytes]:
    """Return the fields `key=value` among the words of a body, with `%XX` undone."""
    found = {}
    for word in words:
        key, equals, value = word.partition(b"=")
        if equals:
            found[key.decode("ascii")] = re.sub(rb"%([0-9A-F]{2})", lambda code: bytes([int(code.group(1), 16)]), value)
    return found
