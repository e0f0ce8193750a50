"""Which talk is the one: by the clock every five seconds, or as a person picked it, to the second."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core.buttons import MARK, NEXT
from firmware.core.schedule import Schedule
from tests.support.device.handheld import NINE_UTC_S, TALKS, Handheld
from tests.support.device.laptop import record
from tests.support.device.schedule_rows import schedule_file


def look(device, ms):
    """Have the device look for its talk at `ms`; return the id of the talk, or None."""
    talks = device.controller.talks
    talks.look_now()
    talks.tick(ms)
    return device.state.talk.id if device.state.talk else None


def talks_of(device):
    return [(fields["id"], fields["how"]) for _, _, fields in device.records(record.TALK)]


def opened_at(seconds, **arguments):
    """Return a device whose uptime 0 is so many seconds after nine o'clock, before its first look."""
    device = Handheld(knows_time=False, with_schedule=False, **arguments)
    device.clock.set_utc_ms((NINE_UTC_S + seconds) * 1000, 0)
    device.controller.use_schedule(Schedule(BytesIO(schedule_file(TALKS))))
    return device


def test_it_looks_for_the_talk_every_five_seconds():
    device = Handheld()
    talks = device.controller.talks
    looks = []
    talks._follow_clock = looks.append
    talks.look_now()
    for ms in (100, 101, 5099, 5100, 5101, 10_100, 99_000):
        talks.tick(ms)
    assert looks == [100, 5100, 10_100, 99_000]
    talks.look_now()
    talks.tick(99_001)
    assert looks[-1] == 99_001


def test_before_the_first_talk_the_first_one_is_to_come_and_can_be_picked():
    device = opened_at(-600)
    assert look(device, 0) is None and device.state.next_talk.id == b"one"
    assert talks_of(device) == []
    device.press(NEXT, 10_000)
    assert device.state.talk.id == b"one" and talks_of(device) == [(b"one", b"next")]


def test_a_talk_runs_from_its_first_second_to_the_one_before_its_end():
    device = opened_at(0)
    assert look(device, 0) == b"one"
    assert look(device, 1_799_999) == b"one"
    assert look(device, 1_800_000) == b"two"
    assert talks_of(device) == [(b"one", b"clock"), (b"two", b"clock")]


def test_after_the_last_talk_of_a_while_it_stays_for_two_minutes():
    device = opened_at(0)
    assert look(device, 3_599_000) == b"two"
    assert look(device, 3_719_999) == b"two"
    assert look(device, 3_720_000) is None
    assert talks_of(device)[-1] == (b"", b"clock")
    assert look(device, 3_725_000) is None and device.state.next_talk.id == b"three"
    device.press(MARK, 3_730_000)
    assert "talk" not in device.records(record.BOOKMARK)[0][2]


def test_a_picked_talk_stays_for_two_minutes_and_then_the_clock_decides_in_its_room():
    for how in (b"picked", b"next"):
        device = opened_at(0)
        look(device, 0)
        device.controller.talks.pick(0, 1000, how)
        assert look(device, 1_919_999) == b"one"
        assert look(device, 1_920_000) == b"two"
        assert talks_of(device) == [(b"one", b"clock"), (b"one", how), (b"two", b"room")]


def test_a_picked_talk_stays_before_its_start_and_one_of_the_clock_does_not():
    device = opened_at(0)
    look(device, 0)
    device.controller.talks.pick(2, 1000, b"picked")
    assert look(device, 4_000_000) == b"three"
    device = opened_at(0)
    assert look(device, 7_200_000) == b"three"
    device.clock.set_utc_ms((NINE_UTC_S + 7199) * 1000, 7_201_000)
    assert look(device, 7_201_000) is None
    assert talks_of(device)[-1] == (b"", b"clock")


