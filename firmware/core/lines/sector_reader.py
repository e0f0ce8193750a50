"""The reading half of `core.sector`: distinguishes lines from damage. `core.sector_header` reads headers."""

from firmware.core.lines.line import body_length
from firmware.core.lines.sector import MAX_RECORD_BYTES
from firmware.core.portable import const

# what SectorReader.next found
NOTHING = const(0)
RECORD = const(1)
HOUSEKEEPING = const(2)
DAMAGED = const(3)

_PIECE_BYTES = const(256)  # longer damage comes as several pieces

_HEADER = b"=sector "
_WINDOW_BYTES = const(512)
_LOOK_AHEAD_BYTES = const(384)  # a whole piece and the line behind it: what one step may look at
_BLANK_RUN_BYTES = const(16)  # a torn program leaves single bytes blank, never as many as this in a row
_SHORTEST_LINE_BYTES = const(13)

_SPACE = const(0x20)
_STAR = const(0x2A)
_EQUALS = const(0x3D)
_BLANK = const(0xFF)


def leading_seq(line, end):
    """Return the seq that `line[:end]` begins with, without allocating, or -1. Says nothing about the CRC."""
    value = 0
    position = 0
    while position < end:
        byte = line[position]
        if byte == 0x20 and position:
            return value
        if byte < 0x30 or byte > 0x39:
            return -1
        value = value * 10 + byte - 0x30
        position += 1
    return -1


class SectorReader:
    """Walks the lines of one sector at a time, through a window of 512 bytes. Begin with `open`.

    After `next`, the find is `line[:length]` (a memoryview that the following call overwrites), `offset` its place in
    the sector, and for a RECORD `seq` its number. `low_seq` is the lowest number that the next record may have.
    """

    def __init__(self, blocks):
        self._blocks = blocks
        self._window = bytearray(_WINDOW_BYTES)
        self._view = self.line = memoryview(self._window)
        self.length = self.offset = self.seq = 0

    def open(self, block, start, low_seq):
        """Go to byte `start` of sector `block`, whose records are numbered from `low_seq`."""
        self._block = block
        self._base = start  # place in the sector of the window's first byte
        self._filled = 0  # bytes of the window that are read
        self._at = 0  # the next byte to look at
        self._header_length = 0
        self.low_seq = low_seq

    @property
    def end_offset(self):
        """The place in the sector behind the last find."""
        return self._base + self._at

    def next(self, end, high_seq):
        """Find what comes next before byte `end` of the sector; return NOTHING, RECORD, HOUSEKEEPING or DAMAGED.

        A whole line whose number is not above the one before it and below `high_seq` is no record of this journal
        and comes as DAMAGED. Raises OSError where the flash cannot be read.
        """
        self._fill(end)
        window = self._window
        while self._at < self._filled and window[self._at] == _BLANK:
            self._at += 1
            if self._at == self._filled:
                self._fill(end)
        self._fill(end)
        start = self._at
        if start == self._filled:
            return NOTHING
        self.offset = self._base + start
        length = self._line_length(start)
        if length:
            return self._take_line(start, length, high_seq)
        length = self._damage_length(start)
        self._take(start, length)
        return HOUSEKEEPING if self._is_spare_header(start, length) else DAMAGED

    def _fill(self, end):
        rest = self._filled - self._at
        base = self._base + self._at
        if rest >= _LOOK_AHEAD_BYTES or base + rest >= end:
            return
        window = self._window
        if rest and self._at:
            window[:rest] = window[self._at : self._filled]
        self._base = base
        self._at = 0
        self._filled = min(_WINDOW_BYTES, end - base)
        self._blocks.readblocks(self._block, self._view[rest : self._filled], base + rest)

    def _take(self, start, length):
        self.line = self._view[start : start + length]
        self.length = length
        self._at = start + length

    def _take_line(self, start, length, high_seq):
        self._take(start, length)
        if self._window[start] == _EQUALS:
            if self.offset == 0:
                self._header_length = length
            return HOUSEKEEPING
        seq = leading_seq(self.line, length)
        if not self.low_seq <= seq < high_seq:
            return DAMAGED
        self.seq = seq
        self.low_seq = seq + 1
        return RECORD

    def _line_length(self, start):
        if start >= self._filled:
            return 0
        window = self._window
        first = window[start]
        if first != _EQUALS and not 0x31 <= first <= 0x39:
            return 0
        end = window.find(b"\n", start, min(start + MAX_RECORD_BYTES, self._filled)) + 1
        length = end - start
        if length < _SHORTEST_LINE_BYTES or window[end - 11] != _SPACE or window[end - 10] != _STAR:
            return 0
        return length if body_length(self._view[start:end], length) > 0 else 0

    def _damage_length(self, start):
        window = self._window
        limit = min(self._filled, start + _PIECE_BYTES)
        blank = 0
        stop = start + 1
        while stop < limit and blank < _BLANK_RUN_BYTES:
            if window[stop] == _BLANK:
                blank += 1
            else:
                blank = 0
                if self._line_length(stop):
                    break
            stop += 1
        while window[stop - 1] == _BLANK:
            stop -= 1
        return stop - start

    def _is_spare_header(self, start, length):
        # each header is stored twice, so one damaged copy loses nothing
        if self.offset == 0:
            behind = start + length
            return bool(self._line_length(behind)) and self._window[behind : behind + len(_HEADER)] == _HEADER
        return self.offset == self._header_length and length <= self._header_length
