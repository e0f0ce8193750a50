"""The device's behaviour: presses, allocations, flash, a day's heap, the countdown; the usual way beside it."""

import json
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.errors import ClapmarkError
from clapmark.link import LinkClient, SerialTransport
from clapmark.sim import Event, EventKind, Simulation, parse_script
from clapmark.sim.script import Press
from clapmark.sim.wiring import wiring_of
from firmware.core import record
from tests.bench.app_figures import APP, ROOT, schedule_of

SCRIPTS = Path(__file__).parent / "device"
PRESSES = 10_000
ERASED_SECTORS = 40
LINKED_PRESSES = 400  # of them while a laptop talks to the device
LINKED_SPEED = 4  # times life: much faster, and a busy laptop starves the device until its watchdog bites
USUAL_PRESSES = 300
RUNS = 4  # the journal holds some thousand records, and nobody fetches them here
SOURCES_HEAP_BYTES = 4 << 20  # the app from its sources, with the compiler, does not fit into 110 KB
_RECORD = re.compile(rb"[1-9][0-9]* [0-9]+ [0-9]+ [ -~]+\n")


class World:
    """A state folder, what a run in it told, and its journal afterwards."""

    def __init__(self, folder: Path, **files: bytes | str) -> None:
        self.state = folder / "state"
        self.port = folder / "port"
        self.events: list[Event] = []
        (self.state / "files").mkdir(parents=True)
        for name, content in files.items():
            path = self.state / "files" / name.replace("_", ".", 1)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def play(self, script: str, board: str = "sim", app: Path = APP, **arguments: int) -> None:
        """Play a script to its end."""
        simulation = Simulation(
            self.state, board, parse_script(script), app=app, on_event=self.events.append, **arguments
        )
        if simulation.run():
            sys.exit((self.state / "device.log").read_text(errors="replace")[-3000:])

    def pressed_us(self, button: str = "A") -> list[int]:
        """Return when the first edge of each press came."""
        return [
            round(event.at_s * 1e6) for event in self.events if event.kind is EventKind.PRESSED and event.text == button
        ]

    def records(self, kind: bytes) -> list[record.Record]:
        """Return the sound records in flash, in the order of their numbers."""
        found = []
        for line in _RECORD.findall((self.state / "flash.bin").read_bytes()):
            try:
                entry = record.parse(line)
            except ValueError:
                continue
            if entry.kind == kind:
                found.append(entry)
        return sorted(found, key=lambda entry: entry.seq)

    def figures(self) -> dict[str, float]:
        """Return what the script in the device has written."""
        found: dict[str, float] = json.loads((self.state / "files" / "figures.json").read_text())
        return found


@dataclass
class Stamps:
    """Presses beside the moments that were kept for them."""

    presses: int
    missed: int
    doubled: int
    error_ms: float


def compare(pressed_us: list[int], kept_ms: list[int]) -> Stamps:
    """Match each press with the stamps that came before the next one.

    The uptime begins somewhere in the boot, so the first ten presses say where, to a millisecond. A stamp is a whole
    millisecond: all are exact where their differences to the presses lie within one.
    """
    begins_us = max(us - ms * 1000 for us, ms in zip(pressed_us[:10], kept_ms[:10], strict=False))
    differences_us = []
    missed = doubled = place = 0
    for index, us in enumerate(pressed_us):
        until_us = pressed_us[index + 1] if index + 1 < len(pressed_us) else us + 10_000_000
        mine = []
        while place < len(kept_ms) and kept_ms[place] * 1000 + begins_us < until_us - 5000:
            mine.append(kept_ms[place] * 1000)
            place += 1
        missed += not mine
        doubled += max(0, len(mine) - 1)
        differences_us += [us - at_us for at_us in mine[:1]]
    error_us = max(0, max(differences_us) - min(differences_us) - 999)
    return Stamps(len(pressed_us), missed, doubled, error_us / 1000)


