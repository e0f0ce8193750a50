"""The room that a person has set: used at once, recorded, and matched in any case; a talk that was picked stays."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core import settings, state
from firmware.core.buttons import MARK, PRESS
from firmware.core.schedule import Schedule
from tests.support.device.handheld import NINE_UTC_S, Handheld
from tests.support.device.laptop import record
from tests.support.device.schedule_rows import schedule_file

TWO_ROOMS = (
    (NINE_UTC_S + 600, b"Curie", b"c1", NINE_UTC_S + 1800, b"First in Curie", b"Ada"),
    (NINE_UTC_S + 600, b"Meitner", b"m1", NINE_UTC_S + 1800, b"First in Meitner", b"Lise"),
    (NINE_UTC_S + 3600, b"Curie", b"c2", NINE_UTC_S + 5400, b"Second in Curie", b"Grace"),
    (NINE_UTC_S + 7200, b"Meitner", b"m2", NINE_UTC_S + 9000, b"Second in Meitner", b"Mary"),
)


def two_rooms():
    device = Handheld()
    device.controller.use_schedule(Schedule(BytesIO(schedule_file(TWO_ROOMS))))
    return device


def set_room(device, room):
    device.controller.settings["room"] = settings.check("room", room)
    device.controller.apply_settings(device.now_ms)


def talks_of(device):
    return [(fields["id"], fields["how"]) for _, _, fields in device.records(record.TALK)]


def test_a_room_that_is_set_in_the_middle_of_a_talk_counts_at_once():
    device = two_rooms()
    device.wait_until(700_000)
    guessed = device.state.talk.id
    assert talks_of(device)[-1] == (guessed, b"clock")
    for room, talk in (("Curie", b"c1"), ("Meitner", b"m1"), ("Curie", b"c1")):
        set_room(device, room)
        assert device.state.talk.id == talk  # before the next tick
        assert talks_of(device)[-1] == (talk, b"room")
    device.press(MARK, 710_000)
    assert device.records(record.BOOKMARK)[0][2]["talk"] == b"c1"


def test_a_room_in_which_nothing_runs_ends_the_talk_that_the_clock_chose():
    device = two_rooms()
    device.wait_until(3_700_000)
    assert device.state.talk.id == b"c2"
    set_room(device, "Meitner")
    assert device.state.talk is None and device.state.next_talk.id == b"m2"
    assert talks_of(device)[-1][0] == b""
    device.press(MARK, 3_710_000)
    assert "talk" not in device.records(record.BOOKMARK)[0][2]


def test_a_talk_that_a_person_picked_stays_when_the_room_changes():
    device = two_rooms()
    device.wait_until(700_000)
    ms = device.choose(b"Talk", device.now_ms)
    device.choose(b"First in Meitner", ms)
    set_room(device, "Curie")
    device.wait_until(800_000)
    assert device.state.talk.id == b"m1"
    assert talks_of(device)[-1] == (b"m1", b"picked")


def test_a_room_that_is_set_during_a_countdown_counts_at_once():
    device = two_rooms()
    device.wait_until(700_000)
    device.controller.show(state.COUNTDOWN)
    for room, talk in (("Curie", b"c1"), ("Meitner", b"m1")):
        set_room(device, room)
        assert device.state.talk.id == talk


def test_the_room_is_recorded_when_it_changes_and_only_then():
    device = two_rooms()
    assert device.records(b"room") == []
    for ms, room in ((5_000, "Curie"), (6_000, "Curie"), (7_000, "Meitner"), (8_000, "")):
        device.wait_until(ms)
        set_room(device, room)
    found = [(ms, fields["name"]) for _, ms, fields in device.records(b"room")]
    assert found == [(5_000, b"Curie"), (7_000, b"Meitner"), (8_000, b"")]


def test_the_room_is_recorded_before_the_first_press_of_each_boot():
    device = two_rooms()
    device.controller.settings["room"] = "Curie"
    before = len(device.records())
    controller = type(device.controller)(
        device.journal, device.clock, device.controller.settings, device.state, device.cues, device.keep
    )
    controller.handle(MARK, PRESS, 480_000)
    kinds = [kind for kind, _, _ in device.records()[before:]]
    assert kinds == [b"room", b"bookmark"]


def test_a_room_is_found_in_any_case():
    device = two_rooms()
    device.wait_until(700_000)
    for room, talk in (("meitner", b"m1"), ("CURIE", b"c1")):
        set_room(device, room)
        assert device.state.talk.id == talk


def test_the_longest_room_fits_into_a_record():
    device = two_rooms()
    set_room(device, "\xe9" * 23)
    (found,) = device.records(b"room")
    assert found[2]["name"] == b"\xe9" * 23
