"""The controller at its limits: first values, exact times, and what each button does on each screen."""

import sys

sys.path.insert(0, ".")

from firmware.control.controller import Controller
from firmware.core import settings, state
from firmware.core.buttons import ACTION, HELD, MARK, NEXT, PRESS, RELEASE
from firmware.core.schedule import ScheduleError
from tests.support.device.handheld import Handheld, lightning
from tests.support.device.laptop import record


def restarted(device, **changes):
    """Return another controller on the journal of `device`, as after a reset, and its settings."""
    values = settings.defaults()
    values.update(changes)
    shown = state.State()
    made = Controller(device.journal, device.clock, values, shown, device.cues, device.keep)
    return made, shown


def test_a_controller_starts_with_the_notes_its_settings_and_nothing_to_do():
    device = Handheld()
    made, shown = restarted(device, silent=True, room="Curie")
    assert made.home == state.NOTE and shown.silent is True and made.runner is None
    assert made.has_unsaved_settings is False and made.is_idle(0) and made.last_active_ms() == -10_000
    assert made.bookmarks.marking.next_tag == b"note"
    assert [(ms, fields["name"]) for _, ms, fields in device.records(b"room")] == [(0, b"Curie")]
    assert not restarted(device)[1].silent


def test_a_passage_can_begin_at_the_moment_of_the_boot_and_without_one_nothing_ends():
    device = Handheld()
    made, _ = restarted(device)
    made.settle(100)
    made.handle(MARK, RELEASE, 200)
    assert device.records(record.SPAN) == []


def test_a_release_counts_as_something_that_a_person_does():
    device = Handheld()
    device.press(MARK, 10_000, 500)
    assert device.controller.last_press_ms == 10_500
    assert not device.controller.is_idle(13_500) and device.controller.is_idle(13_501)


def test_the_wait_for_the_next_tick_is_never_nothing():
    device = Handheld()
    device.press(MARK, 10_300, 0)
    assert device.controller.tick(13_300) == 700
    assert device.controller.tick(13_301) == 699
    device.controller.records.flash(state.FLASH_UNDONE, 15_300)
    assert device.controller.tick(18_299) == 1
    device.press(MARK, 19_300, 0)
    device.controller.records.flash_ends_ms = 0
    assert device.controller.tick(22_299) == 1, "the bookmark is no longer new then"
    device.press(MARK, 20_000, 0)
    assert device.controller.tick(22_999) == 1 and device.controller.tick(23_000) == 1000


def test_a_countdown_that_is_paused_behind_the_notes_asks_for_no_tick_of_its_own():
    device = Handheld()
    start_ms = lightning(device, 10_000) + 300
    device.press(ACTION, start_ms, 0)
    ms = device.choose(b"Notes", start_ms + 1000)
    ms += 1000 - ms % 1000
    assert device.controller.tick(ms) == start_ms % 1000 > 0, "when the seconds of the countdown change"
    device.controller.runner.go_on(ms)
    assert device.controller.tick(ms) == 1000


def test_in_the_dark_a_mark_that_is_held_is_a_passage_like_any_other():
    device = Handheld()
    device.state.is_dark = True
    device.press(MARK, 10_000, 900)
    assert [fields["len"] for _, _, fields in device.records(record.SPAN)] == [b"900"]


def test_a_press_that_held_the_menu_open_does_not_step_in_it():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    assert device.state.menu_index == 1
    device.press(ACTION, 12_000)
    assert device.state.menu_index == 2


def test_each_button_remembers_its_own_press():
    device = Handheld()
    device.press(MARK, 10_000, 0)
    device.wait_until(12_000)
    device.controller.handle(ACTION, PRESS, 12_000)
    device.controller.handle(NEXT, PRESS, 14_000)
    device.controller.handle(NEXT, RELEASE, 14_100)
    device.wait_until(14_500)
    device.controller.handle(ACTION, RELEASE, 14_500)
    # the press of B was within three seconds of the mark, its release was not
    device.wait_until(20_000)
    assert [fields["tag"] for _, _, fields in device.records(record.RETAG)] == [b"quote"]


