r"""The text of a record: one line of the journal, the same bytes in flash, on the link and in the archive.

    SEQ BOOT MS KIND[ KEY=VALUE]... *CRC32\n

SEQ counts the records of one epoch from 1, BOOT counts the device's starts from 1, MS is milliseconds since that
start. docs/journal.md describes every kind and its fields. A kind that is not known here is kept and passed on.

This is the reading half, for the laptop and the tests; `firmware.journal` writes.
"""

from binascii import crc32

from clapmark.base.foreign_text import one_line
from firmware.core.lines.fields import LineError, fields
from firmware.core.lines.line import TRAILER_BYTES
from firmware.core.lines.sector import MAX_RECORD_BYTES

BOOT = b"boot"
CLOCK = b"clock"
TALK = b"talk"
ROOM = b"room"
BOOKMARK = b"bookmark"
SPAN = b"span"
RETAG = b"retag"
UNDO = b"undo"
COUNTDOWN = b"countdown"
FAULT = b"fault"
GAP = b"gap"


class Record:
    """One record as read: `seq`, `boot`, `ms`, `kind` (bytes), `fields` (text to bytes), `line` (bytes, with LF)."""

    def __init__(self, seq: int, boot: int, ms: int, kind: bytes, values: dict[str, bytes], line: bytes) -> None:
        self.seq = seq
        self.boot = boot
        self.ms = ms
        self.kind = kind
        self.fields = values
        self.line = line

    @property
    def crc(self) -> bytes:
        """The eight hexadecimal digits of the record's CRC, as bytes."""
        return self.line[-9:-1]

    def text(self, key: str, default: str = "") -> str:
        """Return a field as harmless text; bytes that are not UTF-8 are Latin-1, which the device's screens use."""
        value = self.fields.get(key)
        if value is None:
            return default
        try:
            text = value.decode()
        except UnicodeError:
            text = value.decode("latin-1")
        return one_line(text, MAX_RECORD_BYTES)

    def number(self, key: str, default: int = 0) -> int:
        """Return a field as an integer, or `default` where it is missing or no integer."""
        try:
            return int(self.fields[key])
        except (KeyError, ValueError):
            return default


def parse(line: bytes | bytearray | memoryview) -> Record:
    """Return the Record in `line` (bytes, LF included). Raises LineError if it is damaged or no record."""
    line = bytes(line)
    if len(line) > MAX_RECORD_BYTES:
        raise LineError("longer than a record can be")
    body = line[:-TRAILER_BYTES]
    # not body_length: the laptop reads logs of a million records
    if not body or line[len(body) :] != b" *%08X\n" % crc32(body):
        raise LineError("the CRC does not fit")
    words = body.split(b" ")
    if len(words) < 4 or not words[3]:
        raise LineError("no record")
    try:
        seq = int(words[0])
        boot = int(words[1])
        ms = int(words[2])
    except ValueError:
        raise LineError("no record") from None
    if seq < 1 or boot < 0 or ms < 0:
        raise LineError("no record")
    return Record(seq, boot, ms, words[3], fields(words[4:]), line)
