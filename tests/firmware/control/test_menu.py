"""What the menu offers on each screen, in which order, and what its lists say."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core import countdown, state
from firmware.core.buttons import ACTION, HELD, MARK, NEXT, PRESS
from firmware.core.schedule import Schedule
from tests.support.device.handheld import NINE_UTC_S, Handheld, lightning
from tests.support.device.laptop import record
from tests.support.device.schedule_rows import schedule_file

ALWAYS = (b"Silent", b"Brightness ...", b"Info")
NONE = b"Nothing to take back"
COUNTING = (b"+1 min", b"Next speaker", b"End at ...", b"Stop ...", b"Countdown ...", b"Notes", b"Clock", b"Talk ...")
HALF_HOUR_S = 1800


def menu_at(device, ms):
    """Open the menu at `ms`, close it, and return what it offered."""
    device.press(ACTION, ms, 900)
    assert device.state.screen == state.MENU
    items = device.state.menu_items
    device.press(NEXT, ms + 1000)
    assert device.state.screen != state.MENU
    return items


def joined(*groups):
    """Return one tuple of entries; each group is an entry or a tuple of them."""
    entries = []
    for group in groups:
        entries.extend(group if isinstance(group, tuple) else (group,))
    return tuple(entries)


def page(first, behind, *more):
    """Return the entries of a page of `one_after_the_other`, and what follows them."""
    return joined(tuple([b"Talk %02d" % number for number in range(first, behind)]), more)


def with_talks(rows):
    device = Handheld(with_schedule=False)
    device.controller.use_schedule(Schedule(BytesIO(schedule_file(rows))))
    device.wait_until(0)
    return device


def one_after_the_other(count):
    """Return rows of talks of half an hour in one room, from nine o'clock."""
    rows = []
    for number in range(count):
        start_s = NINE_UTC_S + number * HALF_HOUR_S
        rows.append((start_s, b"Curie", b"t%02d" % number, start_s + HALF_HOUR_S, b"Talk %02d" % number, b""))
    return tuple(rows)


def test_an_entry_of_the_note_screen_keeps_its_place_whatever_happened_before():
    device = Handheld()
    rest = joined(b"Talk ...", b"Countdown ...", b"Clock", ALWAYS)
    assert menu_at(device, 10_000) == joined(NONE, rest)
    device.press(MARK, 20_000)
    device.press(MARK, 30_000)
    assert menu_at(device, 40_000) == joined(b"Take back #2", rest)


def test_on_the_clock_it_offers_the_way_back_to_the_notes():
    device = Handheld()
    ms = device.choose(b"Clock", 10_000)
    assert menu_at(device, ms) == joined(NONE, b"Talk ...", b"Countdown ...", b"Notes", ALWAYS)
    assert device.state.screen == state.CLOCK
    device.choose(b"Notes", ms + 5000)
    assert device.state.screen == state.NOTE


def test_an_entry_of_the_countdown_keeps_its_place_whether_it_is_ready_running_or_paused():
    device = Handheld()
    ms = lightning(device, 10_000)
    offered = joined(COUNTING, ALWAYS, NONE)
    assert menu_at(device, ms) == offered
    device.press(ACTION, ms + 5000)
    assert menu_at(device, ms + 6000) == offered
    device.press(ACTION, ms + 10_000)
    assert device.state.countdown.state == countdown.PAUSED
    assert menu_at(device, ms + 11_000) == offered
    device.press(MARK, ms + 15_000)
    assert menu_at(device, ms + 20_000) == joined(COUNTING, ALWAYS, b"Take back #1")


def test_stop_asks_for_a_second_hold():
    device = Handheld()
    ms = lightning(device, 10_000)
    assert device.choose(b"Stop", ms) and device.state.screen == state.COUNTDOWN  # nothing to stop
    device.press(ACTION, ms + 5000)
    ms = device.choose(b"Stop", ms + 6000)
    assert device.state.menu_items == (b"Hold B to stop", b"Go on")
    ms = device.choose(b"Go on", ms)
    assert device.state.countdown.state == countdown.RUNNING and device.state.screen == state.COUNTDOWN
    device.choose(b"Hold B", device.choose(b"Stop", ms))
    assert device.state.countdown.state == countdown.ENDED and device.state.screen == state.COUNTDOWN


def test_a_minute_more_is_the_first_entry_and_the_end_can_be_set_while_it_runs():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.press(ACTION, ms + 1000, 900)
    device.press(ACTION, ms + 3000, 900)
    assert device.state.countdown.total_ms == 360_000
    device.choose(b"End at 11:10", device.choose(b"End at", ms + 10_000))
    left_ms = device.state.countdown.remaining_ms(device.now_ms)
    assert left_ms == 600_000 - device.now_ms and device.state.countdown.state == countdown.RUNNING


