"""How far a bookmark's stamp is from the press, while the device syncs and while it loads modules for a menu or a verb.

In virtual time, with what keeps the chip on an ESP32 and is known: the panel's bus, the flash, a full UART, the reads
of a module that is loaded. The time that MicroPython itself computes is not in it.
"""

import json
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from clapmark.archive import record
from clapmark.firmware_build.micropython import find_micropython
from clapmark.sim import EventKind
from clapmark.sim.bounce import LATEST_MS
from tests.bench.app_figures import schedule_of
from tests.bench.start_figures import ROOT, write_image
from tests.bench.support.worlds import World

SCRIPTS = Path(__file__).parent / "device"
BOARD = "tdisplay"
PRESSES = 400
READ_US = 82  # of up to 64 bytes: an estimate; a start of 61,000 reads takes 5 s then
HEAP_BYTES = 160 * 1024  # the measuring script is in it
_FIRST_MS = 10_000
_APART_MS = 2 * LATEST_MS + 60  # from a release to the next press: no two merge
_ROUND_MS = 1300  # of a sync; the line carries `get` in 700 of them
_GET_BYTES = 8192
_RECORDS = 200  # that the device has before, so that `get` is as long each time
_LOADS = 60
_LOADS_APART_MS = 20_000  # by then a menu has closed, and what it loaded is freed
_NEAR_MS = 100  # from what loads modules to the press, at most
_HELD_MS = 700
_VERBS = ("settings key=silent at=0", "screen", "schedule do=begin size=31 crc=B4BB2E15")


Step = tuple[float, str]  # ms, action


@dataclass(frozen=True)
class Errors:
    """How late stamps are, in milliseconds; `modules` is the number loaded meanwhile."""

    late_ms: list[float]
    modules: int = 0

    def figures(self, name: str) -> dict[str, float]:
        """Return the worst as `name`_ms, with the median and the 95th percentile beside it."""
        return {
            f"{name}_ms": round(max(self.late_ms), 1),
            f"{name}_median_ms": round(median(self.late_ms), 1),
            f"{name}_p95_ms": round(quantiles(self.late_ms, n=20)[-1], 1),
        }


