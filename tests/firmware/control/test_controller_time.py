"""What the passing of time does without a press: when to tick again, what may be done meanwhile, and the light."""

import sys

sys.path.insert(0, ".")

from firmware.core import countdown, state
from firmware.core.buttons import ACTION, HELD, MARK, NEXT, PRESS, RELEASE
from tests.support.device.handheld import NINE_UTC_S, Handheld, lightning, runs
from tests.support.device.laptop import record


def breaks(function, error_class):
    """Return whether `function` raises that error."""
    try:
        function()
    except error_class:
        return True
    return False


def test_slow_work_waits_until_three_seconds_after_the_last_press():
    device = Handheld()
    device.press(MARK, 10_000, 0)
    assert not device.controller.is_idle(10_000) and not device.controller.is_idle(13_000)
    assert device.controller.is_idle(13_001)


def test_slow_work_waits_until_three_seconds_after_the_last_cue():
    device = Handheld()
    start_ms = lightning(device, 10_000)
    device.press(ACTION, start_ms)
    assert device.controller.is_idle(start_ms + 239_000)
    device.wait_until(start_ms + 240_000)
    assert device.cues.played and not device.controller.is_idle(start_ms + 243_000)
    assert device.controller.is_idle(start_ms + 243_001)


def test_right_after_the_start_nothing_is_in_the_way_of_slow_work():
    assert Handheld().controller.is_idle(0)


def test_the_next_tick_is_at_the_next_full_second():
    device = Handheld()
    assert device.controller.tick(20_000) == 1000
    assert device.controller.tick(20_001) == 999
    assert device.controller.tick(20_999) == 1


def test_the_next_tick_hides_what_a_press_has_shown_to_the_millisecond():
    device = Handheld()
    device.press(MARK, 10_300, 0)
    assert device.controller.tick(13_100) == 200
    assert device.state.flash == state.FLASH_SAVED
    device.controller.tick(13_299)
    assert device.state.flash == state.FLASH_SAVED
    device.controller.tick(13_300)
    assert device.state.flash == state.FLASH_NONE


def test_the_next_tick_records_a_tag_the_moment_it_settles():
    device = Handheld()
    device.press(MARK, 10_000, 0)
    device.press(ACTION, 11_400)
    assert device.controller.tick(14_200) == 200
    assert device.records(record.RETAG) == []
    device.controller.tick(14_400)
    assert [(ms, fields["tag"]) for _, ms, fields in device.records(record.RETAG)] == [(14_400, b"quote")]


def test_a_countdown_ticks_when_its_seconds_change_on_the_screen():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms + 300)
    assert device.controller.tick(ms + 1000) == 300
    assert device.controller.tick(ms + 1299) == 1
    device.press(ACTION, ms + 2000)
    assert device.state.countdown.state == countdown.PAUSED
    assert device.controller.tick(ms + 3100) == 1000 - (ms + 3100) % 1000


def test_behind_another_screen_a_countdown_reaches_its_stages_on_time():
    device = Handheld()
    start_ms = lightning(device, 10_000) + 300
    device.press(ACTION, start_ms)
    device.choose(b"Notes", start_ms + 10_000)
    device.wait_until(start_ms + 250_000)
    stages = [ms for ms, fields in runs(device) if fields["do"] == b"stage"]
    assert stages == [start_ms + 240_000] and device.cues.played == [(countdown.STAGE_ONE_FINGER, False)]


def test_it_shows_how_much_is_unsynced_and_how_full_the_journal_is():
    device = Handheld()
    before = device.state.unsynced
    for number in range(50):
        device.press(MARK, 10_000 + 500 * number)
    assert device.state.unsynced == before + 50
    assert device.state.journal_percent == device.journal.percent > 0


def test_the_state_has_the_time_of_the_last_event():
    device = Handheld()
    device.press(MARK, 61_500, 80)
    assert device.state.now_ms == 61_580 and device.state.utc_min == NINE_UTC_S // 60 + 1


