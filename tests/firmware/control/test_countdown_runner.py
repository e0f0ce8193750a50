"""The chair's countdown: fixed ends, minutes more, ticks, alerts, as the buttons and the records show them."""

import sys

sys.path.insert(0, ".")

from firmware.core import countdown, power, state
from firmware.core.buttons import ACTION, MARK, NEXT
from tests.support.device.handheld import NINE_UTC_S, Handheld, lightning, runs
from tests.support.device.laptop import record

MINUTE_MS = 60_000


def with_setting(name, value):
    device = Handheld()
    device.controller.settings[name] = value
    device.controller.apply_settings(device.now_ms)
    return device


def test_a_fixed_end_is_kept_although_one_started_late_and_paused():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.choose(b"End at 11:10", device.choose(b"End at ...", ms + 1000))
    assert device.state.end_min == NINE_UTC_S // 60 + 10
    device.press(ACTION, 4 * MINUTE_MS)
    assert runs(device)[0][1]["plan"] == b"%d" % (6 * MINUTE_MS)
    device.press(ACTION, 5 * MINUTE_MS)
    device.press(ACTION, 7 * MINUTE_MS)
    assert device.state.countdown.remaining_ms(device.now_ms) == 10 * MINUTE_MS - device.now_ms
    fields = [fields for _, fields in runs(device)]
    assert [entry["do"] for entry in fields] == [b"start", b"pause", b"adjust", b"resume"]
    assert fields[2]["by"] == b"%d" % (-2 * MINUTE_MS)
    device.choose(b"+1 min", 7 * MINUTE_MS + 5000)
    assert device.state.end_min == NINE_UTC_S // 60 + 11
    assert device.state.countdown.remaining_ms(device.now_ms) == 11 * MINUTE_MS - device.now_ms


def test_a_fixed_end_moves_with_the_wall_clock_when_that_is_set():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.choose(b"End at 11:10", device.choose(b"End at ...", ms + 1000))
    device.press(ACTION, 4 * MINUTE_MS)
    for wrong_ms in (90_000, -30_000):
        device.clock.set_utc_ms(NINE_UTC_S * 1000 + wrong_ms, 0)
        device.controller.clock_changed(0, device.now_ms)
        assert device.state.countdown.remaining_ms(device.now_ms) == 10 * MINUTE_MS - device.now_ms - wrong_ms
    assert device.records(record.COUNTDOWN)[-1][2]["by"] == b"120000"


def test_the_planned_end_of_the_talk_is_offered_first():
    device = Handheld()
    device.wait_until(60_000)
    ms = lightning(device, 70_000)
    device.choose(b"End at ...", ms)
    assert device.state.menu_items[:2] == (b"End at 11:30", b"End at 11:05")


def test_counting_up_changes_what_is_shown_and_nothing_else():
    device = with_setting("count_up", True)
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    stages = ((1, countdown.STAGE_RUNNING), (250, countdown.STAGE_ONE_FINGER), (303, countdown.STAGE_APPLAUSE))
    for seconds, stage in stages:
        at_ms = ms + seconds * 1000
        device.wait_until(at_ms)
        assert device.state.countdown.shown_seconds(at_ms) == seconds
        assert device.state.countdown.stage(at_ms) == stage


def test_the_last_ten_seconds_tick_only_where_that_is_set():
    for wanted in (True, False):
        device = with_setting("ticks", wanted)
        ms = lightning(device, 10_000)
        device.press(ACTION, ms)
        device.wait_until(ms + 299_999)
        ticks = [cue for cue, _ in device.cues.played if cue == countdown.CUE_TICK]
        assert len(ticks) == (10 if wanted else 0), ticks


def test_an_end_alert_calls_until_somebody_dismisses_it_and_the_time_runs_on():
    device = with_setting("end_alert", True)
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.wait_until(ms + 320_000)
    assert device.state.alert
    calls = len([cue for cue, _ in device.cues.played if cue == countdown.STAGE_APPLAUSE])
    assert calls == 6, device.cues.played
    device.press(MARK, ms + 321_000)
    assert device.state.alert, "a mark is no answer to it"
    device.press(ACTION, ms + 322_000)
    assert not device.state.alert and device.state.countdown.state == countdown.RUNNING
    device.wait_until(ms + 340_000)
    assert len([cue for cue, _ in device.cues.played if cue == countdown.STAGE_APPLAUSE]) == calls
    device.press(ACTION, ms + 341_000)
    assert runs(device)[-1][1]["do"] == b"stop" and runs(device)[-1][1]["left"] == b"-41000"


