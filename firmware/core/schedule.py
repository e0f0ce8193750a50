"""The device's schedule: a file of checked lines of one length, read row by row, never as a whole.

    clapmark-schedule 1 COUNT UTC_OFFSET_S LONGEST_S SLUG       *CRC32
    ID TAB START TAB END TAB ROW TAB ROOM TAB TITLE TAB SPEAKER *CRC32

Every line is ROW_BYTES long, its body padded with spaces and closed as in `core.line`. Texts are Latin-1 without
control characters; START and END are UTC seconds since 1970. Rows are sorted by start, room and id. ROW serves the
search by id: the ROWs of all rows, read from the first to the last, are the numbers of the rows in the order of their
ids. LONGEST_S is the length of the longest talk: nothing that began earlier than that can still be running.
"""

from .line import body_length
from .portable import const
from .state import Talk

MAGIC = b"clapmark-schedule"
VERSION = const(1)
ROW_BYTES = const(180)
ROOM_BYTES = const(23)
TITLE_BYTES = const(72)
SPEAKER_BYTES = const(32)
MAX_ROWS = const(9999)

_TAB = const(0x09)
_SPACE = const(0x20)
_FIELDS = const(7)


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
        self._ends = bytearray(_FIELDS)  # where each field of the row in the buffer ends
        self._at = -1  # the index of the row in the buffer
        self.rows_read = 0
        words = bytes(self._row[: self._load_line(0)]).split()
        if len(words) < 2 or words[0] != MAGIC:
            raise ScheduleError("No schedule. Push it again.")
        try:
            version = int(words[1])
            if version == VERSION:
                self.count = int(words[2])
                self.utc_offset_s = int(words[3])
                self._longest_s = int(words[4])
                self.name = words[5]
        except (ValueError, IndexError):
            raise ScheduleError("Schedule damaged. Push it again.")
        if version != VERSION:
            raise ScheduleError("Schedule of version %d, not %d. Update both sides." % (version, VERSION))
        if not 0 <= self.count <= MAX_ROWS:
            raise ScheduleError("Schedule damaged. Push it again.")
        if self.count:
            self._load(self.count - 1)  # a file that was cut says so now, not in the middle of the day

    def talk(self, index):
        """Return the Talk of row `index`, 0 to `count` - 1. Raises IndexError outside of that."""
        self._load(index)
        return Talk(self._bytes(0), self._number(1), self._number(2), self._bytes(4), self._bytes(5), self._bytes(6))

    def find(self, talk_id):
        """Return the index of the talk with the id `talk_id` (bytes), or -1. Reads about 2 log2(count) rows."""
        low = 0
        high = self.count
        while low < high:
            middle = (low + high) // 2
            self._load(middle)
            index = self._number(3)
            if index >= self.count:
                raise ScheduleError("Schedule damaged. Push it again.")
            self._load(index)
            found = self._bytes(0)
            if found == talk_id:
                return index
            if found < talk_id:
                low = middle + 1
            else:
                high = middle
        return -1

    def at(self, utc_s, room=b""):
        """Return the index of the talk that runs at `utc_s` (in `room`, if given), the latest to start, or -1."""
        index = self._first_after(utc_s) - 1
        while index >= 0:
            self._load(index)
            if self._number(1) + self._longest_s <= utc_s:
                return -1
            if self._number(2) > utc_s and (not room or self._bytes(4) == room):
                return index
            index -= 1
        return -1

    def next_after(self, index, same_room=True):
        """Return the index of the talk that follows the talk `index` (in its room, if `same_room`), or -1."""
        self._load(index)
        room = self._bytes(4)
        index += 1
        while index < self.count:
            if not same_room:
                return index
            self._load(index)
            if self._bytes(4) == room:
                return index
            index += 1
        return -1

    def next_at(self, utc_s, room=b""):
        """Return the index of the first talk that starts after `utc_s` (in `room`, if given), or -1."""
        index = self._first_after(utc_s)
        while index < self.count:
            self._load(index)
            if not room or self._bytes(4) == room:
                return index
            index += 1
        return -1

    def around(self, utc_s, count):
        """Return the indexes of up to `count` talks nearest to `utc_s`, the nearest first.

        Talks that run come first, the latest to start before the others; then by the time to their start or since
        their end.
        """
        if count < 1:
            return []
        found: list[tuple[int, int, int]] = []  # (distance in s, since its start in s or 0, index), sorted
        first_after = self._first_after(utc_s)
        index = first_after - 1
        while index >= 0:
            self._load(index)
            since_start_s = utc_s - self._number(1)
            if len(found) == count and since_start_s - self._longest_s > found[-1][0]:
                break
            _keep(found, count, (max(0, utc_s - self._number(2)), since_start_s, index))
            index -= 1
        index = first_after
        while index < self.count:
            self._load(index)
            until_start_s = self._number(1) - utc_s
            if len(found) == count and until_start_s > found[-1][0]:
                break
            _keep(found, count, (until_start_s, 0, index))
            index += 1
        return [entry[2] for entry in found]

    def _first_after(self, utc_s):
        """Return the index of the first row that starts after `utc_s`, or `count`."""
        low = 0
        high = self.count
        while low < high:
            middle = (low + high) // 2
            self._load(middle)
            if self._number(1) > utc_s:
                high = middle
            else:
                low = middle + 1
        return low

    def _load(self, index):
        if index == self._at:
            return
        if not 0 <= index < self.count:
            raise IndexError("no such talk")
        self._at = -1
        end = self._load_line(index + 1)
        row = self._row
        while end and row[end - 1] == _SPACE:
            end -= 1
        field = 0
        position = 0
        while position < end:
            if row[position] == _TAB:
                if field == _FIELDS - 1:
                    raise ScheduleError("Schedule damaged. Push it again.")
                self._ends[field] = position
                field += 1
            position += 1
        self._ends[field] = end
        if field != _FIELDS - 1:
            raise ScheduleError("Schedule damaged. Push it again.")
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
            raise ScheduleError("Schedule damaged. Push it again.")
        return end

    def _start(self, field):
        return self._ends[field - 1] + 1 if field else 0

    def _bytes(self, field):
        return bytes(memoryview(self._row)[self._start(field) : self._ends[field]])

    def _number(self, field):
        row = self._row
        position = self._start(field)
        end = self._ends[field]
        if position == end:
            raise ScheduleError("Schedule damaged. Push it again.")
        value = 0
        while position < end:
            digit = row[position] - 0x30
            if not 0 <= digit <= 9:
                raise ScheduleError("Schedule damaged. Push it again.")
            value = value * 10 + digit
            position += 1
        return value


def _keep(found, count, entry):
    """Put `entry` into the sorted list `found`, which keeps the `count` smallest."""
    position = len(found)
    while position and entry < found[position - 1]:
        position -= 1
    found.insert(position, entry)
    if len(found) > count:
        found.pop()
