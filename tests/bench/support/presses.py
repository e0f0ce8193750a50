"""Presses by the thousand, each compared with the moment that the device recorded for it.

While an erase runs, the chip stands still, and MicroPython's pin interrupts are soft: what is pressed then is kept, but
stamped when the erase is over. Those presses are counted apart.
"""

import random
import sys
import threading
import time
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from clapmark.archive import record
from clapmark.base.errors import ClapmarkError
from clapmark.link.client import LinkClient, SerialTransport
from clapmark.sim import Event, EventKind, Simulation, parse_script
from clapmark.sim.bounce import LATEST_MS
from clapmark.sim.script import Press
from tests.bench.app_figures import APP, schedule_of
from tests.bench.support.worlds import World

RUNS = 4  # the journal holds some thousand records, and they are not fetched here
SCRIPTED_PRESSES = 2400  # of A in each run, and some of B
LINKED_PRESSES = 200  # while a laptop talks to the device
LINKED_SPEED = 1  # that of life: where a machine stands still for seconds, faster time makes a watchdog's bite of them
LATE_PRESSES = 400  # with interrupts that are served up to 200 ms late
ERASING_SPEED = 12
ERASED_SECTORS = 20
BURST_PRESSES = 25
_FIRST_SLOW = 10
_APART_S = 0.5  # of two presses of one button, so that they stay two: a busy machine is late with an erase
_STAMP_US = 1000  # a stamp is a whole millisecond


@dataclass
class Presses:
    """Presses, those that left nothing, those that left more than once, and how far the worst stamp is off."""

    count: int = 0
    missed: int = 0
    doubled: int = 0
    error_ms: float = 0

    def add(self, other: "Presses") -> None:
        """Add what another run has counted."""
        self.count += other.count
        self.missed += other.missed
        self.doubled += other.doubled
        self.error_ms = max(self.error_ms, other.error_ms)


@dataclass
class Stamps:
    """The presses of a run: those outside of an erase, and those that fell into one."""

    usual: Presses = field(default_factory=Presses)
    erasing: Presses = field(default_factory=Presses)

    def add(self, other: "Stamps") -> None:
        """Add another run."""
        self.usual.add(other.usual)
        self.erasing.add(other.erasing)


def compare(pressed_us: list[int], kept_ms: list[int], erases_us: list[tuple[int, int]]) -> Stamps:
    """Match each press with the stamps that came before the next one. `erases_us` are the erases, from and to.

    The uptime begins somewhere in the boot. The presses outside of an erase say where, to a millisecond: all of them
    are exact where their differences to the stamps lie within one.
    """
    begins_us = max(us - ms * 1000 for us, ms in zip(pressed_us[:_FIRST_SLOW], kept_ms, strict=False))
    found = Stamps()
    usual_us: list[int] = []
    erasing_us: list[int] = []
    place = 0
    for us, next_us in pairwise([*pressed_us, pressed_us[-1] + 10_000_000]):
        mine: list[int] = []
        while place < len(kept_ms) and kept_ms[place] * 1000 + begins_us < next_us - _STAMP_US:
            mine.append(kept_ms[place] * 1000)
            place += 1
        in_erase = any(begin_us <= us <= end_us for begin_us, end_us in erases_us)
        counted = found.erasing if in_erase else found.usual
        counted.count += 1
        counted.missed += not mine
        counted.doubled += max(0, len(mine) - 1)
        (erasing_us if in_erase else usual_us).extend(at_us - us for at_us in mine[:1])
    exact_us = min(usual_us) + _STAMP_US - 1
    found.usual.error_ms = max(0, max(usual_us) - exact_us) / 1000
    found.erasing.error_ms = max(0, max(erasing_us, default=exact_us) - exact_us) / 1000
    return found


def script(count: int, seed: int) -> str:
    """Return a script of presses: quick ones, ones while a cue is due, during a countdown with redraws.

    Before every seventh press of A is one of B, so close that A meets its record, its redraw or its bounce: B starts,
    pauses and stops the countdown, which is decided when it is released.
    """
    chance = random.Random(seed)
    lines = ["start 2019-05-03T09:00:00+00:00", f"seed {seed}", "2 press B 900ms", "3.5 press B", "4.5 press B 900ms"]
    lines += ["6 press B 900ms"]  # the first preset
    at_ms = 15_000
    for number in range(count):
        length_ms = chance.randint(30, 150)
        if number >= _FIRST_SLOW and number % 7 == 0:
            action_ms = chance.randint(40, 120)
            lines.append(f"{at_ms / 1000:.3f} press B {action_ms}ms")
            at_ms += chance.randint(1, action_ms + 60)
        lines.append(f"{at_ms / 1000:.3f} press A {length_ms}ms")
        gap_ms = chance.choice((60, 120, 300, 1000)) if number % 10 else chance.randint(3200, 6000)
        at_ms += length_ms + (2000 if number < _FIRST_SLOW else chance.randint(40, 40 + gap_ms))
        if number % 7 == 0:
            at_ms += 200
    lines.append(f"{at_ms / 1000 + 20:.3f} end")
    return "\n".join(lines) + "\n"


