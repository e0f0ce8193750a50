"""Whatever a device says, no command shows a traceback, changes the terminal or waits for ever."""

import pytest

from tests.faults.hostile_devices import hostile_devices
from tests.faults.ledger import run_part

CI_REQUESTS = 3_000
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_device_can_crash_a_command_or_hold_it_or_reach_the_terminal(part):
    run_part("hostile-devices", hostile_devices, CI_REQUESTS, part, PARTS)
