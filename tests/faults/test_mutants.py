"""Every known-bad variant of our own code is caught; and the code as it is passes the same suites."""

import pytest

from tests.faults.ledger import write_mutant
from tests.faults.mutants import CAUGHT, MUTANTS, SUITES, run_suite


@pytest.mark.mutants
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(mutant):
    code, said = run_suite(mutant.suite, mutant)
    write_mutant(mutant.name, caught=code == CAUGHT)
    print(f"{mutant.name}: {said.strip()}")
    assert code == CAUGHT, said


@pytest.mark.mutants
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_the_code_as_it_is_passes_what_the_mutants_do_not(suite):
    code, said = run_suite(suite, None)
    assert code == 0, said