def scripted(folder: Path, seed: int, count: int = SCRIPTED_PRESSES) -> Stamps:
    """Press as fast as the machine simulates: redraws, flash appends, cues, two buttons at once."""
    world = World(folder, schedule_txt=schedule_of(200))
    world.play(script(count, seed))
    return _told(world)


def _told(world: World) -> Stamps:
    """Compare the presses of a run with its bookmarks, and those of B with what the countdown has written."""
    erases = [(event.at_s, event.number) for event in world.events if event.kind is EventKind.ERASE]
    erases_us = [(round(at_s * 1e6), round(at_s * 1e6) + ms * 1000) for at_s, ms in erases]
    marks = world.records(record.BOOKMARK)
    boots = sum(event.kind is EventKind.BOOTED for event in world.events)
    if boots != 1:
        sys.exit(f"the virtual device has started {boots} times")
    found = compare(world.moments_us(EventKind.PRESSED, "A"), [entry.ms for entry in marks], erases_us)
    actions = [
        entry
        for entry in world.records(record.COUNTDOWN, record.TALK)
        if entry.kind == record.TALK or entry.fields["do"] in (b"start", b"pause", b"resume", b"stop")
    ]
    if actions:
        pressed_us = [us for us in world.moments_us(EventKind.PRESSED, "B") if us > 10_000_000]
        found.add(compare(pressed_us, [entry.ms for entry in actions], erases_us))
    return found