class Bench:
    """The virtual device, with the reads from flash of each of its modules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        image = folder / "image.bin"
        offset, size, *_ = write_image(image, BOARD)
        command = [*find_micropython(32), str(SCRIPTS / "import_reads.py"), str(image), str(offset), str(size)]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        self.reads: dict[str, int] = json.loads(answer.stdout)

    def play(self, name: str, steps: list[Step], late_ms: int = 0, *, is_syncing: bool = False) -> Errors:
        """Play the steps after a first run that leaves records; return how late the stamps of A are.

        With `is_syncing`, one sync follows the other meanwhile. Interrupts are served up to `late_ms` late.
        """
        world = World(
            self._folder / name,
            schedule_txt=schedule_of(200),
            reads_json=json.dumps(self.reads),
            boot_py=(SCRIPTS / "stamps_boot.py").read_text().replace("READ_US", str(READ_US)),
            main_py=(SCRIPTS / "stamps.py").read_text(),
        )
        self._run(world, [(_FIRST_MS + number * 500, "press A") for number in range(_RECORDS)], 0)
        newest = world.records(record.BOOKMARK)[-1]
        epoch = (world.state / "flash.bin").read_bytes().split(b" ", 4)[3].decode()  # docs/journal.md
        commit = f"commit epoch={epoch} seq={newest.seq} crc={newest.crc.decode()}"
        world.events.clear()
        played = steps + (_sync_steps(steps[-1][0], commit) if is_syncing else [])
        self._run(world, played, late_ms)
        answered = (world.state / "serial.log").read_bytes()
        asked = sum(action.startswith("send") for _, action in played)
        if b" error " in answered or answered.count(b"\n!") < asked:
            sys.exit(f"{name}: the device refused a request, or did not answer all of them")
        pressed_us = world.moments_us(EventKind.PRESSED, "A")
        stamps_ms = [entry.ms for entry in world.records(record.BOOKMARK) if entry.seq > newest.seq]
        if len(stamps_ms) != len(pressed_us):
            sys.exit(f"{name}: {len(pressed_us)} presses left {len(stamps_ms)} bookmarks")
        late_us = [ms * 1000 - us for us, ms in zip(pressed_us, stamps_ms, strict=True)]
        # The uptime begins somewhere in the boot. No stamp is early, and some are exact: those say where.
        return Errors([(us - min(late_us)) / 1000 for us in late_us], round(world.figures()["modules"]))

    @staticmethod
    def _run(world: World, steps: list[Step], late_ms: int) -> None:
        lines = ["seed 9", "start 2019-05-03T09:00:00+00:00"]
        lines += [f"{ms / 1000:.3f} {action}" for ms, action in sorted(steps)]
        lines.append(f"{max(steps)[0] / 1000 + 10:.3f} end")
        world.play("\n".join(lines) + "\n", BOARD, heap_bytes=HEAP_BYTES, late_interrupts_ms=late_ms)


def press_steps(count: int = PRESSES) -> list[Step]:
    """Return so many presses of A, of 30 to 150 ms."""
    chance = random.Random(17)
    steps: list[Step] = []
    at_ms = _FIRST_MS
    for _ in range(count):
        length_ms = chance.randint(30, 150)
        steps.append((at_ms, f"press A {length_ms}ms"))
        at_ms += length_ms + _APART_MS + chance.randint(0, 500)
    return steps


def _sync_steps(end_ms: float, commit: str) -> list[Step]:
    """Return the requests of one sync after the other, from before the first press to the last."""
    steps: list[Step] = []
    at_ms = float(_FIRST_MS - _ROUND_MS)
    while at_ms < end_ms:
        steps += [
            (at_ms, "send hello protocol=1"),
            (at_ms + 60, "send time utc=1556874000000 err=20 offset=0"),
            (at_ms + 120, f"send get from=1 bytes={_GET_BYTES}"),
            (at_ms + 1000, f"send {commit}"),
            (at_ms + 1060, "send status"),
        ]
        at_ms += _ROUND_MS
    return steps


def _menu_steps() -> list[Step]:
    """Return presses of A while holding B loads the menu."""
    chance = random.Random(21)
    steps: list[Step] = []
    for number in range(_LOADS):
        at_ms = _FIRST_MS + number * _LOADS_APART_MS
        steps += [(at_ms, "press B 900ms"), (at_ms + _HELD_MS + chance.randint(0, _NEAR_MS), "press A 80ms")]
    return steps


def _verb_steps() -> list[Step]:
    """Return presses of A while a request loads its module."""
    chance = random.Random(22)
    steps: list[Step] = []
    for number in range(_LOADS):
        at_ms = _FIRST_MS + number * _LOADS_APART_MS
        verb = _VERBS[number % len(_VERBS)]
        steps += [(at_ms, f"send {verb}"), (at_ms + chance.randint(0, _NEAR_MS), "press A 80ms")]
    return steps


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    presses = press_steps()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        found = {
            "press.stamp_error_late": bench.play("late", presses, LATEST_MS),
            "press.stamp_error_syncing": bench.play("syncing", presses, LATEST_MS, is_syncing=True),
            "press.stamp_error_syncing_prompt": bench.play("prompt", presses, is_syncing=True),
            "press.stamp_error_menu": bench.play("menu", _menu_steps()),
            "press.stamp_error_verbs": bench.play("verbs", _verb_steps()),
        }
    figures = {key: value for name, errors in found.items() for key, value in errors.figures(name).items()}
    if not found["press.stamp_error_menu"].modules or not found["press.stamp_error_verbs"].modules:
        sys.exit("nothing was loaded")
    table = Table("how late a stamp is, in ms", "median", "95 %", "worst", title="Stamps", title_justify="left")
    for name, what in (
        ("press.stamp_error_late", "interrupts served up to 200 ms late, no sync"),
        ("press.stamp_error_syncing", "the same, during a sync"),
        ("press.stamp_error_syncing_prompt", "a sync, interrupts served whenever the chip is free"),
        ("press.stamp_error_menu", "the menu is loaded within 100 ms before the press"),
        ("press.stamp_error_verbs", "settings, screen or schedule is loaded, the same"),
    ):
        table.add_row(what, *(f"{figures[name + end]}" for end in ("_median_ms", "_p95_ms", "_ms")))
    console.print(table)
    return figures