def test_picking_the_same_talk_again_is_one_record():
    device = opened_at(0)
    look(device, 0)
    talks = device.controller.talks
    for _ in range(3):
        talks.pick(1, 1000, b"picked")
    assert talks_of(device) == [(b"one", b"clock"), (b"two", b"picked")]
    talks.pick(0, 2000, b"clock")
    talks.pick(0, 3000, b"picked")
    assert talks_of(device)[2:] == [(b"one", b"clock"), (b"one", b"picked")]


def test_the_talk_to_come_changes_when_that_one_begins():
    device = opened_at(3800)
    assert look(device, 0) is None and device.state.next_talk.id == b"three"
    device.controller.talks.set_room(b"Nowhere", 1)
    assert look(device, 1) is None and device.state.next_talk is None
    device = opened_at(3800)
    look(device, 0)
    reads = device.controller.talks.schedule.rows_read
    device.controller.talks._show_next(NINE_UTC_S + 7199)
    assert device.controller.talks.schedule.rows_read == reads, "it has not begun"
    device.controller.talks._show_next(NINE_UTC_S + 7200)
    assert device.state.next_talk is None


def test_the_last_talk_has_none_to_come():
    device = opened_at(7200)
    assert look(device, 0) == b"three" and device.state.next_talk is None
    device.press(NEXT, 10_000)
    assert device.state.talk.id == b"three" and talks_of(device) == [(b"three", b"clock")]


def test_without_the_time_nothing_is_chosen_and_the_next_talk_is_the_first():
    device = Handheld(knows_time=False)
    assert look(device, 5000) is None and device.state.next_talk is None
    device.press(NEXT, 10_000)
    assert device.state.talk.id == b"one"


def test_without_a_schedule_the_next_talk_is_none():
    device = Handheld(with_schedule=False)
    device.press(NEXT, 10_000)
    assert device.state.talk is None and device.records() == []


class File(BytesIO):
    is_closed = False

    def close(self):
        self.is_closed = True


def test_another_schedule_closes_the_file_of_the_one_before_and_the_same_one_stays_open():
    device = Handheld(with_schedule=False)
    first, second = File(schedule_file(TALKS)), File(schedule_file(TALKS[1:]))
    schedule = Schedule(first)
    device.controller.use_schedule(schedule)
    device.wait_until(0)
    assert device.state.talk.id == b"one" and device.state.utc_offset_s == -14_400
    device.controller.use_schedule(schedule)
    assert not first.is_closed and device.state.talk is device.state.next_talk is None
    device.controller.use_schedule(Schedule(second))
    assert first.is_closed and not second.is_closed
    device.controller.use_schedule(None)
    assert second.is_closed and device.state.utc_offset_s == 0 and device.controller.talks.schedule is None


def test_a_talk_that_was_forgotten_can_be_chosen_again():
    device = opened_at(0)
    look(device, 0)
    device.controller.use_schedule(Schedule(BytesIO(schedule_file(TALKS))))
    assert look(device, 1000) == b"one"
    assert talks_of(device) == [(b"one", b"clock"), (b"one", b"clock")]


def test_a_room_that_is_set_again_changes_nothing():
    device = opened_at(0)
    look(device, 0)
    talks = device.controller.talks
    assert talks.room == b""
    talks.set_room(b"Curie", 1000)
    assert [(ms, fields) for _, ms, fields in device.records(b"room")] == [(1000, {"name": b"Curie"})]
    assert talks_of(device) == [(b"one", b"clock"), (b"", b"clock"), (b"one", b"room")]
    before = len(device.records())
    talks.set_room(b"Curie", 2000)
    assert len(device.records()) == before


def test_a_room_without_a_talk_ends_none():
    device = opened_at(3800)
    look(device, 0)
    device.controller.talks.set_room(b"Curie", 1000)
    assert talks_of(device) == [] and device.state.next_talk.id == b"three"


def test_the_next_talk_is_that_behind_the_one_on_the_screen_whatever_runs_now():
    device = opened_at(0)
    look(device, 0)
    device.controller.talks.pick(0, 1000, b"picked")
    device.press(NEXT, 1_850_000)  # the second talk runs since 50 seconds
    assert device.state.talk.id == b"two"
