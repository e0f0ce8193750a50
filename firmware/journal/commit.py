"""Records in the journal what the laptop has stored durably: sectors that hold nothing else may be erased."""

from firmware.core.lines.fields import is_crc
from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector import HEADER_BYTES, SECTOR_BYTES
from firmware.core.lines.sector_reader import NOTHING, RECORD
from firmware.journal.reader import Cursor


def commit(journal, epoch, seq, crc):
    """Record that the laptop has everything up to `seq`; return b"" or the reason why not.

    The record `seq` must exist and have this CRC: a laptop that has another one, or none, must not make the device
    forget its own. Committing again what is committed already changes nothing.

    `epoch` is the journal's name, `crc` the eight upper-case digits of that record. Reasons: b"epoch" (another
    journal), b"missing" (no such record), b"crc", b"full", b"flash".
    """
    ring = journal.ring
    if epoch != journal.epoch or ring.head < 0:
        return b"epoch"
    if not is_crc(crc):
        return b"crc"
    if not 0 < seq <= journal.last_seq:
        return b"missing"
    if seq <= journal.committed_seq:
        return b""
    try:
        found = _crc_of(journal, seq)
    except OSError:
        return b"flash"
    if found is None:
        return b"missing"
    if found != crc:
        return b"crc"
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
    """Program the note; return whether flash kept it, None if there is no room. Raises OSError."""
    ring = journal.ring
    line = LineWriter(HEADER_BYTES)
    line.raw(b"=commit ")
    line.number(seq)
    line.raw(b" ")
    line.raw(crc)
    length = line.seal()
    if ring.position + length <= SECTOR_BYTES:
        return not ring.append(line.view[:length])
    return journal.open_next() if journal.may_take_next() else None  # the header carries the number


def _crc_of(journal, seq):
    """Return the CRC of the record `seq`, or None if there is no such record. Raises OSError."""
    cursor = Cursor(journal)
    cursor.seek(seq)
    while True:
        found = cursor.next()
        if found == NOTHING or (found == RECORD and cursor.seq > seq):
            return None
        if found == RECORD and cursor.seq == seq:
            return bytes(cursor.line[cursor.length - 9 : cursor.length - 1])