def test_an_event_that_is_handled_late_does_not_turn_the_time_back():
    device = Handheld()
    device.wait_until(20_000)
    device.controller.handle(MARK, PRESS, 19_500)
    assert device.state.now_ms == 20_000
    assert [ms for _, ms, _ in device.records(record.BOOKMARK)] == [19_500]


def test_without_a_schedule_the_laptops_time_zone_counts_and_with_one_the_conferences():
    device = Handheld(with_schedule=False)
    device.controller.clock_changed(7200, 1000)
    assert device.state.utc_offset_s == 7200
    device = Handheld()
    conference_s = device.state.utc_offset_s
    assert conference_s == -14_400
    device.controller.clock_changed(7200, 1000)
    assert device.state.utc_offset_s == conference_s


def test_a_clock_that_was_set_changes_the_talk_at_the_next_tick():
    device = Handheld()
    device.wait_until(20_000)
    assert device.state.talk.id == b"one"
    device.clock.set_utc_ms((NINE_UTC_S + 1900) * 1000, 20_100)
    device.controller.clock_changed(0, 20_100)
    device.controller.tick(20_100)
    assert device.state.talk.id == b"two"


def test_what_the_screen_has_shown_is_recorded_before_the_app_ends():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 11_000)
    device.controller.settle(11_500)
    device.controller.settle(11_600)
    assert [(ms, fields["tag"]) for _, ms, fields in device.records(record.RETAG)] == [(11_500, b"quote")]


def test_a_passage_that_is_shown_ends_when_the_app_ends_and_only_once():
    device = Handheld()
    device.wait_until(10_000)
    device.controller.handle(MARK, PRESS, 10_000)
    device.wait_until(10_700)
    device.controller.handle(MARK, HELD, 10_000)
    device.controller.settle(15_000)
    device.controller.handle(MARK, RELEASE, 16_000)
    assert [(ms, fields["len"]) for _, ms, fields in device.records(record.SPAN)] == [(15_000, b"5000")]


def test_a_short_press_is_no_passage():
    device = Handheld()
    device.press(MARK, 10_000, 650)
    assert device.records(record.SPAN) == []


def test_a_held_mark_that_was_not_saved_is_no_passage_and_stays_not_saved():
    device = Handheld()
    device.nor.fail(0)
    device.press(MARK, 10_000, 900)
    assert device.state.flash == state.FLASH_NOT_SAVED and device.records(record.SPAN) == []


def test_a_record_that_a_fault_has_cut_short_is_not_saved_and_any_other_moment_is_no_loss():
    device = Handheld()
    assert not device.controller.abandon_record(b"fault", 10_000) and device.state.flash == state.FLASH_NONE
    device.journal.save = None  # any error in there
    assert breaks(lambda: device.controller.handle(MARK, PRESS, 11_000), TypeError)
    assert device.controller.abandon_record(b"fault", 11_100)
    assert (device.state.flash, device.state.flash_reason) == (state.FLASH_NOT_SAVED, b"fault")
    assert not device.controller.abandon_record(b"fault", 11_200)


def test_a_press_without_memory_is_not_saved_and_the_next_one_is():
    device = Handheld()
    save = device.journal.save

    def full():
        raise MemoryError

    device.journal.save = full
    device.press(MARK, 10_000)
    assert device.state.flash == state.FLASH_NOT_SAVED and device.state.screen == state.NOTE
    device.journal.save = save
    device.press(MARK, 20_000)
    assert device.state.flash == state.FLASH_SAVED and len(device.records(record.BOOKMARK)) == 1


def test_a_tick_without_memory_says_not_saved_or_is_a_fault_to_report():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 11_000)

    def full(*_):
        raise MemoryError

    save = device.journal.save
    device.journal.save = full
    device.controller.tick(14_100)  # the tag settles
    assert (device.state.flash, device.state.flash_reason) == (state.FLASH_NOT_SAVED, b"no memory")
    device.journal.save = save
    device.controller.talks.tick = full
    assert breaks(lambda: device.controller.tick(20_000), MemoryError)


