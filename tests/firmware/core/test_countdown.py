"""The countdown keeps the deadline: no pause, adjustment or late look adds an error."""

from firmware.core import countdown as c

MINUTE_MS = 60_000


def five_minutes():
    countdown = c.Countdown()
    countdown.load(5 * MINUTE_MS, 60_000, 20_000, True)
    return countdown


def test_an_interrupted_countdown_goes_on_as_it_was():
    for is_running, state in ((True, c.RUNNING), (False, c.PAUSED)):
        countdown = five_minutes()
        countdown.restore(is_running, 90_000, 6 * MINUTE_MS, 5000)
        assert (countdown.state, countdown.total_ms) == (state, 6 * MINUTE_MS)
        assert countdown.remaining_ms(5000) == 90_000
        assert countdown.remaining_ms(35_000) == (60_000 if is_running else 90_000)


def test_stages_come_at_their_cue_points_to_the_millisecond():
    countdown = five_minutes()
    assert countdown.start(1000)
    end_ms = 1000 + 5 * MINUTE_MS
    for ms, stage in (
        (1000, c.STAGE_RUNNING),
        (end_ms - 60_001, c.STAGE_RUNNING),
        (end_ms - 60_000, c.STAGE_ONE_FINGER),
        (end_ms - 20_001, c.STAGE_ONE_FINGER),
        (end_ms - 20_000, c.STAGE_TWO_FINGER),
        (end_ms - 1, c.STAGE_TWO_FINGER),
        (end_ms, c.STAGE_APPLAUSE),
        (end_ms + 4999, c.STAGE_APPLAUSE),
        (end_ms + 5000, c.STAGE_OVERTIME),
    ):
        assert countdown.stage(ms) == stage, ms


def test_without_overtime_the_applause_stays_and_zero_is_shown():
    countdown = c.Countdown()
    countdown.load(MINUTE_MS, 20_000, 10_000, False)
    countdown.start(0)
    assert countdown.stage(MINUTE_MS + 90_000) == c.STAGE_APPLAUSE
    assert countdown.shown_seconds(MINUTE_MS + 90_000) == 0
    assert countdown.remaining_ms(MINUTE_MS + 90_000) == -90_000


def test_shown_seconds_reach_zero_at_the_deadline_and_then_count_up():
    countdown = five_minutes()
    countdown.start(0)
    shown = [countdown.shown_seconds(ms) for ms in (0, 1, 999, 1000, 1001, 299_000, 299_001, 299_999, 300_000)]
    assert shown == [300, 300, 300, 299, 299, 1, 1, 1, 0], shown
    assert [countdown.shown_seconds(ms) for ms in (300_999, 301_000, 302_500)] == [0, -1, -2]


def test_next_change_is_exactly_when_something_shown_changes():
    countdown = five_minutes()
    countdown.load(10_700, 5_300, 2_100, True)
    countdown.start(0)
    ms = 0
    while ms < 20_000:
        before = (countdown.shown_seconds(ms), countdown.stage(ms))
        wait_ms = countdown.ms_to_next_change(ms)
        assert wait_ms > 0, (ms, wait_ms)
        assert (countdown.shown_seconds(ms + wait_ms - 1), countdown.stage(ms + wait_ms - 1)) == before, ms
        ms += wait_ms
        assert (countdown.shown_seconds(ms), countdown.stage(ms)) != before or ms >= 10_700, ms


def test_pauses_and_adjustments_add_no_error():
    countdown = five_minutes()
    countdown.start(5)
    now_ms = 5
    ran_ms = 0
    given_ms = 0
    for turn in range(200):
        now_ms += 777
        ran_ms += 777
        assert countdown.pause(now_ms)
        assert not countdown.pause(now_ms)
        now_ms += 1234 * turn
        if turn % 3 == 0:
            assert countdown.adjust(MINUTE_MS)
            given_ms += MINUTE_MS
        assert countdown.resume(now_ms)
        assert countdown.remaining_ms(now_ms) == 5 * MINUTE_MS + given_ms - ran_ms
    assert countdown.stop(now_ms + 3)
    assert countdown.remaining_ms(now_ms + 999_999) == 5 * MINUTE_MS + given_ms - ran_ms - 3
    assert not countdown.adjust(1) and not countdown.start(0) and not countdown.resume(0)


def test_a_stage_knows_when_it_began_however_late_one_looks():
    countdown = five_minutes()
    countdown.start(100)
    late_ms = 100 + 5 * MINUTE_MS + 7000
    assert countdown.stage_began_ms(c.STAGE_ONE_FINGER, late_ms) == 100 + 4 * MINUTE_MS
    assert countdown.stage_began_ms(c.STAGE_TWO_FINGER, late_ms) == 100 + 4 * MINUTE_MS + 40_000
    assert countdown.stage_began_ms(c.STAGE_APPLAUSE, late_ms) == 100 + 5 * MINUTE_MS
    assert countdown.stage_began_ms(c.STAGE_OVERTIME, late_ms) == 100 + 5 * MINUTE_MS + 5000