def test_of_several_stages_that_are_due_at_once_all_are_recorded_and_only_the_newest_is_heard():
    for after_ms, stage in ((285_000, 2), (302_000, 3), (310_000, 4)):
        device = Handheld()
        ms = lightning(device, 10_000)
        device.press(ACTION, ms)
        device.cues.played.clear()
        device.controller.tick(ms + after_ms)  # the device was busy until then
        assert [cue for cue, _ in device.cues.played] == [stage]
        reached = [fields.get("stage", fields["do"]) for _, fields in runs(device)][1:]
        assert reached == [b"one-finger", b"two-finger", b"applause", b"overtime"][:stage]
        assert [at_ms - ms for at_ms, _ in runs(device)][1:] == [240_000, 280_000, 300_000, 305_000][:stage]


def test_without_overtime_the_applause_is_the_last_stage():
    device = with_setting("overtime", False)
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.wait_until(ms + 330_000)
    assert [fields["do"] for _, fields in runs(device)] == [b"start", b"stage", b"stage", b"stage"]
    assert device.state.countdown.shown_seconds(device.now_ms) == 0


def test_brightness_and_silence_chosen_on_the_device_are_settings_to_keep():
    device = Handheld()
    ms = device.choose(b"Brightness", 10_000)
    ms = device.choose(b"25 %", ms)
    device.choose(b"Silent", ms)
    settings = device.controller.settings
    assert (settings["brightness"], settings["silent"]) == (25, True)
    assert device.controller.has_unsaved_settings and device.state.silent


def test_in_the_dark_a_short_press_of_b_only_brings_the_light_back_and_a_marks():
    device = Handheld()
    device.state.is_dark = True
    device.press(ACTION, 10_000)
    device.press(NEXT, 14_000)
    assert device.state.screen == state.NOTE and device.state.tag == b"note" and device.state.talk.id == b"one"
    device.press(MARK, 20_000)
    assert len(device.records(record.BOOKMARK)) == 1
    device.state.is_dark = False
    device.press(ACTION, 30_000)
    assert device.state.tag == b"quote"


def test_in_the_dark_b_held_opens_the_menu():
    device = Handheld()
    device.state.is_dark = True
    device.press(ACTION, 12_000, 900)
    assert device.state.screen == state.MENU


def test_the_pages_of_the_list_reach_every_talk():
    device = Handheld()
    ms = device.choose(b"Talk", 10_000)
    assert device.state.menu_items == (b"First talk", b"Second talk", b"Third talk")
    device.choose(b"Third", ms)
    assert device.state.talk.id == b"three"


def test_the_light_dims_and_goes_out_but_never_during_a_countdown():
    assert power.light_percent(80, 60, 59_999, False, False) == 80
    assert power.light_percent(80, 60, 60_000, False, False) == 20
    assert power.light_percent(2, 60, 60_000, False, False) == 1
    assert power.light_percent(80, 60, 600_000, False, False) == 0
    assert power.light_percent(80, 60, 600_000, False, True) == 20
    assert power.light_percent(80, 60, 600_000, True, True) == 80
    assert power.light_percent(80, 0, 1 << 29, False, False) == 80


def test_the_chip_sleeps_only_without_laptop_and_countdown():
    never_ms = 1 << 24
    assert power.may_sleep(5_000, never_ms, False)
    assert not power.may_sleep(4_999, never_ms, False)
    assert not power.may_sleep(60_000, never_ms, True)
    assert not power.may_sleep(60_000, 29_999, False)
    assert power.may_sleep(60_000, 30_000, False)


def test_a_clock_that_jumps_both_ways_never_stops_the_marking():
    device = Handheld()
    device.press(MARK, 10_000)
    for jump_s in (3600, -7200, 40_000, -40_000, 1800):
        device.clock.set_utc_ms((NINE_UTC_S + jump_s) * 1000, 0)
        device.controller.clock_changed(0, device.now_ms)
        device.press(MARK, device.now_ms + 30_000)
    talks = [fields.get("talk") for _, _, fields in device.records(record.BOOKMARK)]
    assert talks == [b"one", None, None, None, None, b"two"], talks


def test_the_ticks_may_wrap_during_a_countdown():
    from firmware.core.clock import Clock

    wrap_ms = 1 << 30
    clock = Clock(wrap_ms - 100_000)
    run = countdown.Countdown()
    run.start(clock.uptime_ms(wrap_ms - 50_000))
    assert run.remaining_ms(clock.uptime_ms(10_000)) == 300_000 - 60_000
