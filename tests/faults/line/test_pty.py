"""Laptop killed, device killed, cable pulled, reset at open: real processes, a real pty, random instants."""

import pytest

from tests.faults.ledger import Ledger, share_of
from tests.faults.line.pty_world import TROUBLES, run_trouble

CI_TROUBLES = 20


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_at_a_random_instant_loses_and_doubles_nothing(trouble, tmp_path):
    ledger = Ledger(f"pty-{trouble}")
    run_trouble(trouble, tmp_path, 0, share_of(CI_TROUBLES), ledger)
    ledger.write()
    assert ledger.is_clean, "\n".join(ledger.examples)
