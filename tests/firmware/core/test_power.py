"""The panel dims and goes dark only when it is not needed, and the chip sleeps only without a laptop or countdown."""

from firmware.core.power import light_percent, may_sleep


def test_the_panel_is_dim_after_the_set_time_and_dark_after_ten_times_that():
    for idle_ms, expected in ((0, 80), (59_999, 80), (60_000, 20), (599_999, 20), (600_000, 0), (10**9, 0)):
        assert light_percent(80, 60, idle_ms, False, False) == expected, idle_ms


def test_a_setting_of_zero_never_dims_and_dim_is_never_dark():
    assert light_percent(80, 0, 10**9, False, False) == 80
    for brightness in (1, 2, 3):
        assert light_percent(brightness, 60, 60_000, False, False) == 1


def test_a_countdown_keeps_the_light_and_its_screen_is_never_dark():
    assert light_percent(80, 60, 10**9, True, False) == light_percent(80, 60, 10**9, True, True) == 80
    assert light_percent(80, 60, 10**9, False, True) == 20


def test_it_sleeps_five_seconds_after_a_press_and_thirty_after_a_laptop():
    for idle_ms, host_ms, expected in (
        (5000, 30_000, True),
        (4999, 30_000, False),
        (5000, 29_999, False),
        (10**9, 10**9, True),
    ):
        assert may_sleep(idle_ms, host_ms, False) == expected
        assert not may_sleep(idle_ms, host_ms, True)
