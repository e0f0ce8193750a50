"""Tasks that fail, recover and hang at random: each is restarted in time, or the chip is reset; marks have room."""

from tests.faults.ledger import run_part
from tests.faults.storms import restart_storm

CI_FAULTS = 1_500


def test_restart_storms_end_in_restarts_or_resets_and_marks_have_room():
    run_part("restart-storm", restart_storm, CI_FAULTS)
