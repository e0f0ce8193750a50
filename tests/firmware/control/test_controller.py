"""What presses and time do: real journal on a NOR model, real schedule file; every record is read back."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core import countdown, state
from firmware.core.buttons import ACTION, HELD, MARK, NEXT, PRESS, RELEASE
from firmware.core.schedule import ROW_BYTES, Schedule
from tests.support.device.handheld import TALKS, Handheld, lightning, runs
from tests.support.device.laptop import record
from tests.support.device.schedule_rows import schedule_file


def test_the_moment_is_the_first_press_and_the_talk_is_the_one_that_runs():
    device = Handheld()
    device.press(MARK, 60_123)
    device.press(MARK, 1_900_456)
    assert device.records(record.BOOKMARK) == [
        (b"bookmark", 60_123, {"tag": b"note", "talk": b"one"}),
        (b"bookmark", 1_900_456, {"tag": b"note", "talk": b"two"}),
    ]
    talks = [(ms // 10_000, fields["id"]) for _, ms, fields in device.records(record.TALK)]
    assert talks == [(0, b"one"), (180, b"two")], talks


def test_saved_is_shown_with_number_and_tag_and_passes():
    device = Handheld()
    device.press(MARK, 10_000)
    assert device.state.flash == state.FLASH_SAVED
    assert (device.state.flash_number, device.state.flash_tag) == (1, b"note")
    device.wait_until(13_001)
    assert device.state.flash == state.FLASH_NONE
    device.press(MARK, 20_000)
    assert device.state.flash_number == 2 and device.state.bookmark_count == 2


def test_without_time_and_schedule_it_marks_all_the_same():
    device = Handheld(knows_time=False, with_schedule=False)
    device.press(MARK, 5_000)
    assert device.records() == [(b"bookmark", 5_000, {"tag": b"note"})]


def test_b_within_three_seconds_changes_the_tag_once_it_settles():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 11_000)
    device.press(ACTION, 12_000)
    assert device.state.flash == state.FLASH_RETAGGED and device.state.flash_tag == b"idea"
    assert device.records(record.RETAG) == []
    device.wait_until(20_000)
    seq = 2  # after the talk record
    assert [fields for _, _, fields in device.records(record.RETAG)] == [{"of": b"%d" % seq, "tag": b"idea"}]
    device.press(ACTION, 21_000)
    assert device.state.tag == b"quote"
    assert len(device.records(record.RETAG)) == 1


def test_a_new_mark_settles_the_tag_of_the_one_before():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 10_500)
    device.press(MARK, 11_000)
    kinds = [kind for kind, _, _ in device.records()]
    assert kinds == [b"talk", b"bookmark", b"bookmark", b"retag"], kinds
    assert device.records(record.RETAG)[0][2] == {"of": b"2", "tag": b"quote"}
    assert device.records(record.BOOKMARK)[1][2]["tag"] == b"note"


def test_b_held_takes_the_newest_mark_back_at_the_threshold():
    device = Handheld()
    device.press(MARK, 10_000)
    device.wait_until(11_000)
    device.controller.handle(ACTION, PRESS, 11_000)
    device.wait_until(11_700)
    device.controller.handle(ACTION, HELD, 11_000)
    assert device.state.flash == state.FLASH_UNDONE and device.state.bookmark_count == 0
    assert [fields for _, _, fields in device.records(record.UNDO)] == [{"of": b"2"}]
    device.controller.handle(ACTION, RELEASE, 11_900)
    assert device.state.screen == state.NOTE and device.state.tag == b"note"


def test_later_the_menus_first_entry_takes_the_last_one_back():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 20_000, 900)
    assert device.state.screen == state.MENU and device.state.menu_items[0] == b"Take back #1"
    device.press(ACTION, 22_000, 900)
    assert len(device.records(record.UNDO)) == 1 and device.state.screen == state.NOTE


def test_a_held_makes_a_passage_with_its_length():
    device = Handheld()
    device.wait_until(10_000)
    device.controller.handle(MARK, PRESS, 10_000)
    device.wait_until(10_700)
    device.controller.handle(MARK, HELD, 10_000)
    assert device.state.flash == state.FLASH_PASSAGE
    device.controller.handle(MARK, RELEASE, 24_250)
    assert device.records(record.SPAN) == [(b"span", 24_250, {"of": b"2", "len": b"14250"})]


def test_what_cannot_be_saved_says_not_saved():
    device = Handheld()
    device.nor.fail(0)
    device.press(MARK, 10_000)
    assert device.state.flash == state.FLASH_NOT_SAVED and device.state.flash_reason != b""
    assert device.state.bookmark_count == 0
    device.press(MARK, 20_000)
    assert device.state.flash == state.FLASH_SAVED and device.state.bookmark_count == 1


def test_a_marks_on_every_screen_and_closes_menu_and_clock():
    device = Handheld()
    ms = device.choose(b"Clock", 10_000)
    assert device.state.screen == state.CLOCK
    device.press(MARK, ms + 1000)
    assert device.state.screen == state.NOTE
    device.press(ACTION, ms + 10_000, 900)
    device.press(MARK, ms + 12_000)
    assert device.state.screen == state.NOTE
    device.choose(b"Info", ms + 20_000)
    device.press(MARK, ms + 40_000)
    assert device.state.screen == state.NOTE
    assert len(device.records(record.BOOKMARK)) == 3


def test_an_unused_menu_closes():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    assert device.state.screen == state.MENU
    device.wait_until(25_000)
    assert device.state.screen == state.NOTE


def test_a_talk_picked_by_hand_stays_until_it_is_over():
    device = Handheld()
    device.choose(b"Talk", 10_000)
    assert device.state.screen == state.MENU
    assert device.state.menu_items[0] == b"First talk"
    ms = device.choose(b"Third", 12_000)
    device.press(MARK, ms)
    assert device.records(record.BOOKMARK)[0][2]["talk"] == b"three"
    device.wait_until(1_900_000)
    assert device.state.talk.id == b"three"
    device.wait_until(9_200_000)
    assert device.state.talk is None


def test_a_talk_picked_by_hand_stays_for_two_minutes_beyond_its_end_and_one_by_the_clock_does_not():
    device = Handheld()
    ms = device.choose(b"Talk", 10_000)
    device.choose(b"First", ms)
    device.wait_until(1_910_000)  # ends at 1,800 s, and the second talk of the room begins
    assert device.state.talk.id == b"one"
    device.wait_until(1_930_000)
    assert device.state.talk.id == b"two"
    device.wait_until(3_590_000)
    assert device.state.talk.id == b"two"
    device = Handheld()
    device.wait_until(1_790_000)
    assert device.state.talk.id == b"one"
    device.wait_until(1_806_000)
    assert device.state.talk.id == b"two"


def test_the_talk_record_says_whether_the_device_knew_the_room():
    device = Handheld()
    ms = device.choose(b"Talk", 10_000)
    device.choose(b"First", ms)  # shown already, and now said by a person
    device.wait_until(1_930_000)  # the next one in that room
    device.wait_until(3_800_000)
    device.controller.talks.set_room(b"Curie", device.now_ms)
    device.wait_until(7_300_000)
    found = [(fields["id"], fields["how"]) for _, _, fields in device.records(record.TALK)]
    assert found == [
        (b"one", b"clock"),
        (b"one", b"picked"),
        (b"two", b"room"),
        (b"", b"clock"),
        (b"three", b"room"),
    ], found


def test_a_countdown_leaves_records_at_the_exact_moments():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms + 1000)
    start_ms = ms + 1000
    device.wait_until(start_ms + 307_000)
    device.press(ACTION, start_ms + 307_500)
    entries = runs(device)
    run = {"run": b"2"}
    assert entries[0] == (start_ms, {"do": b"start", "plan": b"300000", "preset": b"lightning", "talk": b"one"})
    expected = [
        (start_ms + 240_000, {"do": b"stage", "stage": b"one-finger"}),
        (start_ms + 280_000, {"do": b"stage", "stage": b"two-finger"}),
        (start_ms + 300_000, {"do": b"stage", "stage": b"applause"}),
        (start_ms + 305_000, {"do": b"overtime", "left": b"-5000"}),
        (start_ms + 307_500, {"do": b"stop", "left": b"-7500"}),
    ]
    for (at_ms, fields), (expected_ms, expected_fields) in zip(entries[1:], expected):
        expected_fields.update(run)
        assert (at_ms, fields) == (expected_ms, expected_fields)
    assert len(entries) == 6
    assert [stage for stage, _ in device.cues.played] == [1, 2, 3, 4]


def test_pause_resume_and_a_minute_more_are_recorded_with_what_was_left():
    device = Handheld()
    ms = lightning(device, 10_000)
    start_ms = ms + 1000
    device.press(ACTION, start_ms)
    device.press(ACTION, start_ms + 10_000)
    assert device.state.countdown.state == countdown.PAUSED
    device.press(ACTION, start_ms + 40_000)
    after_ms = device.choose(b"+1 min", start_ms + 50_000)
    device.press(NEXT, after_ms + 30_000)
    fields = [fields for _, fields in runs(device)][1:]
    assert fields[0] == {"do": b"pause", "run": b"2", "left": b"290000"}
    assert fields[1] == {"do": b"resume", "run": b"2", "left": b"290000"}
    assert fields[2]["do"] == b"adjust" and fields[2]["by"] == b"60000"
    assert fields[3]["do"] == b"stop"
    ran_ms = after_ms + 30_000 - start_ms - 30_000
    assert fields[3]["left"] == b"%d" % (360_000 - ran_ms)


def test_next_speaker_stops_the_run_and_goes_on_in_the_room():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.press(NEXT, ms + 20_000)
    assert device.state.talk.id == b"two" and device.state.countdown.state == countdown.READY
    assert device.state.next_talk.id == b"three"
    device.press(ACTION, ms + 30_000)
    assert runs(device)[-1][1]["talk"] == b"two"


def test_the_clock_does_not_change_the_speaker_during_a_countdown():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.wait_until(1_900_000)
    assert device.state.talk.id == b"one"


def test_bookmarks_work_during_a_countdown_and_b_stays_start_and_pause():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.press(MARK, ms + 5_000)
    assert device.state.screen == state.COUNTDOWN and device.state.flash == state.FLASH_SAVED
    device.press(ACTION, ms + 6_000)
    assert device.state.countdown.state == countdown.PAUSED
    assert device.records(record.RETAG) == []


def test_a_schedule_that_breaks_in_the_middle_of_the_day_is_reported_once_and_marking_goes_on():
    for notices in (lambda device: device.wait_until(1_900_000), lambda device: device.press(NEXT, 40_000)):
        device = Handheld(with_schedule=False)
        file = BytesIO(schedule_file(TALKS))
        device.controller.use_schedule(Schedule(file))
        device.press(MARK, 10_000)
        file.seek(ROW_BYTES + 5)
        file.write(b"?" * (2 * ROW_BYTES))
        notices(device)
        assert device.controller.talks.schedule is None
        device.press(MARK, 1_910_000)
        device.wait_until(1_990_000)
        assert [fields.get("talk") for _, _, fields in device.records(record.BOOKMARK)] == [b"one", None]
        device.choose(b"Info", 2_000_000)
        assert device.state.screen == state.INFO
        told = [line for line in device.state.info_lines if b"Schedule damaged" in line]
        assert len(told) == 1, device.state.info_lines
        assert any(line.startswith(b"Journal: ") and b"% of flash" in line for line in device.state.info_lines)


def test_a_part_that_finds_no_memory_is_reported_and_marking_goes_on():
    class Full:
        def __init__(self, controller):
            raise MemoryError

    from firmware.control import menu

    menu_class = menu.Menu
    menu.Menu = Full
    try:
        device = Handheld()
        device.press(ACTION, 10_000, 900)
        assert device.state.screen == state.FAULT and device.state.fault == b"no memory"
        device.press(MARK, 12_000)
        assert device.state.flash == state.FLASH_SAVED and device.state.screen == state.NOTE
    finally:
        menu.Menu = menu_class


def test_the_silent_setting_reaches_the_cues():
    device = Handheld()
    ms = lightning(device, 10_000)
    ms = device.choose(b"Silent", ms + 100)
    device.press(ACTION, ms)
    device.wait_until(ms + 241_000)
    assert device.cues.played == [(countdown.STAGE_ONE_FINGER, True)]
