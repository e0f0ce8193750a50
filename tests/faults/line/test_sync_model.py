"""The whole way of a record, from the press into an archive, with any faults (chosen by hypothesis)."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.journal.day import PromiseError
from tests.faults.journal.flash import FlashRuleError
from tests.faults.ledger import Ledger, parts_of, share_of
from tests.faults.line.sync_model import SyncMachine

CI_STEPS, PARTS = 20_000, 4
_EXAMPLES, _STEPS = 10, 50


def play(number: int, ledger: Ledger) -> None:
    """Play ten histories of up to 50 steps."""

    @seed(number)
    class Machine(SyncMachine):
        pass

    Machine.ledger = ledger
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            suppress_health_check=checks,
            phases=(Phase.generate, Phase.shrink),
        ),
    )


@pytest.mark.parametrize("part", parts_of(PARTS))
def test_a_record_is_in_the_device_or_durable_in_an_archive_and_there_once(part):
    ledger = Ledger("sync-model")
    number = part
    while ledger.injected * PARTS < share_of(CI_STEPS):
        try:
            play(number, ledger)
        except (PromiseError, FlashRuleError) as error:
            ledger.fail(str(error))
            ledger.write(part)
            raise
        number += PARTS
    ledger.notes.append("injected counts the steps of the model: presses, resets, cuts, syncs and what breaks them")
    ledger.write(part)
