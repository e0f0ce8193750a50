"""Random histories with a seed that is new in each run: no byte lost, no bullet twice, and a second run has no news."""

from tests.faults.archive.histories import histories
from tests.faults.ledger import Ledger, share_of
from tests.support.archive.histories import Totals, new_seed, play

_COUNT = 250


def test_histories_with_a_new_seed_lose_double_and_change_nothing(capsys):
    """CLAPMARK_SEED plays the histories of an earlier run."""
    seed = new_seed()
    with capsys.disabled():
        print(f" histories with seed {seed}")
    ledger = Ledger("histories", notes=[f"seed {seed}; {' '.join(str(histories.__doc__).split())}"])
    for number in range(share_of(_COUNT)):
        histories(number, ledger, seed)
    ledger.write()
    assert ledger.is_clean, (seed, ledger.examples)


def test_the_histories_reach_what_they_are_for():
    totals = play(60, 1, totals=Totals())
    assert totals.edits > 400 and totals.syncs > 200 and totals.refused < totals.syncs / 3
    assert len(totals.kinds) == 20
