"""The small column: load with kills and cuts on real servers. `make hub-test` runs the full one."""

import pytest

from tests.support.hub import fault_runs
from tests.support.hub.load import TALKS
from tests.support.hub.postgres import WHY_NOT, programs

PEOPLE, MARKS, KILLS = 100, 200, 5


def check(load, outcome):
    print(outcome.row())
    assert (outcome.lost, outcome.doubled, outcome.seen) == (0, 0, 0)
    assert outcome.responses > 0
    assert outcome.cut > 0
    assert outcome.crowds == load.expected_crowds()  # the same marks, the same moments, on either database
    assert outcome.crowds[f"talk-{TALKS}"].moments == ()
    assert all(outcome.crowds[f"talk-{number}"].moments for number in range(TALKS))


def test_sqlite_loses_and_doubles_nothing_while_the_hub_is_killed(tmp_path):
    load, outcome = fault_runs.sqlite_run(tmp_path, PEOPLE, MARKS, KILLS)
    assert outcome.kills == {"hub": KILLS}
    check(load, outcome)


@pytest.mark.skipif(programs() is None, reason=WHY_NOT)
def test_postgresql_loses_and_doubles_nothing_while_hub_and_server_are_killed(tmp_path):
    load, outcome = fault_runs.postgres_run(tmp_path, PEOPLE, MARKS, KILLS)
    assert outcome.kills == {"hub": KILLS, "PostgreSQL": KILLS, "both": KILLS}
    check(load, outcome)