def test_without_a_schedule_no_talks_and_without_the_time_no_end_are_offered_at_their_places():
    device = Handheld(knows_time=False, with_schedule=False)
    assert menu_at(device, 10_000) == joined(NONE, b"No talks", b"Countdown ...", b"Clock", ALWAYS)
    ms = lightning(device, 20_000)
    items = menu_at(device, ms)
    assert items[2] == b"End at ..." and items[7] == b"No talks" and len(items) == len(joined(COUNTING, ALWAYS, NONE))


def test_without_the_time_no_end_can_be_chosen_and_the_menu_closes():
    device = Handheld(knows_time=False)
    device.choose(b"End at", lightning(device, 20_000))
    assert device.state.screen == state.COUNTDOWN and device.state.end_min == 0


def test_a_silent_device_offers_the_sound():
    device = Handheld()
    ms = device.choose(b"Silent", 10_000)
    assert b"Sound on" in menu_at(device, ms)
    device.choose(b"Sound on", ms + 5000)
    assert not device.state.silent and device.controller.settings["silent"] is False


def test_behind_the_last_entry_comes_the_first():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    seen = []
    for press in range(len(device.state.menu_items) + 1):
        seen.append(device.state.menu_index)
        device.press(ACTION, 11_000 + press * 200)
    assert seen == [1, 2, 3, 4, 5, 6, 1, 2]  # 0 is the bookmark to take back: there is none


def test_a_list_behind_an_entry_starts_at_its_first():
    device = Handheld()
    device.choose(b"Brightness", 10_000)
    assert device.state.menu_items == (b"10 %", b"25 %", b"50 %", b"75 %", b"100 %")
    assert device.state.screen == state.MENU and device.state.menu_index == 0


def test_it_closes_ten_seconds_after_the_last_touch():
    device = Handheld()
    device.press(ACTION, 10_000, 700)
    device.wait_until(15_000)
    device.press(ACTION, 15_000)
    device.wait_until(24_999)
    assert device.state.screen == state.MENU
    device.wait_until(25_000)
    assert device.state.screen == state.NOTE


def test_a_list_stays_open_for_ten_seconds_of_its_own():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    device.press(ACTION, 18_000, 900)
    assert device.state.menu_items[0] == b"First talk"
    opened_ms = device.now_ms
    device.wait_until(opened_ms + 8_000)
    assert device.state.screen == state.MENU
    device.wait_until(opened_ms + 10_000)
    assert device.state.screen == state.NOTE


def test_c_closes_it_and_changes_no_talk():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    device.press(NEXT, 11_000)
    assert device.state.screen == state.NOTE and device.state.talk.id == b"one"


def test_c_held_does_nothing():
    device = Handheld()
    device.press(NEXT, 10_000, 900)
    assert device.state.screen == state.NOTE and device.state.talk.id == b"one"


def test_a_new_schedule_closes_a_list_that_may_offer_what_is_gone():
    device = Handheld()
    device.choose(b"Talk", 10_000)
    device.controller.use_schedule(None)
    assert device.state.screen == state.NOTE
    assert b"Talk ..." not in menu_at(device, 20_000)


def test_a_schedule_that_arrives_closes_the_menu_and_frees_its_labels():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    assert device.state.screen == state.MENU and device.state.menu_items
    device.controller.close_menu()
    assert device.state.screen == state.NOTE and device.state.menu_items == ()
    device.controller.show(state.CLOCK)
    device.controller.close_menu()
    assert device.state.screen == state.CLOCK


def test_room_is_made_before_the_menu_and_the_countdown_are_loaded():
    device = Handheld()
    made = []
    device.controller.make_room = lambda: made.append(device.state.screen)
    device.press(ACTION, 10_000, 900)
    assert made == [state.NOTE]
    device.controller.load_runner()
    device.controller.load_runner()
    assert len(made) == 2


def test_a_new_schedule_leaves_the_other_screens_alone():
    device = Handheld()
    ms = device.choose(b"Info", 10_000)
    device.controller.use_schedule(None)
    device.wait_until(ms)
    assert device.state.screen == state.INFO


def test_a_preset_that_is_named_by_its_minutes_says_them_once():
    device = Handheld()
    device.controller.settings["presets"].append(["keynote", 45, 300, 60])
    device.choose(b"Countdown", 10_000)
    assert device.state.menu_items == (
        b"lightning 5:00",
        b"3 min",
        b"10 min",
        b"20 min",
        b"25 min",
        b"30 min",
        b"keynote 45:00",
    )


def test_another_preset_ends_the_run_and_is_ready_with_its_own_cues():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    ms = device.choose(b"Countdown", ms + 2000)
    device.choose(b"10 min", ms)
    run = device.state.countdown
    assert (run.state, run.planned_ms, run.one_finger_ms, run.two_finger_ms) == (
        countdown.READY,
        600_000,
        300_000,
        60_000,
    )
    assert device.state.preset == b"10 min" and device.state.screen == state.COUNTDOWN
    assert [fields["do"] for _, _, fields in device.records(record.COUNTDOWN)] == [b"start", b"stop"]


