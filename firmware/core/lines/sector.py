"""A sector of the journal, as far as it is written: its size, its header, the line that notes a commit.

A sector holds checked lines (`core.line`), one behind the other, and 0xFF where nothing was programmed. Lines that
begin with `=` keep house and never leave the device; lines that begin with a digit are records (`core.record`).
docs/journal.md is the description, `core.sector_reader` the reading half.
"""

from firmware.core.portable import const

MAX_SEQ = const(1 << 30)  # no record has a number above it: a 32-bit MicroPython would allocate for each
SECTOR_BYTES = const(4096)
FORMAT = const(1)
HEADER_BYTES = const(80)  # at most
NUMBERS_OF_TWO_SECTORS = const(454)  # at most: every record takes at least 18 bytes
MAX_RECORD_BYTES = const(120)  # one program operation, well under half a flash page


def write_header(writer, device, epoch, serial, first_seq, committed_seq, boot):
    """Write the header line into `writer`, a LineWriter of HEADER_BYTES; return its length."""
    writer.clear()
    writer.raw(b"=sector ")
    writer.number(FORMAT)
    for word in (device, epoch):
        writer.raw(b" ")
        writer.raw(word)
    for number in (serial, first_seq, committed_seq, boot):
        writer.raw(b" ")
        writer.number(number)
    return writer.seal()