def presses_script(count: int, seed: int) -> str:
    """Return a script of presses: quick ones, ones while a cue or an erase is due, during a countdown with redraws."""
    chance = random.Random(seed)
    lines = ["start 2019-05-03T09:00:00+00:00", f"seed {seed}", "2 press B 900ms", "3.5 press B", "4.5 press B 900ms"]
    lines += ["6 press B 900ms", "8 press B"]  # the first preset, started
    at_ms = 15_000
    for number in range(count):
        length_ms = chance.randint(30, 150)
        lines.append(f"{at_ms / 1000:.3f} press A {length_ms}ms")
        gap_ms = chance.choice((60, 120, 300, 1000)) if number % 10 else chance.randint(3200, 6000)
        at_ms += length_ms + (2000 if number < 10 else chance.randint(40, 40 + gap_ms))
    lines.append(f"{at_ms / 1000 + 20:.3f} end")
    return "\n".join(lines) + "\n"


def scripted_presses(folder: Path, seed: int, count: int) -> Stamps:
    """Press as fast as the machine simulates: redraw, flash append, cues; an erase where the journal needs one."""
    world = World(folder, schedule_txt=schedule_of(200))
    world.play(presses_script(count, seed))
    return compare(world.pressed_us(), [entry.ms for entry in world.records(record.BOOKMARK)])


