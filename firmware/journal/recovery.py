"""Finds out from flash where the journal goes on; nothing is repaired in place. Reads the headers and the head."""

import binascii
import os
from array import array

from firmware.core.lines.fields import is_crc
from firmware.core.lines.sector import (
    FORMAT,
    HEADER_BYTES,
    MAX_RECORD_BYTES,
    MAX_SEQ,
    NUMBERS_OF_TWO_SECTORS,
    SECTOR_BYTES,
)
from firmware.core.lines.sector_header import read_header
from firmware.core.lines.sector_reader import HOUSEKEEPING, NOTHING, RECORD, SectorReader, leading_seq
from firmware.core.portable import const
from firmware.journal.sector_ring import FLASH

_OTHER_FORMAT = b"journal of another version"
_TOO_SMALL = b"journal partition too small"
_UNREADABLE = b"journal unreadable"

_SHORTEST_RECORD_BYTES = const(18)
_BLANK = b"\xff" * HEADER_BYTES


def mount(journal):
    """Set up `journal` (`firmware.journal.Journal`) and its ring; return b"" or why nothing can be saved.

    A blank device gets a new epoch. Raises OSError where the flash fails.
    """
    if not journal.ring.measure():
        return _TOO_SMALL
    if not _read_headers(journal):
        return _OTHER_FORMAT
    ring = journal.ring
    if ring.head < 0:
        return _create(journal)
    journal.last_seq = ring.next_seq - 1
    _scan_head(journal)
    while _is_nameless_head(journal):
        ring.head += 1
        ring.firsts[ring.head % ring.count] = 0
        ring.next_seq = journal.last_seq + 1
        _scan_head(journal)
        ring.position = SECTOR_BYTES  # nothing more goes into a sector whose header is lost
    journal.boot += 1
    if ring.next_seq > journal.last_seq + 1:
        journal.note_gap(journal.last_seq + 1, ring.next_seq - 1)
        journal.boot += 1  # the torn record may have been the only one of its boot
    _find_oldest(journal)
    return b""


def _read_headers(journal):
    ring = journal.ring
    count = ring.count
    buffer = bytearray(HEADER_BYTES)
    serials = array("i", [-1] * count)
    for block in range(count):
        header = read_header(ring.blocks, block, buffer)
        if not header:
            continue
        if header.format != FORMAT:
            return False
        if header.device != journal.device_id or header.serial % count != block:
            continue
        if header.epoch != journal.epoch and header.serial > ring.head:
            journal.epoch = header.epoch
            ring.head = -1
            for other in range(count):
                serials[other] = -1
        if header.epoch == journal.epoch:
            serials[block] = header.serial
            ring.firsts[block] = header.first_seq
            if header.serial > ring.head:
                ring.head = header.serial
                ring.next_seq = header.first_seq
                # a record that did not exist yet cannot be committed: such a number would erase unsynced records
                journal.committed_seq = header.committed_seq if header.committed_seq < header.first_seq else 0
                journal.boot = header.boot
    for block in range(count):
        if serials[block] < 0 or serials[block] != ring.head - (ring.head - block) % count:
            ring.firsts[block] = 0
    return True


def _create(journal):
    # Every header is lost, or there never was one. Lines found there belong to an epoch that is not known any
    # more: they are kept and sent as damage, in sectors before the first one of a new epoch.
    ring = journal.ring
    start = -1
    found_lines = False
    for block in range(ring.count):
        if _holds_lines(journal, block, 1, MAX_SEQ):
            found_lines = True
        elif start < 0:
            start = block
    if start < 0:
        return _UNREADABLE
    journal.epoch = binascii.hexlify(os.urandom(4)).upper()
    journal.boot = 1
    journal.committed_seq = journal.last_seq = 0
    ring.oldest = start + ring.count if found_lines else 0
    ring.head = ring.oldest - 1
    if not journal.open_next():
        return FLASH
    _find_oldest(journal)
    return b""


def _holds_lines(journal, block, low_seq, high_seq):
    if journal.ring.is_blank(block):
        return False
    reader = SectorReader(journal.ring.blocks)
    reader.open(block, 0, low_seq)
    while True:
        found = reader.next(SECTOR_BYTES, high_seq)
        if found in (NOTHING, RECORD):
            return found == RECORD


def _scan_head(journal):
    ring = journal.ring
    reader = SectorReader(ring.blocks)
    reader.open(ring.head % ring.count, 0, ring.next_seq)
    data_start = 0
    while True:
        found = reader.next(SECTOR_BYTES, MAX_SEQ)
        if found == NOTHING:
            return
        ring.position = reader.end_offset
        if found == RECORD:
            journal.last_seq = reader.seq
            ring.next_seq = reader.seq + 1
            journal.boot = int(bytes(reader.line).split(b" ", 2)[1])
        elif found == HOUSEKEEPING:
            if reader.offset == 0:
                data_start = 2 * reader.length  # behind the second copy, however much of that can be seen
            ring.position = max(ring.position, data_start)
            seq = _commit_of(bytes(reader.line))
            if seq < ring.next_seq:  # as for headers
                journal.committed_seq = max(journal.committed_seq, seq)
        else:
            journal.damaged += 1
            ring.next_seq += _used_numbers(bytes(reader.line), ring.next_seq)
            # a torn program may have touched bytes that still read as blank
            ring.position = min(max(ring.position, reader.offset + MAX_RECORD_BYTES), SECTOR_BYTES)


def _commit_of(line):
    """Return the number that the housekeeping line `line` says is committed, or 0 if it says nothing of the kind."""
    words = line.split(b" ")  # =commit SEQ CRC *CRC32
    if words[0] != b"=commit" or len(words) != 4 or not words[1].isdigit() or not is_crc(words[2]):
        return 0
    return int(words[1])


def _is_nameless_head(journal):
    # A header can be lost in both copies. Records of the sector behind the head that go on counting tell it.
    ring = journal.ring
    block = (ring.head + 1) % ring.count
    start = bytearray(HEADER_BYTES)
    if read_header(ring.blocks, block, start) or start == _BLANK:
        return False
    next_seq = journal.last_seq + 1  # numbers may be used up by damage at the end of the head
    return _holds_lines(journal, block, next_seq, next_seq + NUMBERS_OF_TWO_SECTORS)


def _find_oldest(journal):
    ring = journal.ring
    count = ring.count
    oldest = max(0, ring.head - count + 1)
    # Only a sector whose records are committed is ever erased, so what a cut in the middle of that left is not lost.
    while oldest < ring.head and not ring.firsts[oldest % count]:
        if journal.committed_seq < ring.upper_seq(oldest) and not ring.is_blank(oldest % count):
            break
        oldest += 1
    ring.oldest = oldest
    for serial in range(oldest, ring.head):
        journal.damaged += not ring.firsts[serial % count]


def _used_numbers(piece, expected_seq):
    """Return how many record numbers the damaged bytes may have used up: rather too many than one too few."""
    length = len(piece)
    if length <= MAX_RECORD_BYTES and b"\n" not in piece[:-1]:
        if piece.startswith(b"=commit "):
            return 0
        if leading_seq(piece, length) == expected_seq:
            return 1
    return 1 + length // _SHORTEST_RECORD_BYTES