def test_a_new_countdown_is_ready_with_five_minutes_and_the_cues_of_a_lightning_talk():
    countdown = c.Countdown()
    assert (countdown.planned_ms, countdown.one_finger_ms, countdown.two_finger_ms) == (300_000, 60_000, 20_000)
    assert countdown.state == c.READY and countdown.total_ms == 300_000 and countdown.remaining_ms(7) == 300_000
    assert countdown.overtime is True and countdown.counts_up is False
    assert countdown.shown_seconds(0) == 300 and countdown.ms_to_next_change(0) == -1


def test_each_state_allows_its_own_changes_and_says_so():
    changes = ("start", "pause", "resume", "stop")
    allowed = {
        c.READY: ("start",),
        c.RUNNING: ("pause", "stop"),
        c.PAUSED: ("resume", "stop"),
        c.ENDED: (),
    }
    for state in sorted(allowed):
        for change in changes:
            countdown = five_minutes()
            if state != c.READY:
                countdown.start(0)
            if state == c.PAUSED:
                countdown.pause(1000)
            if state == c.ENDED:
                countdown.stop(1000)
            assert countdown.state == state
            before = countdown.remaining_ms(2000)
            assert getattr(countdown, change)(2000) is (change in allowed[state]), (state, change)
            assert countdown.remaining_ms(2000) == before, "no change of state takes or gives time"


def test_time_can_be_given_and_taken_until_the_countdown_has_ended():
    countdown = five_minutes()
    assert countdown.adjust(MINUTE_MS) is True
    assert countdown.total_ms == countdown.remaining_ms(0) == 6 * MINUTE_MS
    countdown.start(1000)
    assert countdown.adjust(-2 * MINUTE_MS) is True
    assert (countdown.total_ms, countdown.remaining_ms(2000)) == (4 * MINUTE_MS, 4 * MINUTE_MS - 1000)
    countdown.pause(3000)
    assert countdown.adjust(1) is True
    assert countdown.remaining_ms(9000) == 4 * MINUTE_MS - 2000 + 1
    assert countdown.stop(9000) and countdown.adjust(5) is False
    assert countdown.remaining_ms(99_000) == 4 * MINUTE_MS - 2000 + 1, "a pause ends with what was left"
    assert countdown.total_ms == 4 * MINUTE_MS + 1


def test_a_reset_takes_back_all_that_was_given_and_run():
    countdown = five_minutes()
    countdown.start(0)
    countdown.adjust(MINUTE_MS)
    countdown.reset()
    assert countdown.state == c.READY and countdown.total_ms == countdown.remaining_ms(5000) == 5 * MINUTE_MS
    countdown.start(7000)
    assert countdown.remaining_ms(8000) == 5 * MINUTE_MS - 1000


def test_another_plan_is_ready_with_its_own_cues():
    countdown = five_minutes()
    countdown.start(0)
    countdown.load(10 * MINUTE_MS, 300_000, 60_000, False)
    assert (countdown.planned_ms, countdown.one_finger_ms, countdown.two_finger_ms) == (600_000, 300_000, 60_000)
    assert not countdown.overtime and countdown.state == c.READY
    assert countdown.total_ms == countdown.remaining_ms(9) == 600_000


def test_a_countdown_that_counts_up_shows_what_has_passed_and_changes_at_the_same_moments():
    for planned_ms in (5000, 4700):
        countdown = c.Countdown()
        countdown.load(planned_ms, 2000, 1000, True)
        countdown.counts_up = True
        countdown.start(0)
        total_s = (planned_ms + 999) // 1000
        for ms in range(8000):
            left_s = -(-(planned_ms - ms) // 1000)  # rounded up
            assert countdown.shown_seconds(ms) == total_s - left_s, ms


def test_while_nothing_moves_nothing_is_going_to_change():
    countdown = five_minutes()
    assert countdown.ms_to_next_change(0) == -1
    countdown.start(0)
    assert countdown.ms_to_next_change(0) == 1000 and countdown.ms_to_next_change(1) == 999
    countdown.pause(500)
    assert countdown.ms_to_next_change(600) == -1
    countdown.stop(700)
    assert countdown.ms_to_next_change(800) == -1


def test_a_stage_has_its_name():
    countdown = five_minutes()
    countdown.start(0)
    names = [countdown.stage_name(ms) for ms in (0, 240_000, 280_000, 300_000, 305_000)]
    assert names == [b"running", b"one-finger", b"two-finger", b"applause", b"overtime"]


def test_states_stages_and_cues_have_the_numbers_that_outputs_count_with():
    countdown = five_minutes()
    states = [countdown.state]
    for change in (countdown.start, countdown.pause, countdown.stop):
        change(0)
        states.append(countdown.state)
    assert states == [c.READY, c.RUNNING, c.PAUSED, c.ENDED] == [0, 1, 2, 3]
    countdown = five_minutes()
    countdown.start(0)
    stages = [countdown.stage(ms) for ms in (0, 240_000, 280_000, 300_000, 305_000)]
    assert stages == [0, 1, 2, 3, 4] and c.CUE_TICK == 5


def test_the_next_change_is_found_from_every_millisecond():
    countdown = c.Countdown()
    countdown.load(3700, 1301, 333, True)
    countdown.start(0)
    shown = [(countdown.shown_seconds(ms), countdown.stage(ms)) for ms in range(10_701)]
    change_ms = 0
    for ms in range(10_699, -1, -1):
        if shown[ms] != shown[ms + 1]:
            change_ms = ms + 1
        assert countdown.ms_to_next_change(ms) == change_ms - ms, ms