def test_the_ends_on_offer_are_the_planned_one_and_the_next_full_five_minutes():
    device = Handheld()
    ms = lightning(device, 60_000)
    device.choose(b"End at ...", ms)
    minutes = (30, 5, 10, 15, 20, 25)
    assert device.state.menu_items == tuple([b"End at 11:%02d" % minute for minute in minutes])


def test_at_a_full_five_minutes_the_end_on_offer_is_the_one_after_it():
    device = Handheld()
    device.controller.use_schedule(None)
    device.wait_until(300_000)
    ms = lightning(device, 300_000)
    device.choose(b"End at ...", ms)
    minutes = (10, 15, 20, 25, 30, 35)
    assert device.state.menu_items == tuple([b"End at 15:%02d" % minute for minute in minutes])


def test_a_planned_end_that_has_passed_is_not_offered():
    device = Handheld()
    ms = lightning(device, 60_000)
    device.wait_until(HALF_HOUR_S * 1000)  # the clock changes no speaker while the countdown is shown
    assert device.state.talk.id == b"one" and ms < device.now_ms
    device.choose(b"End at ...", device.now_ms)
    assert device.state.menu_items[0] == b"End at 11:35" and len(device.state.menu_items) == 6


def test_the_ends_on_offer_go_on_behind_midnight():
    device = Handheld()
    device.clock.set_utc_ms((NINE_UTC_S + 12 * 3600 + 3000) * 1000, 0)  # 23:50 in the schedule's time zone
    ms = lightning(device, 10_000)
    device.choose(b"End at ...", ms)
    assert device.state.menu_items[:3] == (b"End at 23:55", b"End at 00:00", b"End at 00:05")


def test_a_long_list_of_talks_is_read_page_by_page_in_both_directions():
    device = with_talks(one_after_the_other(12))
    ms = device.choose(b"Talk", 10_000)
    assert device.state.menu_items == page(0, 5, b"Later ...")
    ms = device.choose(b"Later", ms)
    assert device.state.menu_items == page(5, 10, b"Later ...", b"Earlier ...")
    ms = device.choose(b"Later", ms)
    assert device.state.menu_items == page(10, 12, b"Earlier ...")
    ms = device.choose(b"Earlier", ms)
    assert device.state.menu_items == page(5, 10, b"Later ...", b"Earlier ...")
    ms = device.choose(b"Earlier", ms)
    assert device.state.menu_items == page(0, 5, b"Later ...")
    device.choose(b"Talk 03", ms)
    assert device.state.talk.id == b"t03"


def test_a_page_before_the_third_talk_starts_with_the_first():
    device = with_talks(one_after_the_other(12))
    device.wait_until(4 * HALF_HOUR_S * 1000)
    ms = device.choose(b"Talk", device.now_ms + 1000)
    assert device.state.menu_items[0] == b"Talk 04"
    device.choose(b"Earlier", ms)
    assert device.state.menu_items[0] == b"Talk 00"


def test_the_talk_of_your_own_room_is_offered_before_those_of_the_others():
    end_s = NINE_UTC_S + HALF_HOUR_S
    rows = (
        (NINE_UTC_S, b"Aula", b"a", end_s, b"In the Aula", b""),
        (NINE_UTC_S, b"Curie", b"c", end_s, b"In Curie", b""),
        (NINE_UTC_S + 60, b"Noether", b"n", end_s, b"In Noether", b""),
    )
    for room, first in ((b"Aula", b"In the Aula"), (b"Curie", b"In Curie"), (b"Noether", b"In Noether")):
        device = Handheld(with_schedule=False)
        device.controller.talks.room = room
        device.controller.use_schedule(Schedule(BytesIO(schedule_file(rows))))
        device.wait_until(120_000)
        device.choose(b"Talk", 130_000)
        assert device.state.menu_items[0] == first, (room, device.state.menu_items)
        assert sorted(device.state.menu_items) == [b"In Curie", b"In Noether", b"In the Aula"]


def test_a_schedule_without_talks_offers_none_and_the_menu_closes():
    device = with_talks(())
    device.choose(b"Talk", 10_000)
    assert device.state.screen == state.NOTE and device.state.talk is None


def test_every_brightness_on_offer_can_be_chosen():
    for label, percent in ((b"10 %", 10), (b"50 %", 50), (b"75 %", 75), (b"100 %", 100)):
        device = Handheld()
        device.choose(label, device.choose(b"Brightness", 10_000))
        assert device.controller.settings["brightness"] == percent
        assert device.controller.has_unsaved_settings and device.state.screen == state.NOTE


def test_what_was_chosen_happens_at_the_moment_of_the_press():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 20_000, 900)
    device.controller.handle(ACTION, PRESS, 22_000)
    device.wait_until(22_700)
    device.controller.handle(ACTION, HELD, 22_000)
    assert [ms for _, ms, _ in device.records(record.UNDO)] == [22_000]