def erasing_presses(folder: Path) -> Stamps:
    """Press on a device whose journal has been round its ring, while every sector ahead must be erased.

    The flash is small, and a laptop has fetched nothing: so the ring is full soon, which the last presses are told.
    """
    world = World(folder)
    size = ERASED_SECTORS * 4096
    (world.state / "flash.bin").write_bytes(bytes(range(256)) * (size // 256))
    world.play(presses_script(ERASED_SECTORS * 60, 11))
    kept_ms = [entry.ms for entry in world.records(record.BOOKMARK)]
    return compare(world.pressed_us()[: len(kept_ms)], kept_ms)


def linked_presses(folder: Path) -> Stamps:
    """Press while a laptop asks without a pause: records, status, the screen's picture."""
    world = World(folder, schedule_txt=schedule_of(200))
    simulation = Simulation(
        world.state, "sim", None, world.port, speed=LINKED_SPEED, app=APP, on_event=world.events.append
    )
    runner = threading.Thread(target=simulation.run)
    runner.start()
    stop = threading.Event()
    talker = threading.Thread(target=_talk, args=(world.port, stop))
    chance = random.Random(5)
    try:
        _wait(lambda: any(event.kind is EventKind.BOOTED for event in world.events))
        _greet(world.port)
        talker.start()
        for number in range(LINKED_PRESSES):
            simulation.post(Press("A", chance.randint(30, 150) * 1000))
            _wait(lambda: len(world.pressed_us()) > number)  # noqa: B023  at once
            time.sleep(0.1)  # 400 ms of the device's
        time.sleep(0.3)
    finally:
        stop.set()
        if talker.ident:
            talker.join()
        simulation.stop()
        runner.join()
    return compare(world.pressed_us(), [entry.ms for entry in world.records(record.BOOKMARK)])


def _greet(port: Path) -> None:
    """Wait until the device answers: on a busy machine its boot takes a while."""
    for _ in range(20):
        with LinkClient(SerialTransport(str(port))) as client:
            try:
                client.hello()
            except ClapmarkError:
                continue
            return
    sys.exit("the virtual device does not answer")


def _talk(port: Path, stop: threading.Event) -> None:
    with LinkClient(SerialTransport(str(port))) as client:
        while not stop.is_set():
            hello = client.hello()
            for _ in client.records(max(1, hello.last_seq - 20)):
                pass
            client.status()


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            sys.exit("the virtual device did not start")
        time.sleep(0.01)


def allocations(folder: Path) -> dict[str, float]:
    """Measure inside the device, on the 32-bit port."""
    main = (SCRIPTS / "allocations.py").read_text()
    world = World(folder, schedule_txt=schedule_of(200), main_py=main)
    world.play("3600 end\n", app=ROOT, heap_bytes=SOURCES_HEAP_BYTES)
    found = world.figures()
    found.pop("presses")
    return found


def day_script(hours: float, presses: int, *, has_c: bool) -> str:
    """Return a script with marks, tags, menus, talks and countdowns, spread evenly."""
    lines = ["start 2019-05-03T09:00:00+00:00"]
    step_s = hours * 3600 / (presses / 10)
    at_s = 20.0
    for _ in range(presses // 10):
        # a mark, its tag, a passage; into the menu to the next talk's list and out; a countdown started, paused, over
        for offset_s, what in (
            (0, "A"), (1, "B"), (8, "A 1500ms"), (15, "C"), (20, "B 900ms"), (22, "B"), (24, "A"), (26, "B"),
            (28, "A"), (30, "C"),
        ):  # fmt: skip
            lines.append(f"{at_s + offset_s:.3f} press {what if has_c or what != 'C' else 'A'}")
        at_s += step_s
    lines.append(f"{hours * 3600:.3f} end")
    return "\n".join(lines) + "\n"


def day_growth(folder: Path, hours: float = 24, presses: int = 2000, board: str = "sim") -> int:
    """Return by how many bytes the heap is fuller at the end of a day than after its first half hour."""
    world = World(folder, schedule_txt=schedule_of(200), main_py=(SCRIPTS / "day.py").read_text())
    world.play(day_script(hours, presses, has_c="C" in wiring_of(board).buttons), board)
    lines = (world.state / "files" / "heap.txt").read_text().split()
    held = [int(line) for line in lines]
    return held[-1] - held[min(2, len(held) - 2)]


def countdown_error_ms(folder: Path, hours: float = 6) -> int:
    """Return how far the countdown is off after hours of pauses, resumes and minutes more."""
    settings = json.dumps({"presets": [["long", 600, 300, 60]]})
    world = World(folder, settings_json=settings)
    chance = random.Random(7)
    lines = ["2 press B 900ms", "4 press B 900ms", "6 press B 900ms"]  # menu: Countdown, the only preset
    at_ms = 10_000
    toggles: list[int] = []
    minutes = 0
    while at_ms < hours * 3_600_000:
        lines.append(f"{at_ms / 1000:.3f} press B")
        toggles.append(at_ms)
        at_ms += chance.randint(1_000, 180_000)
        if chance.random() < 0.3:  # menu: Stop, Next speaker, +1 min
            lines.append(f"{at_ms / 1000:.3f} press B 900ms")
            lines += [f"+{1.5 + step} press B" for step in (0, 0)]
            lines.append("+1.5 press B 900ms")
            minutes += 1
            at_ms += 20_000
    lines.append(f"{at_ms / 1000:.3f} press B 900ms")  # menu: Stop
    lines.append("+2 press B 900ms")
    lines.append("+5 end")
    world.play("\n".join(lines) + "\n")
    entries = world.records(record.COUNTDOWN)
    stop = entries[-1]
    adjusts = [entry for entry in entries if entry.fields["do"] == b"adjust"]
    turns = [entry for entry in entries if entry.fields["do"] in (b"start", b"pause", b"resume")]
    if stop.fields["do"] != b"stop" or len(adjusts) != minutes or len(turns) != len(toggles):
        sys.exit("the script and the device disagree on what was pressed")
    stopped_ms = stop.ms - turns[0].ms + toggles[0]
    moments = [*toggles, stopped_ms] if len(toggles) % 2 else toggles
    ran_ms = sum(moments[index + 1] - moments[index] for index in range(0, len(moments), 2))
    expected_ms = entries[0].number("plan") + minutes * 60_000 - ran_ms
    return abs(stop.number("left") - expected_ms)


def usual_way(folder: Path) -> dict[str, float]:
    """Measure the usual way on the same virtual board, with the same kind of presses."""
    main = (SCRIPTS / "usual.py").read_text()
    world = World(folder, main_py=main)
    world.play(presses_script(USUAL_PRESSES, 3), app=ROOT, heap_bytes=SOURCES_HEAP_BYTES)
    found = world.figures()
    kept_ms = [int(line) for line in (world.state / "files" / "stamps.txt").read_text().split()]
    pressed_us = world.pressed_us()
    late_ms = []
    place = 0
    for index, us in enumerate(pressed_us):
        until_ms = pressed_us[index + 1] / 1000 if index + 1 < len(pressed_us) else us / 1000 + 1000
        if place < len(kept_ms) and kept_ms[place] < until_ms:
            late_ms.append(kept_ms[place] - us / 1000)
            place += 1
    return {
        "usual.presses": len(pressed_us),
        "usual.missed": len(pressed_us) - len(late_ms),
        "usual.stamp_error_ms": round(max(late_ms), 1),
        "usual.programs_per_bookmark": round(found["programs"], 1),
        "usual.erases_per_bookmark": round(found["erases"], 2),
        "usual.longest_stop_ms": found["longest_ms"],
    }


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        each = (PRESSES - LINKED_PRESSES) // RUNS
        stamps = [scripted_presses(folder / f"scripted{seed}", seed, each) for seed in range(1, RUNS + 1)]
        stamps.append(linked_presses(folder / "linked"))
        erasing = erasing_presses(folder / "erasing")
        figures: dict[str, float] = {
            "press.presses": sum(found.presses for found in stamps),
            "press.missed": sum(found.missed for found in stamps),
            "press.doubled": sum(found.doubled for found in stamps),
            "press.stamp_error_ms": max(found.error_ms for found in stamps),
            "press.presses_while_erasing": erasing.presses,
            "press.missed_while_erasing": erasing.missed + erasing.doubled,
            "press.stamp_error_while_erasing_ms": erasing.error_ms,
            **allocations(folder / "allocations"),
            "heap.day_growth_bytes": day_growth(folder / "day"),
            "countdown.error_ms": countdown_error_ms(folder / "countdown"),
            **usual_way(folder / "usual"),
        }
    table = Table(
        "figure", "value", "must reach", "the usual way", title="The device's behaviour", title_justify="left"
    )
    for name, key, must, usual in (
        ("presses with bounce, redraw, flash, erase, link", "press.presses", "10,000", "usual.presses"),
        ("  missed", "press.missed", "0", "usual.missed"),
        ("  doubled", "press.doubled", "0", ""),
        ("  stamp off by, ms", "press.stamp_error_ms", "0", "usual.stamp_error_ms"),
        ("presses in a ring where each sector must be erased", "press.presses_while_erasing", "", ""),
        ("  missed or doubled", "press.missed_while_erasing", "0", ""),
        ("  stamp off by at most, ms (the erase stops the chip)", "press.stamp_error_while_erasing_ms", "", ""),
        ("heap per press, ring to verified record, bytes", "alloc.press_bytes", "128", ""),
        ("heap per countdown tick, bytes", "alloc.tick_bytes", "0", ""),
        ("heap per idle turn, bytes", "alloc.idle_bytes", "0", ""),
        ("program operations per bookmark", "flash.programs_per_bookmark", "1", "usual.programs_per_bookmark"),
        ("  the longest, bytes", "flash.program_bytes", "128", ""),
        ("erases in the press path", "flash.erases_in_press_path", "0", "usual.erases_per_bookmark"),
        ("longest stop for a press, ms", "", "", "usual.longest_stop_ms"),
        ("heap growth in 24 h with 2,000 presses, bytes", "heap.day_growth_bytes", "0", ""),
        ("countdown off after 6 h, ms", "countdown.error_ms", "0", ""),
    ):
        cells = [f"{figures[place]:,}" if place else "" for place in (key, usual)]
        table.add_row(name, cells[0], must, cells[1])
    console.print(table)
    return figures
