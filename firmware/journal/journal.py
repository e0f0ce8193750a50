"""The journal: an append-only log on a block device with the rules of NOR flash. docs/journal.md is the description.

Programming only clears bits, no byte is programmed twice, and a sector is erased before it is used again, which happens
only when the laptop has committed all that was in it.
"""

import gc

from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector import HEADER_BYTES, MAX_RECORD_BYTES, SECTOR_BYTES, write_header
from firmware.core.portable import const
from firmware.core.reserve import COMMIT_ROOM_BYTES, MARK_KINDS, NEXT_SECTOR, REFUSED, place
from firmware.journal.sector_ring import FLASH, NO_MEMORY, Ring

_OPEN_EARLY_BYTES = const(256)  # when idle and less than this is left, go on to the next sector: a press need not

_SPARE_BYTES = const(256)  # many times what a save takes

FULL = b"journal full"


class Journal:
    """Appends records, and knows what the laptop has.

    `firmware.journal.reader` reads them, `firmware.journal.commit` lets them go.

    `epoch` (8 hex digits), `boot` (number of this start), `last_seq` (newest readable record, 0: none yet),
    `committed_seq` (the laptop has everything up to it), `damaged` (damaged places known: those in the sector that
    is written to, lost headers, and writes that failed since boot), `problem` (why the last save failed, or b"").
    """

    def __init__(self, blocks, device_id):
        """Use `blocks`, an extended block device with sectors of 4096 bytes; `device_id` is 12 hex digits."""
        self.device_id = device_id
        self.epoch = b"00000000"
        self.boot = 1
        self.last_seq = 0
        self.committed_seq = 0
        self.damaged = 0
        self.problem = b"journal not open"
        self.ring = Ring(blocks)
        self._kept = 0  # serial of the oldest sector that holds something uncommitted
        self._gap_from = 0
        self._gap_to = 0
        self._spare = bytearray(_SPARE_BYTES)  # given up when a save finds no memory
        self._is_mark = False  # the record that was begun
        self._writer = LineWriter(MAX_RECORD_BYTES)
        self._header = LineWriter(HEADER_BYTES)

    def mount(self):
        """Find out from flash where to go on; a blank device gets a new epoch.

        Never raises for a failing flash: then `problem` says why nothing can be saved.
        """
        from firmware.journal.recovery import mount  # needed once: not kept in memory

        self.damaged = 0
        self._kept = 0
        self._gap_from = 0
        try:
            self.problem = mount(self)
        except OSError:
            self.problem = FLASH
        if self.problem:
            self.ring.clear()

    @property
    def first_seq(self):
        """The number that the oldest record in flash has, or may have where its sector's header is lost."""
        return self.ring.upper_seq(self.ring.oldest - 1)

    @property
    def is_mounted(self):
        """Whether there is a journal to write to and to read."""
        return self.ring.head >= 0

    def begin(self, kind, ms):
        """Start a record for the moment `ms` (milliseconds since boot); return the writer (LineWriter) for its fields.

        `kind` is bytes, one of those in docs/journal.md.
        """
        self._is_mark = kind in MARK_KINDS
        writer = self._writer
        writer.clear()
        writer.number(self.ring.next_seq)
        writer.raw(b" ")
        writer.number(self.boot)
        writer.raw(b" ")
        writer.number(ms)
        writer.raw(b" ")
        writer.raw(kind)
        return writer

    def save(self):
        """Program the record that was begun and read it back. Return its seq, or 0: not saved, see `problem`."""
        if self.ring.head < 0:
            return 0
        try:
            try:
                return self._save()
            except MemoryError:  # from before the program: nothing is used up yet
                self._spare = None
                gc.collect()
                return self._save()
        except MemoryError:
            self.problem = NO_MEMORY
            return 0

    def _save(self):
        ring = self.ring
        writer = self._writer
        end = writer.length
        try:
            length = writer.seal()
            line = writer.view[:length]
            has_room = self._make_room(length)
        except MemoryError:
            writer.length = end  # as it was, for another try
            raise
        if not has_room:
            return 0
        seq = ring.next_seq
        ring.next_seq = seq + 1  # this number is used up, also if the write fails
        problem = ring.append(line)
        self.problem = problem
        if problem:
            self.damaged += 1
            self.note_gap(seq, seq)
            return 0
        self.last_seq = seq
        return seq

    def prepare(self):
        """Do one piece of the flash work that no press should wait for; return True if there was one.

        That is: erase the sector behind the head, go on to it when the head is nearly full, write down a gap. An
        erase stops the device for 45 to 150 ms: call this when the device is idle.
        """
        ring = self.ring
        if ring.head < 0:
            return False
        if self._spare is None:
            self._spare = bytearray(_SPARE_BYTES)
        try:
            if not ring.next_is_blank and self.may_take_next():
                ring.erase_next()
                return True
            if ring.next_is_blank and SECTOR_BYTES - ring.position < _OPEN_EARLY_BYTES:
                return self.open_next()
        except OSError:
            self.problem = FLASH
            return False
        if not self._gap_from or self._place_of(MAX_RECORD_BYTES, False) == REFUSED:
            return False
        writer = self.begin(b"gap", 0)
        writer.number_field(b"from", self._gap_from)
        writer.number_field(b"to", self._gap_to)
        if not self.save():
            return False
        self._gap_from = 0
        return True

    @property
    def percent(self):
        """How full the journal is with what the laptop does not have yet, 0 to 100; at 100 nothing more is saved."""
        ring = self.ring
        if ring.head < 0:
            return 100
        kept = max(self._kept, ring.oldest)
        while kept < ring.head and self._is_committed(kept):
            kept += 1
        self._kept = kept
        used = (ring.head - kept) * SECTOR_BYTES + ring.position
        total = ring.count * SECTOR_BYTES
        if not self.may_take_next() and used + MAX_RECORD_BYTES + COMMIT_ROOM_BYTES > total:
            return 100
        return used * 100 // total

    def open_next(self):
        """Switch to the next sector, which must be free; return whether its header could be written. Raises OSError."""
        ring = self.ring
        if not ring.next_is_blank:
            ring.erase_next()
        header = self._header
        length = write_header(
            header, self.device_id, self.epoch, ring.head + 1, ring.next_seq, self.committed_seq, self.boot
        )
        return ring.open_next(header.view[:length])

    def note_gap(self, from_seq, to_seq):
        """Remember that no record will ever have these numbers; `prepare` writes it down."""
        if not self._gap_from:
            self._gap_from = from_seq
        elif from_seq != self._gap_to + 1:
            return  # one gap is reported at a time; the numbers themselves show the other
        self._gap_to = to_seq

    def _is_committed(self, serial):
        # one record further on must be committed too: then the damage behind the last one has been sent as well
        return self.committed_seq >= self.ring.upper_seq(serial)

    def may_take_next(self):
        """Whether the sector behind the head is free, or holds only what the laptop has."""
        return not self.ring.is_full or self._is_committed(self.ring.oldest)

    def _place_of(self, length, is_mark):
        ring = self.ring
        free_bytes = SECTOR_BYTES - ring.position
        if not (ring.next_is_blank or self.may_take_next()):
            return place(length, is_mark, free_bytes, True, False)
        oldest = ring.next_oldest
        next_is_last = ring.head + 2 - oldest == ring.count and not self._is_committed(oldest)
        return place(length, is_mark, free_bytes, False, next_is_last)

    def _make_room(self, length):
        where = self._place_of(length, self._is_mark)
        self.problem = FULL
        if where != NEXT_SECTOR:
            return where != REFUSED
        self.problem = FLASH
        try:
            return self.open_next()
        except OSError:
            return False
