import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.archive.record import parse
from clapmark.archive.wall_time import Clock, ClockFix, WallTime, between_fixes
from tests.support.archive.journal_text import JournalText

UTC = 1_556_900_000_000  # May 2019
HOUR = 3_600_000


def clock(log: JournalText) -> Clock:
    return Clock([parse(entry) for entry in log.lines])


def test_around_one_anchor_the_uncertainty_grows_with_the_drift():
    log = JournalText()
    log.add(10_000, "clock", utc=UTC, err=20, source="host")
    assert clock(log).time_at(1, 10_000) == WallTime(UTC - 20, UTC + 20)
    assert clock(log).time_at(1, 0) == WallTime(UTC - 10_021, UTC - 9_979)
    after = clock(log).time_at(1, 10_000 + HOUR)
    assert (after.utc_ms, after.error_ms) == (UTC + HOUR, 200)


def test_two_anchors_narrow_each_other_down():
    log = JournalText()
    log.add(0, "clock", utc=UTC, err=10)
    log.add(10 * HOUR, "clock", utc=UTC + 10 * HOUR + 1_500, err=10)  # the crystal lost 42 ppm
    middle = clock(log).time_at(1, 5 * HOUR)
    assert middle.earliest_ms == UTC + 5 * HOUR + 1_500 - 10 - 900
    assert middle.latest_ms == UTC + 5 * HOUR + 900 + 10
    assert abs(middle.utc_ms - (UTC + 5 * HOUR + 750)) <= 1


