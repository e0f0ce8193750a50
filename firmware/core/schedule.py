"""The device's schedule: a file of checked lines of one length, read row by row, never as a whole.

    clapmark-schedule 1 COUNT UTC_OFFSET_S LONGEST_S SLUG       *CRC32
    ID TAB START TAB END TAB ROW TAB ROOM TAB TITLE TAB SPEAKER *CRC32

Every line is ROW_BYTES long, its body padded with spaces and closed as in `core.line`. Texts are Latin-1 without
control characters; START and END are UTC seconds since 1970. Rows are sorted by start, room and id. ROW serves the
search by id: the ROWs of all rows, read from the first to the last, are the numbers of the rows in the order of their
ids. LONGEST_S is the length of the longest talk: nothing that began earlier than that can still be running.
"""

from firmware.core.lines.fields import LineError, decimal
from firmware.core.lines.line import body_length

from .portable import const
from .state import Talk

SCHEDULE_PATH = "schedule.txt"  # on the device
MAGIC = b"clapmark-schedule"
VERSION = const(1)
ROW_BYTES = const(180)
ROOM_BYTES = const(23)
TITLE_BYTES = const(72)
SPEAKER_BYTES = const(32)
MAX_ROWS = const(9999)

_DAY_S = const(86_400)
_MOST_S = const(1 << 30)
_TAB = const(0x09)
_SPACE = const(0x20)
_FIELDS = const(7)

_DAMAGED = "Schedule damaged. Push it again."


class ScheduleError(ValueError):
    """A schedule that cannot be read; the message is for the person."""


class Schedule:
    """Looks up talks in `file`, open for reading bytes; `rows_read` counts the rows that were read, for measurements.

    `count` talks, `utc_offset_s` (local time of the conference minus UTC), `name` (the conference's slug, bytes).
    Raises ScheduleError, also from every method, where the file is cut, damaged or of another version.
    """

    def __init__(self, file):
        self._file = file
        self._row = bytearray(ROW_BYTES)
        self._starts = bytearray(_FIELDS + 1)  # where each field of the loaded row begins, and one behind the last
        self._at = -1  # the index of the row in the buffer
        self.rows_read = 0
        words = bytes(self._row[: self._load_line(0)]).split()
        if len(words) < 2 or words[0] != MAGIC:
            raise ScheduleError(_DAMAGED)
        if words[1] != b"%d" % VERSION:
            raise ScheduleError("Schedule of another version. Update both sides.")
        try:
            self.count = decimal(words[2], 0, MAX_ROWS)
            self.utc_offset_s = decimal(words[3], -_DAY_S, _DAY_S)
            self.longest_s = decimal(words[4], 0, _MOST_S)
            self.name = words[5]
        except (LineError, IndexError):
            raise ScheduleError(_DAMAGED)
        if self.count:
            self.load(self.count - 1)  # a file that was cut says so now, not in the middle of the day

    def close(self):
        """Close the file."""
        self._file.close()

    def talk(self, index):
        """Return the Talk of row `index`, 0 to `count` - 1. Raises IndexError outside of that."""
        self.load(index)
        return Talk(self.text(0), self.number(1), self.number(2), self.text(4), self.text(5), self.text(6))

    def at(self, utc_s, room=b""):
        """Return the index of the talk that runs at `utc_s` (in `room`, in any case, if given), the latest, or -1."""
        room = room.lower()
        index = self.first_after(utc_s) - 1
        while index >= 0:
            self.load(index)
            if self.number(1) + self.longest_s <= utc_s:
                return -1
            if self.number(2) > utc_s and (not room or self.text(4).lower() == room):
                return index
            index -= 1
        return -1

    def next_after(self, index, same_room=True):
        """Return the index of the talk that follows the talk `index` (in its room, if `same_room`), or -1."""
        self.load(index)
        room = self.text(4)
        index += 1
        while index < self.count:
            if not same_room:
                return index
            self.load(index)
            if self.text(4) == room:
                return index
            index += 1
        return -1

    def next_at(self, utc_s, room=b""):
        """Return the index of the first talk that starts after `utc_s` (in `room`, in any case, if given), or -1."""
        room = room.lower()
        index = self.first_after(utc_s)
        while index < self.count:
            self.load(index)
            if not room or self.text(4).lower() == room:
                return index
            index += 1
        return -1

    def first_after(self, utc_s):
        """Return the index of the first row that starts after `utc_s`, or `count`."""
        low = 0
        high = self.count
        while low < high:
            middle = (low + high) // 2
            self.load(middle)
            if self.number(1) > utc_s:
                high = middle
            else:
                low = middle + 1
        return low

    def load(self, index):
        """Take the row `index` into the buffer, where `text` and `number` find its fields."""
        if not 0 <= index < self.count:
            raise IndexError("no such talk")
        if index == self._at:
            return
        self._at = -1
        end = self._load_line(index + 1)
        row = self._row
        while end and row[end - 1] == _SPACE:
            end -= 1
        field = 0
        position = 0
        while position <= end:
            if position == end or row[position] == _TAB:
                field += 1
                if field > _FIELDS:
                    break
                self._starts[field] = position + 1
            position += 1
        if field != _FIELDS:
            raise ScheduleError(_DAMAGED)
        self._at = index

    def _load_line(self, line):
        self.rows_read += 1
        try:
            self._file.seek(line * ROW_BYTES)
            length = self._file.readinto(self._row)
        except OSError:
            raise ScheduleError("Schedule cannot be read. Push it again.")
        end = body_length(self._row, ROW_BYTES) if length == ROW_BYTES else -1
        if end < 0:
            raise ScheduleError(_DAMAGED)
        return end

    def text(self, field):
        """Return a field of the loaded row as bytes."""
        return bytes(memoryview(self._row)[self._starts[field] : self._starts[field + 1] - 1])

    def number(self, field):
        """Return a field of the loaded row as an integer."""
        text = self.text(field)
        if not text.isdigit():
            raise ScheduleError(_DAMAGED)
        return int(text)
