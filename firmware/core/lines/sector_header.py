"""Reads the header of a sector, which lies there twice. Needed only while the journal is opened."""

from firmware.core.lines.line import body_length
from firmware.core.lines.sector import FORMAT, HEADER_BYTES
from firmware.core.portable import const

_HEADER = b"=sector "
_BLANK = const(0xFF)


class Header:
    """What a sector's header line says."""

    def __init__(self, words):
        self.format = int(words[1])
        if self.format != FORMAT:
            return  # a later format: no more is known of it
        self.device = words[2]
        self.epoch = words[3]
        self.serial = int(words[4])
        self.first_seq = int(words[5])
        self.committed_seq = int(words[6])
        self.boot = int(words[7])


def read_header(blocks, block, buffer):
    """Return the Header of sector `block`, or None if neither of its two copies is whole.

    `buffer` is a bytearray of HEADER_BYTES. The second copy is read only where the first is damaged; it begins
    where the first ends, which the damage may hide, so the places of its start are tried one by one.
    """
    blocks.readblocks(block, buffer, 0)
    header = parse_header(buffer, 0)
    if header or (buffer[0] == _BLANK and buffer[HEADER_BYTES - 1] == _BLANK):
        return header
    both = bytearray(2 * HEADER_BYTES)
    blocks.readblocks(block, both, 0)
    start = both.find(_HEADER, 1, HEADER_BYTES + len(_HEADER))
    return parse_header(both, start) if start > 0 else None


def parse_header(buffer, start):
    """Return the Header in the line that begins at `buffer[start]`, or None if there is no whole one."""
    end = buffer.find(b"\n", start) + 1
    line = memoryview(buffer)[start:end]
    body = body_length(line, end - start)  # -1 also where there is no LF
    if body < 0:
        return None
    words = bytes(line[:body]).split(b" ")
    return Header(words) if words[0] == _HEADER[:-1] else None
