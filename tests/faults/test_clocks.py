"""Clocks that drift, jump, wrap or are lost: the stated time holds the true one, or says that it does not know."""

from tests.faults.clocks import clocks
from tests.faults.ledger import run_part

CI_CASES = 1_000


def test_the_stated_time_holds_the_true_one():
    run_part("clocks", clocks, CI_CASES)
