"""One press is one bookmark, for every order of level, interrupt, poll and bounce; what merges is named and counted."""

import pytest

from firmware.core.buttons import PRESS, RELEASE
from tests.faults.button_chip import Chip
from tests.faults.button_orders import button_orders
from tests.faults.button_presses import late_interrupts
from tests.faults.ledger import run_part

CI_ORDERS = 3_000
CI_PRESSES = 20_000
PARTS = 2


def test_every_short_order_gives_the_fewest_presses_that_explain_it():
    run_part("button-orders", button_orders, CI_ORDERS)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_press_is_doubled_or_missed_where_a_look_came_between(part):
    run_part("late-interrupts", late_interrupts, CI_PRESSES, part, PARTS)


def _press(chip: Chip) -> None:
    """Press a button for 60 ms, with an interrupt and a poll at each change."""
    for level in (0, 1):
        chip.edge(level)
        chip.serve_next()
        for _ in range(6):
            chip.poll()
            chip.now_us += 10_000


@pytest.mark.parametrize("quiet_days", [2, 5, 7, 11, 13, 30])
def test_a_press_after_days_of_quiet_has_its_own_time_and_nothing_is_polled_before(quiet_days):
    chip = Chip()
    _press(chip)
    for _ in range(quiet_days * 24):  # the supervisor has the buttons polled more often
        chip.now_us += 3_600_000_000
        chip.poll()
        while chip.queue:
            chip.serve_next()
        assert chip.poll() == -1, "polled for nothing, which keeps the chip awake"
    pressed_ms = chip.now_us // 1000
    _press(chip)
    assert [event for event, _ in chip.reported] == [PRESS, RELEASE] * 2
    assert chip.reported[2:] == [(PRESS, pressed_ms), (RELEASE, pressed_ms + 60)]


@pytest.mark.parametrize("before_ms", range(1, 130, 4))
def test_a_press_while_the_ticks_wrap_counts_once_with_its_own_time(before_ms):
    begins_ms = (1 << 30) - before_ms
    chip = Chip(now_us=begins_ms * 1000)
    _press(chip)
    assert chip.reported == [(PRESS, begins_ms), (RELEASE, begins_ms + 60)]