def test_b_held_takes_back_by_the_time_of_its_press():
    for pressed_ms, undos in ((12_999, 1), (13_000, 0)):
        device = Handheld()
        device.press(MARK, 10_000, 0)
        device.press(ACTION, pressed_ms, 900)
        assert len(device.records(record.UNDO)) == undos
        assert device.state.screen == (state.NOTE if undos else state.MENU)


def test_b_held_on_another_screen_takes_nothing_back():
    device = Handheld()
    device.press(MARK, 10_000, 0)
    device.controller.show(state.CLOCK)
    device.press(ACTION, 11_000, 900)
    assert device.records(record.UNDO) == [] and device.state.screen == state.MENU
    device.press(NEXT, 13_000)
    assert device.state.screen == state.CLOCK


def test_b_on_a_screen_without_an_action_leads_to_the_one_below_it():
    device = Handheld()
    for home in (state.NOTE, state.CLOCK, state.COUNTDOWN):
        device.controller.show(home)
        for screen in (state.INFO, state.FAULT):
            device.controller.show(screen)
            assert device.controller.home == home
            device.press(ACTION, device.now_ms + 1000)
            assert device.state.screen == home
    device.controller.show(state.CLOCK)
    device.press(ACTION, device.now_ms + 1000)
    assert device.state.screen == state.CLOCK and device.state.tag == b"note"


def test_a_fault_on_the_menu_closes_it():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    assert device.state.menu_items
    device.controller.show_fault(b"screen")
    assert device.state.screen == state.FAULT and device.state.menu_items == ()
    device.wait_until(30_000)
    assert device.state.screen == state.FAULT


def test_close_menu_says_whether_there_was_one():
    device = Handheld()
    assert device.controller.close_menu() is False
    device.press(ACTION, 10_000, 900)
    assert device.controller.close_menu() is True and device.controller.close_menu() is False


def test_the_clock_that_was_set_is_looked_at_once_at_once():
    device = Handheld()
    looks = []
    device.controller.talks._follow_clock = looks.append
    device.controller.clock_changed(0, 500)
    device.controller.tick(600)
    device.controller.tick(700)
    assert looks == [600]


def test_a_schedule_that_a_press_finds_damaged_is_lost_and_reported():
    device = Handheld()

    def damaged(ms):
        raise ScheduleError("Schedule damaged. Push it again.")

    device.controller.talks.next = damaged
    device.press(NEXT, 10_000)
    assert device.controller.talks.schedule is None
    assert device.state.problems == ["Schedule damaged. Push it again."]


def test_a_setting_that_was_changed_on_the_device_is_one_to_save():
    device = Handheld()
    assert not device.controller.has_unsaved_settings
    device.controller.change_setting("silent", True)
    assert device.controller.has_unsaved_settings and device.state.silent is True
    device.controller.change_setting("brightness", 25)
    assert device.controller.settings["brightness"] == 25 and device.state.silent is True


def test_the_menu_offers_its_second_entry_where_there_is_nothing_to_take_back():
    device = Handheld()
    device.press(ACTION, 10_000, 900)
    assert device.state.menu_index == 1
    device.press(NEXT, 12_000)
    device.press(MARK, 20_000)
    device.press(ACTION, 30_000, 900)
    assert device.state.menu_index == 0


def test_what_a_press_shows_lasts_three_seconds_from_the_newest():
    device = Handheld()
    device.press(MARK, 10_000, 0)
    device.press(MARK, 12_000, 0)
    device.controller.tick(14_999)
    assert device.state.flash == state.FLASH_SAVED
    device.controller.tick(15_000)
    assert device.state.flash == state.FLASH_NONE


def test_only_the_held_mark_of_a_saved_bookmark_shows_a_passage():
    device = Handheld()
    device.controller.handle(NEXT, PRESS, 9_000)
    device.controller.handle(NEXT, HELD, 9_000)
    assert device.state.flash == state.FLASH_NONE and device.state.screen == state.NOTE
    device.controller.handle(NEXT, RELEASE, 9_900)
    assert device.state.talk.id == b"one", "a held C is used up"
