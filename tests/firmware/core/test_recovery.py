"""The recovery policy as decisions: back-off, restart intensity, which faults are recorded."""

import sys

sys.path.insert(0, ".")

from firmware.core.recovery import GIVE_UP, Restarts, count_fault, is_recorded


def delays(restarts, runs_ms, most=50):
    """Let a part fail `runs_ms` after each start; return the delays, and when it was given up (or -1)."""
    now_ms = 0
    found = []
    while len(found) < most:
        now_ms += runs_ms
        delay_ms = restarts.failed(now_ms)
        if delay_ms == GIVE_UP:
            return found, now_ms
        found.append(delay_ms)
        now_ms += delay_ms
    return found, -1


def test_restarts_back_off_from_a_second_to_a_minute():
    found, _ = delays(Restarts(12, 3_600_000), 0)
    assert found == [1000, 2000, 4000, 8000, 16_000, 32_000] + [60_000] * 6


def test_restarts_back_off_however_long_the_device_has_run():
    restarts = Restarts(12, 300_000)
    assert [restarts.failed(86_400_000 + ms) for ms in (0, 1000, 3000, 7000)] == [1000, 2000, 4000, 8000]


def test_one_restart_more_than_the_limit_in_the_time_is_given_up():
    found, given_up_ms = delays(Restarts(8, 300_000), 0)
    assert len(found) == 8 and given_up_ms == 183_000, (found, given_up_ms)
    found, given_up_ms = delays(Restarts(5, 60_000), 0)
    assert len(found) == 5 and given_up_ms == 31_000, (found, given_up_ms)


def test_rare_faults_are_never_given_up_and_start_again_after_a_second():
    found, given_up_ms = delays(Restarts(8, 300_000), 300_000)
    assert found == [1000] * 50 and given_up_ms == -1


def test_faults_in_a_window_that_slides_are_counted_not_those_since_a_fixed_moment():
    restarts = Restarts(3, 10_000)
    for ms in (0, 9000, 9500):
        assert restarts.failed(ms) > 0
    assert restarts.failed(9900) == GIVE_UP
    assert restarts.failed(10_100) > 0  # the one at 0 has left the window
    assert restarts.failed(10_200) == GIVE_UP


def test_a_fault_is_recorded_at_its_1st_2nd_4th_8th_time():
    assert [number for number in range(1, 70) if is_recorded(number)] == [1, 2, 4, 8, 16, 32, 64]


def test_faults_are_counted_by_part_and_type_and_the_table_is_bounded():
    counts = {}
    assert [count_fault(counts, "screen", "OSError") for _ in range(3)] == [1, 2, 3]
    assert count_fault(counts, "link", "OSError") == 1 and count_fault(counts, "screen", "ValueError") == 1
    recorded = sum([is_recorded(count_fault(counts, "screen", "Type%d" % number)) for number in range(1000)])
    assert recorded <= 20 and len(counts) <= 14
    assert count_fault(counts, "screen", "OSError") == 4


def test_a_restart_leaves_the_window_when_its_time_is_over_and_not_a_millisecond_earlier():
    restarts = Restarts(1, 10_000)
    assert restarts.failed(0) == 1000
    assert restarts.failed(9999) == GIVE_UP
    assert restarts.failed(10_000) == 1000


def test_the_delay_is_short_again_after_the_time_without_a_fault_and_not_a_millisecond_earlier():
    restarts = Restarts(4, 10_000)
    assert [restarts.failed(ms) for ms in (0, 9999, 19_999)] == [1000, 2000, 1000]


def test_twelve_kinds_of_faults_are_counted_on_their_own_and_the_others_by_part():
    counts = {}
    for number in range(12):
        assert count_fault(counts, "screen", "Type%d" % number) == 1
    assert [count_fault(counts, "screen", "Other%d" % number) for number in range(3)] == [1, 2, 3]
    assert count_fault(counts, "link", "OSError") == 1
    assert count_fault(counts, "screen", "Type11") == 2
    assert len(counts) == 14