def erasing(folder: Path) -> Stamps:
    """Press on a device whose journal has been round its ring, so that each sector ahead must be erased: into each.

    An erase happens after three seconds without a press; there a press of its own begins as soon as it runs.
    """
    world = World(folder)
    size = ERASED_SECTORS * 4096
    (world.state / "flash.bin").write_bytes(bytes(range(256)) * (size // 256))
    chance = random.Random(11)
    lines = ["seed 11"]
    at_ms = 10_000
    scripted_s: list[float] = []
    for number in range(_FIRST_SLOW + BURST_PRESSES * ERASED_SECTORS * 2):
        scripted_s.append(at_ms / 1000)
        length_ms = chance.randint(30, 150)
        lines.append(f"{at_ms / 1000:.3f} press A {length_ms}ms")
        at_ms += length_ms + (2000 if number < _FIRST_SLOW else chance.randint(40, 300))
        at_ms += 0 if number % BURST_PRESSES else 6500
    lines.append(f"{at_ms / 1000:.3f} end")

    def on_event(event: Event) -> None:
        world.events.append(event)
        is_free = bisect(scripted_s, event.at_s - _APART_S) == bisect(scripted_s, event.at_s + _APART_S)
        if event.kind is EventKind.ERASE and event.at_s > scripted_s[0] and is_free:
            simulation.post(Press("A", chance.randint(30, 150) * 1000))

    # with a pace, so that the world may act within an erase
    simulation = Simulation(
        world.state, "sim", parse_script("\n".join(lines)), speed=ERASING_SPEED, app=APP, on_event=on_event
    )
    if simulation.run():
        sys.exit((world.state / "device.log").read_text(errors="replace")[-3000:])
    return _told(world)


class Laptop(threading.Thread):
    """Asks without a pause: hello, records, status. `uptime_ms` is the device's, as it last said."""

    def __init__(self, port: Path) -> None:
        super().__init__()
        self.uptime_ms = 0
        self.answers = 0
        self._port = port
        self._stopped = threading.Event()

    def run(self) -> None:
        """Ask until `stop`."""
        with LinkClient(SerialTransport(str(self._port))) as client:
            while not self._stopped.is_set():
                try:
                    hello = client.hello()
                except ClapmarkError:
                    if self.answers:
                        raise
                    continue  # on a busy machine its boot takes a while
                self.uptime_ms = hello.ms
                self.answers += 2 + sum(1 for _ in client.records(max(1, hello.last_seq - 4)))
                client.status()

    def stop(self) -> None:
        """End with the round that is under way."""
        self._stopped.set()
        self.join()


def linked(folder: Path, count: int = LINKED_PRESSES) -> Stamps:
    """Press while a laptop asks without a pause. When to press next, the device's own uptime says."""
    world = World(folder, schedule_txt=schedule_of(200))
    simulation = Simulation(
        world.state, "sim", None, world.port, speed=LINKED_SPEED, app=APP, on_event=world.events.append
    )
    runner = threading.Thread(target=simulation.run)
    runner.start()
    laptop = Laptop(world.port)
    chance = random.Random(5)
    try:
        _wait(lambda: any(event.kind is EventKind.BOOTED for event in world.events))
        laptop.start()
        _wait(lambda: laptop.uptime_ms > 0)
        for number in range(count):
            if sum(event.kind is EventKind.BOOTED for event in world.events) > 1:
                break  # its uptime starts again at 0; this is reported below
            length_ms = chance.randint(30, 150)
            simulation.post(Press("A", length_ms * 1000))
            _wait(lambda: len(world.moments_us(EventKind.PRESSED, "A")) > number)  # noqa: B023  at once
            pressed_ms = world.moments_us(EventKind.PRESSED, "A")[-1] // 1000
            gap_ms = length_ms + chance.randint(60, 300)
            _wait(lambda: laptop.uptime_ms > pressed_ms + gap_ms)  # noqa: B023  at once
    finally:
        laptop.stop()
        simulation.stop()
        runner.join()
    return _told(world)


def late(folder: Path) -> tuple[list[int], list[list[int]]]:
    """Press with interrupts that are served late. Return when, in us, and the stamps of each."""
    world = World(folder, schedule_txt=schedule_of(200))
    chance = random.Random(8)
    lines = ["seed 8"]
    at_ms = 10_000
    for number in range(LATE_PRESSES):
        length_ms = chance.randint(30, 150)
        lines.append(f"{at_ms / 1000:.3f} press A {length_ms}ms")
        at_ms += length_ms + (2000 if number < _FIRST_SLOW else chance.randint(40, 300))
    lines.append(f"{at_ms / 1000 + 5:.3f} end")
    world.play("\n".join(lines) + "\n", late_interrupts_ms=LATEST_MS)
    return _stamps_of_each(world)


def _stamps_of_each(world: World) -> tuple[list[int], list[list[int]]]:
    pressed_us = world.moments_us(EventKind.PRESSED, "A")
    kept_ms = [entry.ms for entry in world.records(record.BOOKMARK)]
    # no stamp is early: the one that was served soonest says when the uptime began, to a millisecond
    begins_us = max(us - ms * 1000 for us, ms in zip(pressed_us[:_FIRST_SLOW], kept_ms, strict=False))
    found: list[list[int]] = [[] for _ in pressed_us]
    first = 0
    for ms in kept_ms:
        us = begins_us + ms * 1000
        oldest_us = us - LATEST_MS * 1000 - _STAMP_US
        # the oldest press without a stamp whose interrupt can have waited until then
        first = max(first, bisect(pressed_us, oldest_us))
        place = first
        if place == len(pressed_us) or pressed_us[place] > us + _STAMP_US:
            place = max(0, bisect(pressed_us, us + _STAMP_US) - 1)
        else:
            first += 1
        found[place].append(us)
    return pressed_us, found


def late_figures(folder: Path) -> dict[str, float]:
    """Return what late interrupts make of presses.

    Two presses that begin within the longest wait of an interrupt may be one bookmark: those are merged, not missed.
    """
    pressed_us, stamps_us = late(folder / "late")
    merged = missed = doubled = 0
    for place, stamps in enumerate(stamps_us):
        near = pressed_us[max(0, place - 1) : place] + pressed_us[place + 1 : place + 2]
        if len(stamps) > 1:
            doubled += len(stamps) - 1
        elif not stamps and any(abs(us - pressed_us[place]) <= LATEST_MS * 1000 for us in near):
            merged += 1
        elif not stamps:
            missed += 1
    return {
        "press.presses_late": len(pressed_us),
        "press.merged_late": merged,
        "press.missed_late": missed,
        "press.doubled_late": doubled,
    }


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            sys.exit("the virtual device does not answer")
        time.sleep(0.005)


def all_of_them(folder: Path) -> tuple[Stamps, Stamps]:
    """Return all presses, and those of them that a laptop's traffic accompanied."""
    found = Stamps()
    for seed in range(1, RUNS + 1):
        found.add(scripted(folder / f"scripted{seed}", seed))
    found.add(erasing(folder / "erasing"))
    with_link = linked(folder / "linked")
    found.add(with_link)
    return found, with_link
