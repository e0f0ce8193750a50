"""The chair's countdown at its limits: ends that are over, time that is given back, alerts, and long names."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core import countdown, state
from firmware.core.buttons import ACTION, MARK
from firmware.core.lines.sector_reader import NOTHING, RECORD
from firmware.core.schedule import Schedule
from firmware.journal.reader import Cursor
from tests.support.device.handheld import NINE_UTC_S, Handheld, lightning, runs
from tests.support.device.laptop import record
from tests.support.device.schedule_rows import schedule_file

MINUTE_MS = 60_000
NINE_MIN = NINE_UTC_S // 60


def ready(**settings):
    """Return (a device with a countdown of five minutes on its screen, its runner)."""
    device = Handheld()
    device.controller.settings.update(settings)
    device.controller.apply_settings(0)
    device.controller.show(state.COUNTDOWN)
    return device, device.controller.load_runner()


def cues_of(device):
    return [cue for cue, _ in device.cues.played]


def did(device):
    return [fields["do"] for _, fields in runs(device)]


def lines_of(device, kind):
    """Return the records of that kind as they are in the flash."""
    cursor = Cursor(device.journal)
    cursor.seek(1)
    found = []
    while True:
        what = cursor.next()
        if what == NOTHING:
            return found
        line = bytes(cursor.line[: cursor.length])
        if what == RECORD and line.split(b" ")[3] == kind:
            found.append(line)


def test_a_new_runner_has_no_run_no_end_and_no_cue_behind_it():
    device, runner = ready()
    assert runner.run_seq == 0 and runner.end_utc_ms == 0 and runner.last_cue_ms == -60_000
    assert device.state.countdown.state == countdown.READY and device.state.preset == b"lightning"
    assert device.state.end_min == 0 and not device.state.alert


def test_a_fixed_end_that_is_over_gives_the_whole_time_of_the_preset():
    for start_ms, plan_ms, end_min in (
        (10 * MINUTE_MS - 1000, 1000, NINE_MIN + 10),
        (10 * MINUTE_MS - 1, 1, NINE_MIN + 10),
        (10 * MINUTE_MS, 5 * MINUTE_MS, 0),
        (11 * MINUTE_MS, 5 * MINUTE_MS, 0),
    ):
        device, runner = ready()
        runner.end_at(NINE_MIN + 10, 0)
        device.press(ACTION, start_ms, 0)
        assert runs(device)[0][1]["plan"] == b"%d" % plan_ms and device.state.end_min == end_min
        assert device.state.countdown.state == countdown.RUNNING


def test_a_fixed_end_after_a_run_prepares_another_one():
    device, runner = ready()
    device.press(ACTION, 10_000, 0)
    runner.stop(20_000)
    runner.end_at(NINE_MIN + 4, 30_000)
    assert device.state.countdown.state == countdown.READY and did(device) == [b"start", b"stop"]
    device.wait_until(60_000)
    assert device.state.countdown.remaining_ms(60_000) == 3 * MINUTE_MS


def test_a_fixed_end_that_a_run_keeps_anyway_leaves_no_record():
    device, runner = ready()
    device.press(ACTION, MINUTE_MS, 0)
    runner.end_at(NINE_MIN + 6, 2 * MINUTE_MS)
    assert did(device) == [b"start"]
    runner.end_at(NINE_MIN + 7, 2 * MINUTE_MS)
    assert did(device) == [b"start", b"adjust"]


def test_without_the_time_a_fixed_end_leaves_the_countdown_as_it_is():
    device, runner = ready()
    device.clock.set_utc_ms(0, 0)
    runner.end_at(NINE_MIN + 30, 1000)
    runner.keep_end(2000)
    assert device.state.countdown.remaining_ms(2000) == 5 * MINUTE_MS


def test_minutes_before_the_start_are_given_without_a_record_and_move_the_end():
    device, runner = ready()
    runner.add_minutes(2, 1000)
    assert device.state.countdown.remaining_ms(1000) == 7 * MINUTE_MS and did(device) == []
    assert device.state.end_min == 0 and runner.end_utc_ms == 0
    runner.end_at(NINE_MIN + 10, 1000)
    runner.add_minutes(-3, 1000)
    assert device.state.end_min == NINE_MIN + 7 and runner.end_utc_ms == (NINE_MIN + 7) * MINUTE_MS
    assert did(device) == []


def test_after_its_end_no_minute_is_given_any_more():
    device, runner = ready()
    runner.go_on(1000)
    runner.end_at(NINE_MIN + 10, 1000)
    runner.stop(2000)
    runner.add_minutes(1, 3000)
    assert did(device) == [b"start", b"adjust", b"stop"] and device.state.end_min == NINE_MIN + 10


def test_an_adjustment_says_by_how_much_and_what_is_left_in_its_run():
    device, runner = ready()
    runner.go_on(1000)
    runner.add_minutes(1, 11_000)
    run = b"%d" % runner.run_seq
    assert run != b"0"
    assert runs(device)[1] == (11_000, {"do": b"adjust", "run": run, "by": b"60000", "left": b"350000"})


def test_a_pause_ends_where_it_began_and_the_last_word_of_a_run_is_stop():
    device, runner = ready()
    assert runner.go_on(1000) and runner.go_on(2000) and runner.go_on(7000)
    assert device.state.countdown.remaining_ms(7000) == 5 * MINUTE_MS - 1000
    assert did(device) == [b"start", b"pause", b"resume"]
    runner.go_on(6000 + 5 * MINUTE_MS - 1)
    assert did(device)[-1] == b"pause", "a millisecond before the end it is a pause"
    device, runner = ready()
    runner.go_on(1000)
    assert runner.go_on(1000 + 5 * MINUTE_MS)
    assert did(device)[-1] == b"stop" and did(device)[1:-1] == [b"stage"] * 3
    assert not runner.go_on(400_000) and did(device)[-1] == b"stop"


def test_a_stop_records_first_what_was_reached_before_it():
    device, runner = ready()
    runner.go_on(0)
    runner.stop(250_000)
    assert runs(device)[1][0] == 240_000 and did(device) == [b"start", b"stage", b"stop"]
    runner.stop(260_000)
    assert len(runs(device)) == 3


def test_the_next_run_of_a_device_begins_from_its_own_stage():
    device, runner = ready()
    runner.go_on(0)
    runner.tick(290_000)
    runner.stop(291_000)
    runner.reset()
    assert runner.run_seq == 0
    device.cues.played.clear()
    runner.go_on(300_000)
    runner.tick(300_000 + 240_000)
    assert cues_of(device) == [countdown.STAGE_ONE_FINGER]
    seqs = [fields.get("run") for _, fields in runs(device)]
    assert seqs[:4] == [None, seqs[1], seqs[1], seqs[1]] and seqs[4] is None and seqs[5] != seqs[1]


def test_a_stage_that_more_time_has_taken_back_is_reached_once_more():
    device, runner = ready(end_alert=True)
    runner.go_on(0)
    runner.tick(300_000)
    assert device.state.alert
    runner.add_minutes(2, 301_000)
    runner.tick(301_001)
    assert not device.state.alert, "the alert is over with the end"
    device.cues.played.clear()
    runner.tick(360_000)
    assert cues_of(device) == [countdown.STAGE_ONE_FINGER]
    assert runs(device)[-1] == (360_000, {"do": b"stage", "run": b"2", "stage": b"one-finger"})


def test_an_alert_calls_every_four_seconds_and_not_earlier():
    device, runner = ready(end_alert=True, ticks=True)
    runner.go_on(0)
    runner.tick(300_000)
    device.cues.played.clear()
    for ms, calls in ((303_999, 0), (304_000, 1), (307_999, 1), (308_000, 2), (308_001, 2)):
        runner.tick(ms)
        assert cues_of(device) == [countdown.STAGE_APPLAUSE] * calls, ms
    assert did(device)[-1] == b"overtime", "which is recorded, and not heard over the alert"


def test_overtime_is_heard_where_no_alert_calls():
    device, runner = ready()
    runner.go_on(0)
    runner.tick(300_000)
    runner.tick(305_000)
    assert cues_of(device) == [countdown.STAGE_APPLAUSE, countdown.STAGE_OVERTIME] and not device.state.alert


def test_each_of_the_last_ten_seconds_ticks_once_and_never_together_with_another_cue():
    device, runner = ready(ticks=True, presets=[["x", 1, 5, 0]])
    runner.go_on(0)
    heard = []
    for ms in range(48_500, 61_000, 250):
        device.cues.played.clear()
        runner.tick(ms)
        heard += [(ms, cue) for cue in cues_of(device)]
    one, applause, tick = countdown.STAGE_ONE_FINGER, countdown.STAGE_APPLAUSE, countdown.CUE_TICK
    expected = [(ms, tick) for ms in range(50_000, 60_000, 1000)]
    expected[5:6] = [(55_000, one), (55_250, tick)]
    assert heard == expected + [(60_000, applause)]


def test_a_stage_is_dated_to_the_moment_that_it_was_reached_and_not_before_the_last_adjustment():
    device, runner = ready()
    runner.go_on(0)
    runner.tick(242_000)
    assert runs(device)[1][0] == 240_000
    runner.add_minutes(-1, 250_000)
    runner.tick(251_000)
    # the end is ten seconds ago: all that was left is reached now
    assert did(device)[2:] == [b"adjust", b"stage", b"stage", b"overtime"]
    assert [ms for ms, _ in runs(device)[3:]] == [250_000] * 3


def test_the_clock_that_was_set_moves_a_running_end_and_not_a_paused_one():
    device, runner = ready()
    runner.end_at(NINE_MIN + 10, 0)
    runner.go_on(1000)
    kept = len(device.kept)
    device.clock.set_utc_ms(NINE_UTC_S * 1000 + 30_000, 0)
    runner.clock_changed(2000)
    assert did(device) == [b"start", b"adjust"] and len(device.kept) == kept + 2
    runner.go_on(3000)
    kept = len(device.kept)
    device.clock.set_utc_ms(NINE_UTC_S * 1000, 0)
    runner.clock_changed(4000)
    assert did(device) == [b"start", b"adjust", b"pause"] and len(device.kept) == kept + 1


def test_settings_change_a_countdown_that_is_ready_and_not_one_that_has_begun():
    device, runner = ready()
    device.controller.settings["presets"] = [["short", 2, 30, 10]]
    device.controller.settings["count_up"] = True
    runner.apply_settings()
    assert device.state.countdown.planned_ms == 2 * MINUTE_MS and device.state.preset == b"short"
    runner.go_on(0)
    device.controller.settings["presets"] = [["long", 9, 60, 20]]
    device.controller.settings["count_up"] = False
    runner.apply_settings()
    assert device.state.countdown.planned_ms == 2 * MINUTE_MS and device.state.preset == b"short"
    assert not device.state.countdown.counts_up


def test_a_countdown_that_goes_on_after_a_reset_knows_its_run_its_end_and_its_stage():
    for is_running in (True, False):
        device, runner = ready()
        device.state.countdown.restore(is_running, 50_000, 5 * MINUTE_MS, 1000)
        runner.restore(77, NINE_MIN + 3, 1000)
        assert runner.run_seq == 77 and device.state.end_min == NINE_MIN + 3
        assert runner.end_utc_ms == (NINE_MIN + 3) * MINUTE_MS
        expected = [(1000, {"do": b"resume", "run": b"77", "left": b"50000"})]
        assert runs(device) == (expected if is_running else [])
        runner.tick(2000)
        assert device.cues.played == []


def test_the_name_of_a_preset_is_as_long_as_its_record_allows_and_the_talk_is_whole():
    row = (NINE_UTC_S - 60, b"Curie", b"ABCDEFGHIJKL", NINE_UTC_S + 1800, b"First talk", b"Ada")
    lengths = []
    for has_talk in (True, False):
        for digits in range(1, 10):
            device, runner = ready(presets=[["\xe4" * 16, 5, 60, 20]])
            device.controller.use_schedule(Schedule(BytesIO(schedule_file((row,)))) if has_talk else None)
            device.controller.talks.tick(0)
            runner.go_on(10 ** (digits - 1))
            (line,) = lines_of(device, record.COUNTDOWN)
            assert b"..." in line and line.split(b" *")[0].endswith(b" talk=ABCDEFGHIJKL") == has_talk
            lengths.append(len(line))
    assert min(lengths) == 120 - 5 and max(lengths) == 120, "one more letter would take six bytes"


def test_a_mark_is_no_answer_to_an_alert_and_a_stop_is():
    device, runner = ready(end_alert=True)
    runner.go_on(0)
    runner.tick(300_000)
    device.press(MARK, 301_000)
    assert device.state.alert
    runner.stop(302_000)
    assert not device.state.alert


def test_the_runner_is_freed_when_no_countdown_is_used():
    device = Handheld()
    device.controller.rest()
    ms = lightning(device, 10_000)
    runner = device.controller.runner
    device.controller.rest()
    assert device.controller.runner is runner, "its screen is shown"
    device.press(ACTION, ms, 0)
    ms = device.choose(b"Notes", ms + 1000)
    device.controller.rest()
    assert device.controller.runner is runner, "it runs"
    runner.go_on(ms)
    device.controller.rest()
    assert device.controller.runner is runner, "it is paused"
    runner.stop(ms + 1000)
    device.controller.rest()
    assert device.controller.runner is None and device.state.countdown.state == countdown.READY
    assert device.state.countdown.remaining_ms(0) == 5 * MINUTE_MS
