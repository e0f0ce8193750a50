"""A power cut at every operation of the flash, in five ways: nothing that was shown as saved is lost or doubled."""

import subprocess
from functools import partial, update_wrapper
from pathlib import Path

import pytest

from clapmark.firmware_build.micropython import Bits, find_micropython
from tests.faults.journal import cuts
from tests.faults.ledger import Ledger, parts_of, run_part
from tests.faults.line.laptop import SyncedLaptop

ROOT = Path(__file__).parents[3]
CI_STATES, CI_SECOND, CI_MICROPYTHON, CI_FILES = 15_000, 5_000, 1_000, 500


def power_cut(number: int, ledger: Ledger) -> None:
    """One day, and after it every state that a cut at one of its programs and erases leaves, in five ways."""
    ledger.injected += cuts.power_cuts(number, ledger.fail, SyncedLaptop())


def second_cut(number: int, ledger: Ledger) -> None:
    """One day, some cuts in it, and a second cut at every operation of the recovery from each, in five ways."""
    ledger.injected += cuts.second_cuts(number, ledger.fail, SyncedLaptop())


def on_micropython(bits: Bits, number: int, ledger: Ledger) -> None:
    """One day on MicroPython, and every state that a cut at one of its programs and erases leaves, in five ways."""
    _run(bits, "run_cuts.py", number, ledger)


def in_files(number: int, ledger: Ledger) -> None:
    """A short day with the journal in files of a real LittleFS: a cut at every third program or erase, in four ways."""
    _run(64, "run_file_cuts.py", number, ledger)


def _run(bits: Bits, script: str, number: int, ledger: Ledger) -> None:
    arguments = [*find_micropython(bits), "-X", "heapsize=16M", f"tests/faults/journal/{script}", str(number)]
    answer = subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, check=False, env={"MICROPYPATH": f"{ROOT}:.frozen"}
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    *problems, counts = answer.stdout.splitlines()
    ledger.injected += int(counts)
    for problem in problems:
        ledger.fail(problem)


@pytest.mark.parametrize("part", parts_of(3))
def test_a_power_cut_at_every_operation_of_a_day_loses_and_doubles_nothing(part):
    run_part("power-cut", power_cut, CI_STATES, part, 3)


@pytest.mark.parametrize("part", parts_of(2))
def test_a_second_cut_inside_the_recovery_loses_and_doubles_nothing(part):
    run_part("second-cut", second_cut, CI_SECOND, part, 2)


@pytest.mark.parametrize("bits", [64, 32])
def test_the_same_cuts_on_micropython(bits):
    run_part(
        f"power-cut-micropython-{bits}", update_wrapper(partial(on_micropython, bits), on_micropython), CI_MICROPYTHON
    )


def test_the_same_cuts_under_a_journal_in_files():
    run_part("power-cut-files", in_files, CI_FILES)
