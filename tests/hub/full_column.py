"""`make hub-test`: the full column of the table in docs/reliability.md. Prints the table; exits with 1 if a line fails.

`python -m tests.hub.full_column PEOPLE MARKS KILLS PROMOTIONS` makes it smaller.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.hub import fault_runs
from tests.support.hub.load import Load, Outcome
from tests.support.hub.postgres import WHY_NOT, programs

SIZE = 500  # marks in a push, as `clapmark share` sends them
TALKS = 40
HEAD = """\
| run | contributors x marks | pushes acknowledged | killed with SIGKILL | lost | doubled | two people seen | time |
|---|---|---|---|---|---|---|---|"""


def main(people: int = 1_000, marks: int = 1_000, kills: int = 50, promotions: int = 5) -> int:
    """Run everything; return the exit code."""
    if programs() is None:
        print(f"PostgreSQL is missing: {WHY_NOT}.", file=sys.stderr)
        return 1
    print(HEAD, flush=True)
    good = True
    crowds = []
    for name, run in (("PostgreSQL", fault_runs.postgres_run), ("SQLite", fault_runs.sqlite_run)):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            load, outcome = run(Path(folder), people, marks, kills, SIZE, TALKS)
        print(f"| {name} {outcome.row()}", flush=True)
        good &= is_good(load, outcome)
        crowds.append(outcome.crowds)
    for number in range(promotions):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            load, outcome = fault_runs.promotion_run(Path(folder), min(people, 100), min(marks, 200))
        print(f"| replica promoted, {number + 1} {outcome.row()}", flush=True)
        good &= is_good(load, outcome)
    equal = crowds[0] == crowds[1]
    print(f"\nThe same marks give the same moments on SQLite and PostgreSQL: {'equal' if equal else 'DIFFERENT'}.")
    tests = [sys.executable, "-m", "pytest", "-q", "tests/hub/test_attacks.py", "tests/hub/test_pages.py"]
    attacks = subprocess.run(tests, check=False).returncode
    print(f"Attacks and privacy of the pages: {'each refused' if attacks == 0 else 'FAILED'}.")
    return 0 if good and equal and attacks == 0 else 1


def is_good(load: Load, outcome: Outcome) -> bool:
    """Return whether a run lost, doubled and showed nothing, and its moments are those of the marks."""
    return (outcome.lost, outcome.doubled, outcome.seen) == (0, 0, 0) and outcome.crowds == load.expected_crowds()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
