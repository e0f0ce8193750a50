"""A receiver that holds 259 bytes and is not looked at for 150 ms: the pacing of the link keeps it from overflowing."""

from tests.faults.ledger import run_part
from tests.faults.line.receive_ring import receive_ring

CI_SYNCS = 200


def test_a_sync_survives_stalls_and_strangers_on_the_port():
    run_part("receive-ring", receive_ring, CI_SYNCS)
