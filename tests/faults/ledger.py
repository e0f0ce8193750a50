"""The books of the fault tests: how many faults were injected, and how many records were lost, doubled or wrong.

Each test writes what it found into build/faults.json, also from several processes at once. `python -m
tests.faults.ledger` prints the table.
"""

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

BUILD = Path(__file__).parents[2] / "build"
FAULTS = BUILD / "faults.json"
NOTES = BUILD / "faults.txt"  # what was enumerated
_PARTS = BUILD / "faults"  # a folder for each run, since several may go on at the same time
_KEPT_S = 3600
_MOST_EXAMPLES = 5
_MUTANTS = "mutants"
_IS_WHOLE = os.environ.get("CLAPMARK_FAULTS") == "all"


@dataclass
class Ledger:
    """What one test, or one part of it, has found."""

    test: str
    injected: int = 0
    lost: int = 0  # records that had been shown as saved and came nowhere
    doubled: int = 0  # records that came twice, or that were never written
    silent: int = 0  # records or frames that were wrong or missing, without a report
    units: int = 0  # how many times all that a unit stands for was tried
    # presses that cannot be distinguished, by the name of the reason; not a fault
    merged: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # what was enumerated
    examples: list[str] = field(default_factory=list)  # the first faults that broke a promise

    def fail(self, problem: str) -> None:
        """Count a broken promise by the word in the sentence."""
        if "silent" in problem:
            self.silent += 1
        elif "doubled" in problem or "twice" in problem:
            self.doubled += 1
        else:
            self.lost += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(problem)

    def merge(self, name: str, count: int = 1) -> None:
        """Count faults that no observation can distinguish."""
        self.merged[name] = self.merged.get(name, 0) + count

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
        self.units += other.units
        for name, count in other.merged.items():
            self.merge(name, count)
        self.notes += [note for note in other.notes if note not in self.notes]
        self.examples = (self.examples + other.examples)[:_MOST_EXAMPLES]

    def write(self, part: int = 0) -> None:
        """Put this part of the test into build/faults.json, with the others of the same run."""
        _write(f"{self.test}.{part}", vars(self))
        print(f"{self.test}: {self.injected} injected, {self.lost} lost, {self.doubled} doubled, {self.silent} silent")
        merged = [f"{count:,} merged into the one before: {name}" for name, count in sorted(self.merged.items())]
        for line in merged + self.notes + self.examples:
            print("   ", line)


Unit = Callable[[int, Ledger], None]


def share_of(count: int) -> int:
    """Return how many of CI's `count` faults to inject: all in `make faults`, a tenth in `make test`."""
    return count if _IS_WHOLE else max(count // 10, 1)


def parts_of(parts: int) -> range:
    """Return the numbers of the parts of a test that are run: all in `make faults`, the first in `make test`."""
    return range(parts if _IS_WHOLE else 1)


def run_part(test: str, unit: Unit, target: int, part: int = 0, parts: int = 1) -> None:
    """Run the units `part`, `part + parts` ... of a test until its share of `target` faults is injected.

    `target` is CI's number; see `share_of`.
    A unit is all that its number stands for (say, every state of one day), so it is never interrupted.
    Raises AssertionError if a promise broke.
    """
    ledger = Ledger(test, notes=[" ".join((unit.__doc__ or "").split())])
    number = part
    target = share_of(target)
    while ledger.injected * parts < target:
        unit(number, ledger)
        ledger.units += 1
        number += parts
    ledger.write(part)
    assert ledger.is_clean, "\n".join(ledger.examples)


def write_mutant(name: str, *, caught: bool) -> None:
    """Count one mutant in build/faults.json."""
    _write(f"{_MUTANTS}.{name}", vars(Ledger(_MUTANTS, injected=1, lost=0 if caught else 1)))


def _write(name: str, values: dict[str, object]) -> None:
    run = _PARTS / os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with _locked():
        run.mkdir(exist_ok=True)
        for other in _PARTS.iterdir():
            if other.is_dir() and other != run and other.stat().st_mtime < time.time() - _KEPT_S:
                shutil.rmtree(other)
        (run / f"{name}.json").write_text(json.dumps(values))
        ledgers = _together([json.loads(path.read_text()) for path in sorted(run.glob("*.json"))])
        FAULTS.write_text(json.dumps(summary(ledgers), indent=1) + "\n")
        NOTES.write_text("".join(_notes(ledgers)))


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    _PARTS.mkdir(parents=True, exist_ok=True)
    with (_PARTS / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _together(parts: list[dict[str, object]]) -> dict[str, Ledger]:
    ledgers: dict[str, Ledger] = {}
    for part in parts:
        name = str(part["test"])
        ledgers.setdefault(name, Ledger(name)).add(Ledger(**part))  # type: ignore[arg-type]
    return ledgers


def _notes(ledgers: dict[str, Ledger]) -> Iterator[str]:
    for name in sorted(ledgers):
        for merged, count in sorted(ledgers[name].merged.items()):
            yield f"{name}: {count:,} merged into the one before: {merged}\n"
        for note in ledgers[name].notes:
            yield f"{name}, {ledgers[name].units} times: {note}\n" if ledgers[name].units else f"{name}: {note}\n"


def summary(ledgers: dict[str, Ledger]) -> list[dict[str, object]]:
    """Return one entry for each test: what build/faults.json holds."""
    keys = ("test", "injected", "lost", "doubled", "silent")
    entries = [{key: getattr(ledgers[name], key) for key in keys} for name in sorted(ledgers) if name != _MUTANTS]
    mutants = ledgers.get(_MUTANTS)
    if mutants:
        entries.append({"test": _MUTANTS, "total": mutants.injected, "caught": mutants.injected - mutants.lost})
    return entries


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
    print(NOTES.read_text(), end="")


if __name__ == "__main__":
    main()
