"""An editor that saves at the same moment as notes loses nothing."""

import pytest

from clapmark.base import exchange
from tests.faults.archive.editor_races import editor_races, editor_steps
from tests.faults.ledger import Ledger, run_part


def test_a_save_at_each_step_of_a_write_is_kept_and_reported():
    ledger = Ledger("editor-steps", notes=[" ".join(str(editor_steps.__doc__).split())])
    editor_steps(ledger)
    ledger.write()
    assert ledger.is_clean, ledger.examples


@pytest.mark.skipif(exchange._system_call() is None, reason="this system cannot exchange two files")
def test_no_save_of_an_editor_in_a_loop_is_lost():
    run_part("editor-races", editor_races, 300)
