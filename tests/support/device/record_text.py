"""Reads records as docs/journal.md describes them, on MicroPython as well: without the package `clapmark`."""

from binascii import crc32

from firmware.core.lines.fields import fields

BOOT = b"boot"
CLOCK = b"clock"
TALK = b"talk"
BOOKMARK = b"bookmark"
SPAN = b"span"
RETAG = b"retag"
UNDO = b"undo"
COUNTDOWN = b"countdown"
FAULT = b"fault"
GAP = b"gap"


class Record:
    def __init__(self, line):
        body = bytes(line[:-11])
        assert bytes(line) == b"%s *%08X\n" % (body, crc32(body)), line
        words = body.split(b" ")
        self.seq = int(words[0])
        self.boot = int(words[1])
        self.ms = int(words[2])
        self.kind = words[3]
        self.fields = fields(words[4:])

    def number(self, key):
        return int(self.fields[key])


def parse(line):
    """Return the Record in `line`, LF included. Raises AssertionError if it is damaged."""
    return Record(line)
