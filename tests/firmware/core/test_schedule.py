"""The device's schedule reader: every lookup against a plain search through a list, and every kind of damage."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core import schedule as schedule_module
from firmware.core.schedule import ROW_BYTES, Schedule, ScheduleError
from firmware.core.schedule_search import find, nearest_talks
from tests.support.device.schedule_rows import schedule_file, sealed

_START_UTC_S = 1_556_895_000
_ROOMS = (b"Curie", b"Meitner", b"Gro\xdfer Saal")


def _talks(count):
    """Return `count` talks as (start, room, id, end, title, speaker), some of them as long as a day, sorted."""
    talks = []
    seed = 12345
    for number in range(count):
        seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
        start = _START_UTC_S + (number // 3) * 900 + (seed >> 8) % 3 * 300
        length = 36_000 if number % 40 == 7 else (300, 1800, 2700)[seed % 3]
        title = b"" if number % 11 == 5 else b"Title of %d" % number
        talk_id = b"%x-%d" % (seed & 0xFFF, number)
        talks.append(
            (start, _ROOMS[number % 3], talk_id, start + length, title, b"" if number % 7 == 3 else b"Ada, Grace")
        )
    talks.sort()
    return talks


def _open(count):
    talks = _talks(count)
    return Schedule(BytesIO(schedule_file(talks))), talks


def _fails(error, function, *arguments):
    try:
        function(*arguments)
    except error as caught:
        return str(caught)
    raise AssertionError("nothing was raised")


def _moments(talks):
    """Return the times at which something changes, and one second to either side."""
    found = [0, talks[0][0] - 100_000, talks[-1][0] + 100_000]
    for talk in talks[:: len(talks) // 12 + 1]:
        for edge in (talk[0], talk[3]):
            found += [edge - 1, edge, edge + 1]
    return found


def test_header_and_talks_come_back_as_written():
    schedule, talks = _open(60)
    assert (schedule.count, schedule.utc_offset_s, schedule.name) == (60, -14400, b"camp-2019")
    for index, talk in enumerate(talks):
        found = schedule.talk(index)
        assert (found.start_utc_s, found.room, found.id, found.end_utc_s, found.title, found.speaker) == talk


def test_find_reads_few_rows_and_finds_every_id():
    schedule, talks = _open(500)
    worst = 0
    for index in range(0, 500, 7):
        before = schedule.rows_read
        assert find(schedule, talks[index][2]) == index
        worst = max(worst, schedule.rows_read - before)
    assert 0 < worst <= 18, worst
    for unknown in (b"", b"zzz", b"0", talks[0][2] + b"x"):
        assert find(schedule, unknown) == -1


def test_at_agrees_with_a_search_through_all():
    schedule, talks = _open(120)
    for utc_s in _moments(talks):
        for room in (b"", b"Curie", b"Meitner", b"Gro\xdfer Saal", b"Nowhere"):
            running = [
                index
                for index, talk in enumerate(talks)
                if talk[0] <= utc_s < talk[3] and (not room or talk[1] == room)
            ]
            assert schedule.at(utc_s, room) == (running[-1] if running else -1), (utc_s, room)


def test_at_reads_few_rows_of_a_large_schedule():
    schedule, talks = _open(500)
    before = schedule.rows_read
    schedule.at(talks[250][0])
    assert schedule.rows_read - before <= 12


def test_next_after_stays_in_the_room_or_takes_the_next_row():
    schedule, talks = _open(40)
    for index, talk in enumerate(talks):
        later = [other for other in range(index + 1, 40) if talks[other][1] == talk[1]]
        assert schedule.next_after(index) == (later[0] if later else -1)
        assert schedule.next_after(index, False) == (index + 1 if index < 39 else -1)


def test_next_at_is_the_first_to_start_after_a_moment():
    schedule, talks = _open(60)
    for utc_s in _moments(talks):
        for room in (b"", b"Curie", b"Meitner", b"Gro\xdfer Saal"):
            later = [index for index, talk in enumerate(talks) if talk[0] > utc_s and (not room or talk[1] == room)]
            assert schedule.next_at(utc_s, room) == (later[0] if later else -1)


def test_around_agrees_with_sorting_all_by_distance():
    schedule, talks = _open(90)
    for utc_s in _moments(talks):
        distances = []
        for index, talk in enumerate(talks):
            if talk[0] <= utc_s:
                distances.append((max(0, utc_s - talk[3]), utc_s - talk[0], index))
            else:
                distances.append((talk[0] - utc_s, 0, index))
        distances.sort()
        for count in (1, 5, 200):
            assert nearest_talks(schedule, utc_s, count) == [entry[2] for entry in distances[:count]], (utc_s, count)
    assert nearest_talks(schedule, talks[0][0], 0) == []


def test_an_empty_schedule_finds_nothing():
    schedule, _ = _open(0)
    assert schedule.count == 0
    assert find(schedule, b"a") == schedule.at(_START_UTC_S) == schedule.next_at(0) == -1
    assert nearest_talks(schedule, _START_UTC_S, 5) == []
    _fails(IndexError, schedule.talk, 0)


def test_an_index_outside_is_an_index_error():
    schedule, _ = _open(3)
    for index in (-1, 3):
        _fails(IndexError, schedule.talk, index)
        _fails(IndexError, schedule.next_after, index)


def test_a_wrong_header_is_refused():
    talks = _talks(3)
    good = schedule_file(talks)
    for bad in (b"", good[:100], b"x" * 400, sealed(b""), sealed(b"clapmark-schedule"), good[ROW_BYTES:]):
        assert "Push it again" in _fails(ScheduleError, Schedule, BytesIO(bad))
    assert "another version" in _fails(ScheduleError, Schedule, BytesIO(schedule_file(talks, b"clapmark-schedule 2")))
    for words in (b"1", b"1 x 0 0 a", b"1 3 0 0", b"1 -1 0 0 a", b"1 10000 0 0 a"):
        damaged = sealed(b"clapmark-schedule " + words) + good[ROW_BYTES:]
        assert "Push it again" in _fails(ScheduleError, Schedule, BytesIO(damaged)), words


def test_a_file_that_was_cut_is_refused_at_once():
    data = schedule_file(_talks(5))
    for length in range(ROW_BYTES, len(data), 61):
        assert "Push it again" in _fails(ScheduleError, Schedule, BytesIO(data[:length]))


def test_any_changed_byte_of_a_row_is_noticed():
    data = schedule_file(_talks(1))
    for position in range(ROW_BYTES, len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        _fails(ScheduleError, Schedule, BytesIO(bytes(damaged)))


def test_a_row_with_a_right_crc_and_wrong_fields_is_refused():
    header = sealed(b"clapmark-schedule 1 1 0 300 a")
    for row in (b"", b"a", b"a\t1\t2\t0\tr\tt", b"a\t1\t2\t0\tr\tt\ts\tx", b"\t" * 20):
        _fails(ScheduleError, Schedule, BytesIO(header + sealed(row)))
    for row in (b"a\tx\t2\t0\tr\tt\ts", b"a\t\t2\t0\tr\tt\ts", b"a\t-1\t2\t0\tr\tt\ts"):
        schedule = Schedule(BytesIO(header + sealed(row)))
        _fails(ScheduleError, schedule.talk, 0)
        _fails(ScheduleError, schedule.at, 5)
    lost = Schedule(BytesIO(header + sealed(b"a\t1\t2\t7\tr\tt\ts")))
    _fails(ScheduleError, find, lost, b"a")


def test_a_file_that_fails_while_reading_is_an_error_for_the_person():
    class Failing:
        def seek(self, position):
            raise OSError(5)

    assert "Push it again" in _fails(ScheduleError, Schedule, Failing())


class EveryRow:
    """A file of which each line but the first is the same row, however many there are."""

    def __init__(self, header):
        self._lines = (header, sealed(b"a\t1\t2\t0\troom\ttitle\tspeaker"))
        self._line = 0

    def seek(self, position):
        self._line = min(1, position // ROW_BYTES)

    def readinto(self, buffer):
        buffer[:] = self._lines[self._line]
        return len(buffer)


def test_the_header_is_believed_up_to_its_limits_and_refused_beyond():
    for count in (0, 1, 9999):
        assert Schedule(EveryRow(sealed(b"clapmark-schedule 1 %d 0 0 a" % count))).count == count
    for offset_s in (-86_400, 86_400):
        assert Schedule(EveryRow(sealed(b"clapmark-schedule 1 1 %d 0 a" % offset_s))).utc_offset_s == offset_s
    for longest_s in (0, 1 << 30):
        assert Schedule(EveryRow(sealed(b"clapmark-schedule 1 1 0 %d a" % longest_s))).longest_s == longest_s
    for words in (b"10000 0 0", b"-1 0 0", b"1 86401 0", b"1 -86401 0", b"1 0 1073741825", b"1 0 -1"):
        message = _fails(ScheduleError, Schedule, EveryRow(sealed(b"clapmark-schedule 1 %s a" % words)))
        assert "Push it again" in message, words


def test_a_header_is_told_from_another_file_by_its_first_word_and_from_another_version_by_its_second():
    for body, message in (
        (b"clapmark-schedule 2", "another version"),
        (b"clapmark-schedule 10 1 0 0 a", "another version"),
        (b"clapmark-schedule", "damaged"),
        (b"clapmark-settings 1 1 0 0 a", "damaged"),
        (b"clapmark-settings 2", "damaged"),
    ):
        assert message in _fails(ScheduleError, Schedule, EveryRow(sealed(body))), body


def test_the_longest_texts_fill_a_row_to_the_last_byte():
    widths = (12, 10, 10, 4, schedule_module.ROOM_BYTES, schedule_module.TITLE_BYTES, schedule_module.SPEAKER_BYTES)
    room, title, speaker = b"r" * 23, b"t" * 72, b"s" * 32
    assert ROW_BYTES == 180
    assert sum(widths) + len(widths) - 1 == 180 - 11 == len(b"\t".join([b"x" * width for width in widths]))
    row = b"\t".join((b"i" * 12, b"1" * 10, b"2" * 10, b"9998", room, title, speaker))
    talk = Schedule(BytesIO(sealed(b"clapmark-schedule 1 1 0 300 a") + sealed(row))).talk(0)
    assert (talk.id, talk.room, talk.title, talk.speaker) == (b"i" * 12, room, title, speaker)


def test_no_talk_is_before_the_first_even_if_no_row_was_read():
    schedule, _ = _open(0)
    for index in (-2, -1, 0, 1):
        _fails(IndexError, schedule.talk, index)
        _fails(IndexError, schedule.next_after, index)


def test_a_row_that_cannot_be_read_leaves_nothing_of_another_row_behind():
    data = bytearray(schedule_file(_talks(3)))
    data[2 * ROW_BYTES + 5] ^= 0x10
    schedule = Schedule(BytesIO(bytes(data)))
    first, last = schedule.talk(0), schedule.talk(2)
    _fails(ScheduleError, schedule.talk, 1)
    assert schedule.talk(2).id == last.id
    _fails(ScheduleError, schedule.talk, 1)
    assert schedule.talk(0).id == first.id


def test_a_row_is_read_once_while_it_is_the_one_in_use():
    schedule, talks = _open(9)
    before = schedule.rows_read
    assert before == 2, "the header, and the last row"
    for _ in range(5):
        assert schedule.talk(4).id == talks[4][2]
    assert schedule.rows_read - before == 1


def test_the_search_for_the_talk_that_runs_ends_where_none_can_run_any_more():
    starts = [_START_UTC_S + number * 600 for number in range(9)]
    talks = [(start, b"Curie", b"%d" % start, start + 1800, b"", b"") for start in starts]
    schedule = Schedule(BytesIO(schedule_file(talks)))
    utc_s = starts[8] + 1200
    before = schedule.rows_read
    schedule.first_after(utc_s)
    middle = schedule.rows_read
    assert schedule.at(utc_s, b"Nowhere") == -1
    # the last one runs and was read by the search; the one before it ends now, and none before that can run
    assert schedule.rows_read - middle == middle - before + 1
    assert schedule.at(utc_s) == 8


def test_talks_that_are_equally_near_come_in_the_order_of_the_schedule_and_those_to_come_first():
    ended = (_START_UTC_S, b"Curie", b"a", _START_UTC_S + 600, b"", b"")
    beside = (_START_UTC_S, b"Meitner", b"b", _START_UTC_S + 600, b"", b"")
    to_come = (_START_UTC_S + 1800, b"Curie", b"c", _START_UTC_S + 2400, b"", b"")
    schedule = Schedule(BytesIO(schedule_file([ended, beside, to_come])))
    utc_s = _START_UTC_S + 1200
    assert nearest_talks(schedule, utc_s, 3) == [2, 0, 1]
    assert nearest_talks(schedule, utc_s, 2) == [2, 0] and nearest_talks(schedule, utc_s, 1) == [2]
    schedule = Schedule(BytesIO(schedule_file([ended, beside])))
    assert nearest_talks(schedule, utc_s, 1) == [0]


def test_an_id_whose_row_is_behind_the_last_is_damage_and_not_an_index_error():
    header = sealed(b"clapmark-schedule 1 1 0 300 a")
    for row in (1, 2, 9999):
        lost = Schedule(BytesIO(header + sealed(b"a\t1\t2\t%d\tr\tt\ts" % row)))
        assert "Push it again" in _fails(ScheduleError, find, lost, b"a")


def test_closing_a_schedule_closes_its_file():
    class File(BytesIO):
        is_closed = False

        def close(self):
            self.is_closed = True

    file = File(schedule_file(_talks(2)))
    Schedule(file).close()
    assert file.is_closed


def test_the_nearest_talks_are_found_without_reading_those_that_are_too_far():
    starts = [_START_UTC_S + number * 600 for number in range(300)]
    talks = [(start, b"Curie", b"%d" % start, start + 600, b"", b"") for start in starts]
    schedule = Schedule(BytesIO(schedule_file(talks)))
    for index in (0, 150, 299):
        before = schedule.rows_read
        assert nearest_talks(schedule, starts[index], 1) == [index]
        # the search, the talk that runs, and those at its sides up to the first that is too far
        assert schedule.rows_read - before <= 9 + 4, index
        before = schedule.rows_read
        assert len(nearest_talks(schedule, starts[index], 5)) == 5
        assert schedule.rows_read - before <= 9 + 9