def test_a_fault_is_shown_but_hides_neither_a_countdown_nor_not_saved():
    device = Handheld()
    device.controller.show_fault(b"screen")
    assert device.state.screen == state.FAULT and device.state.fault == b"screen"
    device.press(ACTION, 10_000)
    assert device.state.screen == state.NOTE
    device.nor.fail(0)
    device.press(MARK, 20_000)
    device.controller.show_fault(b"sound")
    assert device.state.screen == state.NOTE and device.state.fault == b"sound"
    device.wait_until(30_000)
    ms = lightning(device, 30_000)
    device.press(ACTION, ms)
    device.controller.show_fault(b"link")
    assert device.state.screen == state.COUNTDOWN
    device.press(ACTION, ms + 1000)
    device.controller.show_fault(b"link")
    assert device.state.screen == state.COUNTDOWN, "a pause is part of the run"
    device.choose(b"Hold B", device.choose(b"Stop", ms + 5000))
    device.controller.show_fault(b"link")
    assert device.state.screen == state.FAULT


def test_a_mark_on_any_screen_of_a_chair_leads_back_to_the_countdown():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms, 900)
    device.press(MARK, ms + 2000)
    assert device.state.screen == state.COUNTDOWN


def test_c_goes_on_to_the_next_talk_of_the_room():
    device = Handheld()
    device.press(NEXT, 10_000)
    assert device.state.talk.id == b"two" and device.state.next_talk.id == b"three"
    device.press(NEXT, 20_000)
    assert device.state.talk.id == b"three" and device.state.next_talk is None
    device.press(NEXT, 30_000)
    assert device.state.talk.id == b"three"
    assert [fields["how"] for _, _, fields in device.records(record.TALK)] == [b"clock", b"next", b"next"]


def test_the_tag_of_the_next_bookmark_is_chosen_when_no_bookmark_is_new():
    device = Handheld()
    device.press(ACTION, 10_000)
    assert device.state.tag == b"quote" and device.state.flash == state.FLASH_NONE
    device.press(MARK, 20_000)
    device.wait_until(22_950)
    device.press(ACTION, 22_999)  # the last moment at which it is still new
    assert device.state.flash_tag == b"idea" and device.state.tag == b"quote"


def test_in_the_dark_b_held_after_its_light_came_back_does_its_work():
    device = Handheld()
    device.state.is_dark = True
    device.controller.handle(ACTION, PRESS, 10_000)
    device.state.is_dark = False
    device.controller.handle(ACTION, RELEASE, 10_080)
    assert device.state.tag == b"note"
    device.press(ACTION, 11_000)
    assert device.state.tag == b"quote"


class StoppedError(Exception):
    """The end of a test of something that runs forever."""


class Wakeup:
    """The way from the controller's task to the screen's: `waits` are the milliseconds that were asked for."""

    def __init__(self, turns):
        self.turns = turns
        self.waits = []
        self.woken = 0

    def wake(self):
        self.woken += 1

    async def sleep_ms(self, ms):
        self.waits.append(ms)
        if len(self.waits) == self.turns:
            raise StoppedError


def light_after(device, idle_ms):
    """Return (percent, is dark) after one turn of the controller's task, `idle_ms` after the last press."""
    wakeup = Wakeup(1)
    screen = Wakeup(0)
    now_ms = device.controller.last_press_ms + idle_ms
    task = device.controller.run(lambda: now_ms, wakeup, screen)
    assert breaks(lambda: task.send(None), StoppedError)
    assert screen.woken == 1 and 0 < wakeup.waits[0] <= 1000
    return device.state.light_percent, device.state.is_dark


def test_the_light_dims_after_a_minute_and_is_out_after_ten_but_not_while_somebody_chairs():
    device = Handheld()
    device.press(MARK, 10_000, 0)
    assert light_after(device, 59_999) == (80, False)
    assert light_after(device, 60_000) == (20, False)
    assert light_after(device, 600_000) == (0, True)
    device = Handheld()
    ms = lightning(device, 10_000)
    assert light_after(device, 600_000) == (20, False)
    device.press(ACTION, ms + 700_000)
    assert light_after(device, 100_000) == (80, False)
