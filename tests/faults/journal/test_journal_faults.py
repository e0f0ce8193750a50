"""Bit rot is reported, a failing driver costs nothing that was confirmed, and a ring may be cut at every erase."""

import pytest

from tests.faults.journal.journal_faults import CYCLES, bit_flips, driver_faults, recycling
from tests.faults.ledger import Ledger, parts_of, run_part, share_of

CI_FLIPS, CI_DRIVER, CI_CYCLES = 3_000, 1_200, 50


@pytest.mark.parametrize("part", parts_of(2))
def test_a_flipped_bit_leaves_the_record_whole_or_is_reported(part):
    run_part("bit-flip", bit_flips, CI_FLIPS, part, 2)


@pytest.mark.parametrize("part", parts_of(3))  # a day each; the third one recycles sectors
def test_a_driver_that_fails_once_costs_nothing_that_was_confirmed(part):
    run_part("driver-fault", driver_faults, CI_DRIVER, part, 3)


def test_a_full_ring_is_committed_recycled_and_refilled_with_a_cut_at_each_erase():
    ledger = Ledger("recycle")
    for number in range(max(share_of(CI_CYCLES) // CYCLES, 1)):
        recycling(number, ledger)
    ledger.notes.append(f"{CI_CYCLES} cycles, every erase in them cut in five ways")
    ledger.write()
    assert ledger.is_clean, "\n".join(ledger.examples)
