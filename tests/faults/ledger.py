"""The books of the fault tests: how many faults were injected, and how many records were lost, doubled or wrong.

Each test writes what it found into build/faults.json, also from several processes at once. `python -m
tests.faults.ledger` prints the table.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

BUILD = Path(__file__).parents[2] / "build"
FAULTS = BUILD / "faults.json"
_PARTS = BUILD / "faults"
_MOST_EXAMPLES = 5
_MUTANTS = "mutants"


@dataclass
class Ledger:
    """What one test, or one part of it, has found."""

    test: str
    injected: int = 0
    lost: int = 0  # records that had been shown as saved and came nowhere
    doubled: int = 0  # records that came twice, or that nobody had written
    silent: int = 0  # records or frames that were wrong or missing, and nobody was told
    notes: list[str] = field(default_factory=list)  # what was enumerated
    examples: list[str] = field(default_factory=list)  # the first faults that broke a promise

    def fail(self, problem: str) -> None:
        """Count a broken promise by the word that stands in the sentence."""
        if "silent" in problem:
            self.silent += 1
        elif "doubled" in problem or "twice" in problem:
            self.doubled += 1
        else:
            self.lost += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(problem)

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.silent)

    def add(self, other: "Ledger") -> None:
        """Take over the counts of another part."""
        self.injected += other.injected
        self.lost += other.lost
        self.doubled += other.doubled
        self.silent += other.silent
        self.notes += [note for note in other.notes if note not in self.notes]
        self.examples = (self.examples + other.examples)[:_MOST_EXAMPLES]

    def write(self, part: int = 0) -> None:
        """Put this part of the test into build/faults.json, beside the others of the same run."""
        _write(f"{self.test}.{part}", vars(self))
        print(f"{self.test}: {self.injected} injected, {self.lost} lost, {self.doubled} doubled, {self.silent} silent")
        for line in self.notes + self.examples:
            print("   ", line)


Unit = Callable[[int, Ledger], None]


def run_part(test: str, unit: Unit, target: int, part: int = 0, parts: int = 1) -> None:
    """Run the units `part`, `part + parts` ... of a test until its share of `target` faults is injected.

    A unit is all that its number stands for (say, every state of one day), so it is never broken off.
    Raises AssertionError if a promise broke.
    """
    ledger = Ledger(test)
    number = part
    while ledger.injected * parts < target:
        unit(number, ledger)
        number += parts
    ledger.write(part)
    assert ledger.is_clean, "\n".join(ledger.examples)


def write_mutant(name: str, *, caught: bool) -> None:
    """Count one mutant in build/faults.json."""
    _write(f"{_MUTANTS}.{name}", {"test": _MUTANTS, "caught": caught})


def _write(name: str, values: dict[str, object]) -> None:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with _locked():
        seen = _PARTS / "run"
        if not seen.exists() or seen.read_text() != run:
            for path in _PARTS.glob("*.json"):
                path.unlink()
            seen.write_text(run)
        (_PARTS / f"{name}.json").write_text(json.dumps(values))
        FAULTS.write_text(json.dumps(summary(read_parts(_PARTS)), indent=1) + "\n")


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    _PARTS.mkdir(parents=True, exist_ok=True)
    with (_PARTS / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_parts(folder: Path) -> list[dict[str, object]]:
    """Return the parts that lie in `folder`."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def summary(parts: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return one entry for each test: what build/faults.json holds."""
    ledgers: dict[str, Ledger] = {}
    caught = []
    for part in parts:
        if part["test"] == _MUTANTS:
            caught.append(bool(part["caught"]))
        else:
            name = str(part["test"])
            ledgers.setdefault(name, Ledger(name)).add(Ledger(**part))  # type: ignore[arg-type]
    keys = ("test", "injected", "lost", "doubled", "silent")
    return [{key: getattr(ledgers[name], key) for key in keys} for name in sorted(ledgers)] + (
        [{"test": _MUTANTS, "total": len(caught), "caught": sum(caught)}] if caught else []
    )


def print_table(entries: list[dict[str, object]], title: str) -> None:
    """Print the entries of build/faults.json, or of build/soak.json."""
    table = Table("test", "injected", "lost", "doubled", "silent", title=title, title_justify="left")
    mutants = ""
    for entry in entries:
        if entry["test"] == _MUTANTS:
            mutants = f"{entry['caught']} of {entry['total']} mutants caught"
            continue
        table.add_row(str(entry["test"]), *(f"{entry[key]:,}" for key in ("injected", "lost", "doubled", "silent")))
    console = Console(highlight=False)
    console.print(table)
    if mutants:
        console.print(mutants)


def main() -> None:
    """Print the table of the last run, and what it enumerated."""
    print_table(json.loads(FAULTS.read_text()), "Faults of the last run")
    notes = {f"{part['test']}: {note}" for part in read_parts(_PARTS) for note in part.get("notes", [])}  # type: ignore[attr-defined]
    print("\n".join(sorted(notes)))


if __name__ == "__main__":
    main()
