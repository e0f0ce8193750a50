from hypothesis import given
from hypothesis import strategies as st

from clapmark.archive.record import parse
from clapmark.archive.wall_time import Anchor, Clock, WallTime, between_anchors
from tests.support.journal_text import JournalText

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


def test_a_boot_that_met_no_host_lies_between_its_neighbours():
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
        Anchor(ms, round(true_utc(ms) + error * off / 100), error + 1)
        for ms, error, off in zip(marks, errors, wrong, strict=False)
    )
    found = between_anchors(anchors, moment)
    assert found.earliest_ms - 1 <= true_utc(moment) <= found.latest_ms + 1
