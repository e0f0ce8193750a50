"""Notes in the journal what the laptop has for good: such sectors may be erased."""

from firmware.core.line import LineWriter
from firmware.core.sector import HEADER_BYTES, SECTOR_BYTES
from firmware.core.sector_reader import NOTHING, RECORD
from firmware.journal.reader import Cursor


def commit(journal, epoch, seq, crc):
    """Take note that the laptop has everything up to `seq` for good; return b"" or the reason why not.

    `crc` are the eight digits of that record. Reasons: b"epoch", b"missing" (no such record), b"crc", b"full",
    b"flash". Committing what is committed already changes nothing.
    """
    ring = journal.ring
    if epoch != journal.epoch or ring.head < 0:
        return b"epoch"
    if seq <= journal.committed_seq:
        return b""
    try:
        found = _crc_of(journal, seq)
    except OSError:
        return b"flash"
    if found != crc:
        return b"crc" if found else b"missing"
    before = journal.committed_seq
    journal.committed_seq = seq
    reason = b"flash"
    try:
        written = _write(journal, seq, crc)
        if written is None:
            reason = b"full"
    except OSError:
        written = False
    if written:
        return b""
    journal.committed_seq = before
    return reason


def _write(journal, seq, crc):
    """Program the note; return whether flash kept it, None where there is no room. Raises OSError."""
    ring = journal.ring
    line = LineWriter(HEADER_BYTES)
    line.raw(b"=commit ")
    line.number(seq)
    line.raw(b" ")
    line.raw(crc)
    length = line.seal()
    if ring.position + length <= SECTOR_BYTES:
        return not ring.append(line.view, length)
    return journal.open_next() if journal.may_take_next() else None  # the header carries the number


def _crc_of(journal, seq):
    cursor = Cursor(journal)
    cursor.seek(seq)
    while True:
        found = cursor.next()
        if found == NOTHING or (found == RECORD and cursor.seq > seq):
            return b""
        if found == RECORD and cursor.seq == seq:
            return bytes(cursor.line[cursor.length - 9 : cursor.length - 1])
