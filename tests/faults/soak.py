"""`make soak`: the fault tests by the million. Each chunk is kept in build/soak.json; start it again, and it goes on.

Chunks of all tests take turns, so that an interrupted soak has tried a share of everything. `make soak TEST=histories`
plays one alone.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tests.faults.archive.editor_races import editor_races
from tests.faults.archive.histories import histories
from tests.faults.button_orders import button_orders
from tests.faults.button_presses import late_interrupts, very_late_interrupts
from tests.faults.clocks import clocks
from tests.faults.hostile.hostile_frames import hostile_frames
from tests.faults.journal.journal_faults import CYCLES, bit_flips, driver_faults, recycling
from tests.faults.journal.test_power_cuts import on_micropython, power_cut, second_cut
from tests.faults.ledger import BUILD, Ledger, Unit, print_table
from tests.faults.line.noise import frames_under_noise
from tests.faults.line.pty_world import TROUBLES, run_trouble
from tests.faults.line.receive_ring import receive_ring
from tests.faults.line.test_sync_model import play

PROGRESS = BUILD / "soak.json"
_CHUNK_S = 20.0  # a chunk ends with the unit that passes this
_WORKERS = 2
_PTY_TROUBLES = 20  # in one unit


@dataclass(frozen=True)
class Campaign:
    """One test of the soak: `unit(number, ledger)` injects some faults, and it goes on until there are `target`."""

    unit: Unit
    target: int
    is_counted: Callable[[dict[str, int]], int] = lambda entry: entry["injected"]


def pty(trouble: str, number: int, ledger: Ledger) -> None:
    """Twenty troubles of one kind, on a device of its own."""
    with tempfile.TemporaryDirectory() as home:
        run_trouble(trouble, Path(home), number * _PTY_TROUBLES, _PTY_TROUBLES, ledger)


def _cycles(entry: dict[str, int]) -> int:
    return entry["next"] * CYCLES


CAMPAIGNS: dict[str, Campaign] = {
    "power-cut": Campaign(power_cut, 960_000),
    "power-cut-micropython-64": Campaign(partial(on_micropython, 64), 20_000),
    "power-cut-micropython-32": Campaign(partial(on_micropython, 32), 20_000),
    "second-cut": Campaign(second_cut, 500_000),
    "bit-flip": Campaign(bit_flips, 1_000_000),
    "driver-fault": Campaign(driver_faults, 50_000),
    "recycle": Campaign(recycling, 5_000, _cycles),
    "hostile-frames": Campaign(hostile_frames, 1_000_000),
    "frames-under-noise": Campaign(frames_under_noise, 10_000_000),
    "sync-model": Campaign(play, 1_000_000),
    "receive-ring": Campaign(receive_ring, 5_000),
    "clocks": Campaign(clocks, 100_000),
    "histories": Campaign(histories, 1_000_000),
    "editor-races": Campaign(editor_races, 100_000),
    "button-orders": Campaign(button_orders, 100_000),
    "late-interrupts": Campaign(late_interrupts, 1_000_000),
    "very-late-interrupts": Campaign(very_late_interrupts, 1_000_000),
    **{f"pty-{trouble}": Campaign(partial(pty, trouble), 500) for trouble in TROUBLES},
}


def run_chunk(name: str, first: int) -> tuple[int, Ledger]:
    """Run units from number `first` for some seconds; return the next number, and what was found."""
    ledger = Ledger(name)
    number = first
    end = time.monotonic() + _CHUNK_S
    while number == first or (time.monotonic() < end and ledger.injected < CAMPAIGNS[name].target):
        try:
            CAMPAIGNS[name].unit(number, ledger)
        except Exception as error:  # noqa: BLE001  hours of work are not lost to one crash, which counts as a failure
            ledger.fail(f"{name} {number}: lost: {type(error).__name__}: {error}")
        number += 1
    return number, ledger


def load() -> dict[str, dict[str, object]]:
    """Return the progress so far, an entry for each test."""
    try:
        entries: list[dict[str, object]] = json.loads(PROGRESS.read_text())
    except FileNotFoundError:
        entries = []
    kept = {str(entry["test"]): entry for entry in entries if entry["test"] in CAMPAIGNS}
    for name in CAMPAIGNS:
        kept.setdefault(name, {**asdict(Ledger(name)), "next": 0, "seconds": 0.0})
    return kept


def save(progress: dict[str, dict[str, object]]) -> None:
    """Keep the progress, so that a kill at any instant costs a chunk at most."""
    PROGRESS.parent.mkdir(exist_ok=True)
    fresh = PROGRESS.with_suffix(".new")
    fresh.write_text(json.dumps(list(progress.values()), indent=1) + "\n")
    fresh.replace(PROGRESS)


def is_done(name: str, entry: dict[str, object]) -> bool:
    """Return whether a test has reached its target."""
    return CAMPAIGNS[name].is_counted(entry) >= CAMPAIGNS[name].target  # type: ignore[arg-type]


def take(progress: dict[str, dict[str, object]], name: str, next_number: int, found: Ledger, seconds: float) -> None:
    """Add a chunk to the progress."""
    entry = progress[name]
    ledger = Ledger(**{key: entry[key] for key in asdict(found) if key in entry})  # type: ignore[arg-type]
    found.notes = []
    ledger.add(found)
    spent = round(float(str(entry["seconds"])) + seconds, 1)
    progress[name] = {**asdict(ledger), "next": next_number, "seconds": spent}
    save(progress)
    for example in found.examples:
        print("BROKEN", example, flush=True)


def _turns(progress: dict[str, dict[str, object]], names: set[str], busy: set[str]) -> Iterator[str]:
    """Yield the tests that are not done, the one that is furthest behind first."""

    def share(name: str) -> float:
        return CAMPAIGNS[name].is_counted(progress[name]) / CAMPAIGNS[name].target  # type: ignore[arg-type]

    yield from sorted((name for name in names - busy if not is_done(name, progress[name])), key=share)


def main() -> int:
    """Soak until the target of every test is reached, or of those that are named; return 1 if a promise broke."""
    names = set(sys.argv[1:]) or set(CAMPAIGNS)
    if not names <= CAMPAIGNS.keys():
        sys.exit(f"There is no such test; there are: {' '.join(CAMPAIGNS)}")
    progress = load()
    running: dict[Future[tuple[int, Ledger]], tuple[str, float]] = {}
    with ProcessPoolExecutor(_WORKERS) as pool:
        while True:
            busy = {name for name, _ in running.values()}
            for name in _turns(progress, names, busy):
                if len(running) == _WORKERS:
                    break
                chunk = pool.submit(run_chunk, name, int(str(progress[name]["next"])))
                running[chunk] = (name, time.monotonic())
            if not running:
                break
            for chunk in wait(running, return_when=FIRST_COMPLETED).done:
                name, began = running.pop(chunk)
                next_number, found = chunk.result()
                take(progress, name, next_number, found, time.monotonic() - began)
                entry = progress[name]
                print(f"{name}: {entry['injected']:,} injected, target {CAMPAIGNS[name].target:,}", flush=True)
    print_table(list(progress.values()), "Soak so far")
    print(f"{sum(float(str(entry['seconds'])) for entry in progress.values()) / 3600:.2f} hours of one core so far")
    return 1 if any(entry["lost"] or entry["doubled"] or entry["silent"] for entry in progress.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
