"""Uptime never wraps, and the device need not know the time."""

from firmware.core.clock import Clock

WRAP = 1 << 30


def test_uptime_goes_on_over_the_wrap_of_ticks():
    clock = Clock(WRAP - 10)
    assert clock.uptime_ms(WRAP - 10) == 0
    assert clock.uptime_ms(5) == 15
    total = 15
    ticks = 5
    for _ in range(12):  # five days each: sixty days
        ticks = (ticks + 432_000_000) % WRAP
        total += 432_000_000
        assert clock.uptime_ms(ticks) == total


def test_a_stamp_from_before_the_last_look_keeps_its_own_time():
    clock = Clock(WRAP - 100)
    clock.uptime_ms(50)
    assert clock.uptime_ms(WRAP - 1) == 99
    assert clock.uptime_ms(50) == 150
    assert clock.uptime_ms(60) == 160


def test_wall_time_is_unknown_until_it_is_set_and_may_be_corrected():
    clock = Clock(0)
    assert clock.utc_ms(1000) == 0
    clock.set_utc_ms(1_557_000_000_000, 1000)
    assert clock.utc_ms(1500) == 1_557_000_000_500
    assert clock.utc_ms(0) == 1_556_999_999_000
    clock.set_utc_ms(1_557_000_009_000, 2000)
    assert clock.utc_ms(2001) == 1_557_000_009_001
    clock.set_utc_ms(0, 3000)
    assert clock.utc_ms(4000) == 0


def test_minutes_of_wall_time_are_those_of_its_milliseconds():
    clock = Clock(0)
    assert clock.utc_min(1000) == 0
    clock.set_utc_ms(1_557_000_059_000, 7000)
    for ms in (0, 7000, 7999, 8000, 67_999, 68_000, 900_000_000):
        assert clock.utc_min(ms) == clock.utc_ms(ms) // 60_000
    clock.set_utc_ms(0, 3000)
    assert clock.utc_min(4000) == 0


def test_the_ticks_of_six_days_ahead_are_later_and_half_a_lap_is_earlier():
    half = WRAP // 2
    clock = Clock(0)
    assert clock.uptime_ms(half - 1) == half - 1
    clock = Clock(0)
    clock.uptime_ms(1000)
    assert clock.uptime_ms(1000 + half) == 1000 - half
    assert clock.uptime_ms(1001) == 1001, "a look back moves nothing"
