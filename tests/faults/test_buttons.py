"""One press is one bookmark, for every order of level, interrupt, poll and bounce; what merges is named and counted."""

import pytest

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
