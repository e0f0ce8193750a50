"""Reads the journal from a given record to its end, in steps small enough to yield between them."""

from firmware.core.lines.sector import SECTOR_BYTES
from firmware.core.lines.sector_reader import DAMAGED, HOUSEKEEPING, NOTHING, RECORD, SectorReader


class Cursor:
    """A place in the journal.

    After `next` found a RECORD or DAMAGED bytes: `line[:length]` (a memoryview, until the next call), for damage its
    place (`serial` of the sector and `offset` in it), for a record its `seq`.
    """

    def __init__(self, journal):
        self._ring = journal.ring
        self._reader = SectorReader(journal.ring.blocks)
        self._damage_seen = False
        self.seq = self.offset = self.length = 0
        self.line = self._reader.line
        self.seek(1)

    def seek(self, from_seq):
        """Seek the record `from_seq`, or the first one after it; damage just before it is included."""
        ring = self._ring
        serial = ring.head
        while serial > ring.oldest:
            first_seq = ring.first_seq_of(serial)
            if first_seq and first_seq < from_seq:
                break
            serial -= 1
        self._from_seq = from_seq
        self._seeking = True
        self._set_mark(serial, 0, 0)
        self._enter(serial, 0, 0)

    def next(self):
        """Take one step; return RECORD, DAMAGED, HOUSEKEEPING (nothing to send in this step) or NOTHING (at the end).

        Raises OSError where the flash cannot be read.
        """
        ring = self._ring
        reader = self._reader
        while ring.head >= 0:
            if self.serial < ring.oldest:  # recycled in the meantime
                self._enter(ring.oldest, 0, 0)
            serial = self.serial
            end = ring.position if serial == ring.head else SECTOR_BYTES
            found = reader.next(end, ring.upper_seq(serial))
            if found == NOTHING:
                if serial < ring.head:
                    self._enter(serial + 1, 0, reader.low_seq)
                    continue
                if not (self._seeking and self._damage_seen):
                    return NOTHING
                self._return_to_mark()
                continue
            self.seq = reader.seq
            self.offset = reader.offset
            self.line = reader.line
            self.length = reader.length
            if found == HOUSEKEEPING or not self._seeking:
                return found
            if found == DAMAGED:
                self._damage_seen = True
                return HOUSEKEEPING
            if reader.seq < self._from_seq:
                self._set_mark(serial, reader.end_offset, reader.seq + 1)
                return HOUSEKEEPING
            if not self._damage_seen:
                self._seeking = False
                return RECORD
            self._return_to_mark()
        return NOTHING

    def _set_mark(self, serial, offset, low_seq):
        self._mark_serial = serial
        self._mark_offset = offset
        self._mark_seq = low_seq
        self._damage_seen = False

    def _return_to_mark(self):
        # what is damaged behind the last record before `from_seq` belongs to what was asked for
        self._seeking = False
        self._enter(self._mark_serial, self._mark_offset, self._mark_seq)

    def _enter(self, serial, offset, low_seq):
        ring = self._ring
        self.serial = serial
        if ring.head >= 0:
            self._reader.open(serial % ring.count, offset, max(ring.first_seq_of(serial), low_seq, 1))