def test_clocks_that_disagree_leave_both_possible():
    log = JournalText()
    log.add(0, "clock", utc=UTC, err=10)
    log.add(HOUR, "clock", utc=UTC + 3 * HOUR, err=10)  # somebody set the clock
    between = clock(log).time_at(1, HOUR // 2)
    assert between.earliest_ms <= UTC + HOUR // 2
    assert between.latest_ms >= UTC + 2 * HOUR + HOUR // 2
    after = clock(log).time_at(1, 2 * HOUR)  # behind both, the later one is nearer
    assert after.earliest_ms <= UTC + 4 * HOUR <= after.latest_ms


def test_a_boot_that_met_no_host_is_between_its_neighbours():
    log = JournalText()
    log.add(0, "clock", utc=UTC, err=0)
    log.add(HOUR, "bookmark", tag="note")
    log.reboot()
    log.add(HOUR, "bookmark", tag="note")
    log.add(2 * HOUR, "bookmark", tag="note")
    log.reboot()
    log.add(HOUR, "clock", utc=UTC + 9 * HOUR, err=0)
    found = clock(log).time_at(2, HOUR)
    slack_ms = HOUR // 1000
    assert abs(found.earliest_ms - (UTC + 2 * HOUR)) < slack_ms  # an hour of boot 1, then an hour of boot 2
    assert abs(found.latest_ms - (UTC + 7 * HOUR)) < slack_ms  # boot 3 began at 8 h, and boot 2 went on for an hour
    assert found.utc_ms is not None and found.error_ms is not None


def test_open_ends_stay_open():
    log = JournalText()
    log.add(500, "bookmark", tag="note")
    assert clock(log).time_at(1, 500) == WallTime(None, None)
    assert clock(log).time_at(7, 500) == WallTime(None, None)
    log.reboot()
    log.add(0, "clock", utc=UTC, err=0)
    before = clock(log).time_at(1, 500)
    assert before.earliest_ms is None and before.latest_ms == UTC and before.utc_ms is None
    log.reboot()
    log.add(100, "bookmark", tag="note")
    after = clock(log).time_at(3, 100)
    assert after.latest_ms is None and after.earliest_ms == UTC + 99


def test_clock_records_that_cannot_be_meant_are_no_anchors():
    log = JournalText()
    log.add(5, "clock", utc=0, err=10)
    log.add(5, "clock", utc=UTC, err=-1)
    log.add(5, "clock", utc=10**17, err=1)
    log.add(5, "clock", utc="soon")
    assert clock(log).time_at(1, 5) == WallTime()


@given(
    drift=st.integers(-50, 50),
    marks=st.lists(st.integers(0, 200 * HOUR), min_size=1, max_size=6),
    errors=st.lists(st.integers(0, 3_000), min_size=6, max_size=6),
    wrong=st.lists(st.integers(-100, 100), min_size=6, max_size=6),
    moment=st.integers(0, 200 * HOUR),
)
def test_the_true_time_is_always_inside(drift, marks, errors, wrong, moment):
    """A device whose crystal runs at any rate within 50 ppm, set by hosts that are off by no more than they say."""

    def true_utc(ms):
        return UTC + ms + ms * drift / 1_000_000

    anchors = sorted(
        ClockFix(ms, round(true_utc(ms) + error * off / 100), error + 1)
        for ms, error, off in zip(marks, errors, wrong, strict=False)
    )
    found = between_fixes(anchors, moment)
    assert found.earliest_ms - 1 <= true_utc(moment) <= found.latest_ms + 1


YEARS = 6 * 365 * 24 * HOUR


def exact(time: WallTime, utc_ms: int) -> bool:
    return time.earliest_ms is not None and time.earliest_ms <= utc_ms <= time.latest_ms and time.error_ms < 2_000


def boots(*records_of_boots) -> Clock:
    log = JournalText()
    for at, records in enumerate(records_of_boots):
        if at:
            log.reboot()
        for ms, utc in records:
            log.add(ms, "clock", utc=utc, err=10, source="host")
        log.add(4 * HOUR, "bookmark", tag="note")
    return clock(log)


@pytest.mark.parametrize("wrong", [-YEARS, -HOUR, 3 * 60_000, HOUR, YEARS])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_clock_records_of_a_boot_that_agree_outvote_the_one_that_does_not(wrong, place):
    utc = [(at * HOUR, UTC + at * HOUR + (wrong if at == place else 0)) for at in range(3)]
    found = boots(utc)
    assert all(exact(found.time_at(1, ms), UTC + ms) for ms in range(0, 4 * HOUR, HOUR // 4))
    assert found.contradicting_boots == [1]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_single_laptop_that_lives_years_ago_moves_no_mark(is_first):
    right, wrong = UTC, UTC - YEARS
    found = boots([(0, wrong if is_first else right), (HOUR, HOUR + (right if is_first else wrong))])
    assert all(exact(found.time_at(1, ms), UTC + ms) for ms in range(0, 3 * HOUR, HOUR // 4))


def test_two_and_two_that_agree_an_hour_apart_leave_both_possible():
    found = boots([(0, UTC), (HOUR, UTC + HOUR), (2 * HOUR, UTC + 5 * HOUR), (3 * HOUR, UTC + 6 * HOUR)])
    between = found.time_at(1, HOUR * 3 // 2)
    assert between.earliest_ms <= UTC + HOUR * 3 // 2 and between.latest_ms >= UTC + HOUR * 9 // 2


def test_a_boot_whose_clock_fits_into_no_order_is_outvoted_by_the_others():
    day = 24 * HOUR
    found = boots([(0, UTC)], [(0, UTC + day)], [(0, UTC - YEARS)], [(0, UTC + 3 * day)])
    middle = found.time_at(3, 4 * HOUR)
    assert UTC + day <= middle.earliest_ms and middle.latest_ms <= UTC + 3 * day + 1_000
    assert exact(found.time_at(2, HOUR), UTC + day + HOUR) and exact(found.time_at(4, HOUR), UTC + 3 * day + HOUR)
    assert found.contradicting_boots == [3]


def test_a_boot_without_a_clock_is_not_bounded_by_a_laptop_that_lives_years_ago():
    found = boots([(0, UTC)], [], [(0, UTC - YEARS)])
    assert found.time_at(2, HOUR).earliest_ms >= UTC + 4 * HOUR - 1_000
    assert exact(found.time_at(1, HOUR), UTC + HOUR)
    found = boots([(0, UTC)], [], [(0, UTC - YEARS)], [(0, UTC + 24 * HOUR)])
    assert found.time_at(2, HOUR).latest_ms <= UTC + 24 * HOUR + 1_000


def test_a_clock_that_is_minutes_behind_after_a_reset_is_no_reason_to_drop_a_boot():
    found = boots([(0, UTC)], [(0, UTC + 4 * HOUR - 2 * 60_000)])
    assert exact(found.time_at(2, HOUR), UTC + 5 * HOUR - 2 * 60_000)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_clock_that_is_thirty_years_ahead_by_its_epoch_moves_no_mark(is_first):
    ahead = UTC + 30 * 8766 * HOUR
    found = boots([(0, ahead if is_first else UTC), (HOUR, HOUR + (UTC if is_first else ahead))])
    assert exact(found.time_at(1, 2 * HOUR), UTC + 2 * HOUR)
    day = 24 * HOUR
    for wrong in ([(0, ahead)], [(0, ahead), (HOUR, ahead + HOUR)]):
        found = boots([(0, UTC)], wrong, [(0, UTC + 3 * day)])
        assert exact(found.time_at(1, HOUR), UTC + HOUR) and exact(found.time_at(3, HOUR), UTC + 3 * day + HOUR)
        middle = found.time_at(2, HOUR)
        assert middle.earliest_ms >= UTC and middle.latest_ms <= UTC + 3 * day + 1_000


def test_a_boot_whose_own_clocks_contradict_each_other_outvotes_no_other():
    found = boots([(0, UTC), (HOUR, UTC + 9 * HOUR)], [(0, UTC + 6 * HOUR)])
    assert exact(found.time_at(2, HOUR), UTC + 7 * HOUR)
