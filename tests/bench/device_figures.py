"""The device's behaviour: presses, allocations, flash, a day's heap, the countdown; compared with the usual way."""

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.archive import record
from clapmark.firmware_build.micropython import find_micropython
from clapmark.sim import HEAP_BYTES, EventKind
from clapmark.sim.wiring import wiring_of
from tests.bench.app_figures import ROOT, schedule_of
from tests.bench.support import presses
from tests.bench.support.worlds import World

SCRIPTS = Path(__file__).parent / "device"
USUAL_PRESSES = 300
DAY_TALKS = 240  # five rooms, around the clock
BOARDS = ("tdisplay", "m5stickc-plus2", "oled")
SOURCES_HEAP_BYTES = 4 << 20  # compiling the app's sources on the device needs more than it has

# what a person presses again and again in the 24 hours, and after how many seconds
CYCLE = (
    (0, "A"), (1, "B"),  # a mark, and its tag
    (8, "A 1500ms"),  # a passage
    (15, "C"),  # the next talk
    (17, "A"), (18.5, "B 900ms"),  # a mark, taken back
    (25, "B 900ms"), (27, "B"), (29, "B 900ms"), (31, "B 900ms"),  # menu: Countdown, the first preset
    (35, "B"), (100, "B"),  # started, paused
    (128, "B 900ms"), (130, "B"), (130.4, "B"), (130.8, "B"), (132, "B 900ms"), (134, "B 900ms"),  # menu: Stop; sure
    (140, "B 900ms"), (142, "B"), (142.5, "B"), (143, "B"), (144, "B"), (145, "B"), (147, "B 900ms"),  # menu: Notes
)  # fmt: skip


def allocations(folder: Path) -> dict[str, float]:
    """Measure inside the device, on the 32-bit port."""
    main = (SCRIPTS / "allocations.py").read_text()
    world = World(folder, schedule_txt=schedule_of(200), main_py=main)
    world.play("3600 end\n", app=ROOT, heap_bytes=SOURCES_HEAP_BYTES)
    found = world.figures()
    found.pop("presses")
    wakeup = subprocess.run(
        [*find_micropython(32), str(SCRIPTS / "wakeup.py")], check=True, capture_output=True, text=True
    )
    return {**found, "alloc.wakeup_bytes": int(wakeup.stdout)}


def day_growth(folder: Path, hours: float = 24, count: int = 2000, board: str = "sim") -> tuple[int, int]:
    """Return by how many bytes the heap grows in a day of so many presses, and the most that it ever holds.

    The compiled app runs in the virtual board's heap, with talks all day and a set clock. Once in each round of
    presses, always at the same point, the device collects its garbage and logs how much heap is used. The growth is the
    most of the second half of the rounds minus the most of the first half, without the very first round.
    """
    rounds = count // len(CYCLE)
    every_s = hours * 3600 / rounds
    main = (SCRIPTS / "day.py").read_text().replace("EVERY_MS", str(round(every_s * 1000)))
    world = World(folder, schedule_txt=schedule_of(DAY_TALKS), main_py=main)
    has_c = "C" in wiring_of(board).buttons
    lines = ["start 2019-05-03T09:00:00+00:00"]
    for number in range(rounds):
        for offset_s, what in CYCLE:
            button = what if has_c or what != "C" else "A"
            lines.append(f"{20 + number * every_s + offset_s:.3f} press {button}")
    lines.append(f"{hours * 3600 + 10:.3f} end")
    world.play("\n".join(lines), board)
    did = Counter(entry.fields["do"] for entry in world.records(record.COUNTDOWN))
    done = len(world.records(record.SPAN)), len(world.records(record.UNDO)), *(did[do] for do in (b"start", b"stop"))
    faults = world.records(record.FAULT)
    if faults or set(done) != {rounds}:
        sys.exit(f"the day's presses did not do what they should: {done}, {faults}")
    held = [int(line) for line in (world.state / "files" / "heap.txt").read_text().split()]
    middle = len(held) // 2
    return max(held[middle:]) - max(held[1:middle]), max(held)


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
        if chance.random() < 0.3:  # menu: +1 min
            lines.append(f"{at_ms / 1000:.3f} press B 900ms")
            lines.append("+1.5 press B 900ms")
            minutes += 1
            at_ms += 20_000
    lines.append(f"{at_ms / 1000:.3f} press B 900ms")  # menu: +1 min, Next speaker, End at, Stop; a second hold
    lines += ["+1.5 press B", "+0.4 press B", "+0.4 press B", "+1.5 press B 900ms", "+2 press B 900ms"]
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
    world.play(presses.script(USUAL_PRESSES, 3), app=ROOT, heap_bytes=SOURCES_HEAP_BYTES)
    found = world.figures()
    kept_ms = [int(line) for line in (world.state / "files" / "stamps.txt").read_text().split()]
    pressed_us = world.moments_us(EventKind.PRESSED, "A")
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
        stamps, with_link = presses.all_of_them(folder)
        days = [day_growth(folder / f"day-{board}", board=board) for board in BOARDS]
        figures: dict[str, float] = {
            "press.presses": stamps.usual.count,
            "press.missed": stamps.usual.missed,
            "press.doubled": stamps.usual.doubled,
            "press.stamp_error_ms": stamps.usual.error_ms,
            "press.presses_with_link": with_link.usual.count,
            "press.presses_while_erasing": stamps.erasing.count,
            "press.missed_while_erasing": stamps.erasing.missed + stamps.erasing.doubled,
            "press.stamp_error_while_erasing_ms": stamps.erasing.error_ms,
            **presses.late_figures(folder),
            **allocations(folder / "allocations"),
            "heap.day_growth_bytes": max(growth_bytes for growth_bytes, _ in days),
            "heap.day_most_bytes": max(most_bytes for _, most_bytes in days),
            "countdown.error_ms": countdown_error_ms(folder / "countdown"),
            **usual_way(folder / "usual"),
        }
    table = Table(
        "figure", "value", "must reach", "the usual way", title="The device's behaviour", title_justify="left"
    )
    for name, key, must, usual in (
        ("presses with bounce, redraw, flash, cues, link", "press.presses", "10,000", "usual.presses"),
        ("  missed", "press.missed", "0", "usual.missed"),
        ("  doubled", "press.doubled", "0", ""),
        ("  stamp off by, ms", "press.stamp_error_ms", "0", "usual.stamp_error_ms"),
        ("  of them while a laptop asks without a pause", "press.presses_with_link", "", ""),
        ("presses that fall into an erase", "press.presses_while_erasing", "", ""),
        ("  missed or doubled", "press.missed_while_erasing", "0", ""),
        ("  stamp off by at most, ms (the erase stops the chip)", "press.stamp_error_while_erasing_ms", "", ""),
        ("presses whose interrupts are served up to 200 ms late", "press.presses_late", "", ""),
        ("  merged with one that began within 200 ms", "press.merged_late", "", ""),
        ("  missed otherwise", "press.missed_late", "0", ""),
        ("  doubled", "press.doubled_late", "0", ""),
        ("heap per press, ring to verified record, bytes", "alloc.press_bytes", "128", ""),
        ("  in addition: asyncio's own, to wake the task", "alloc.wakeup_bytes", "", ""),
        ("heap per countdown tick, bytes", "alloc.tick_bytes", "0", ""),
        ("heap per idle turn, bytes", "alloc.idle_bytes", "0", ""),
        ("  in addition: a look at the schedule, every 5 s", "alloc.look_bytes", "", ""),
        ("program operations per bookmark", "flash.programs_per_bookmark", "1", "usual.programs_per_bookmark"),
        ("  the longest, bytes", "flash.program_bytes", "128", ""),
        ("erases in the press path", "flash.erases_in_press_path", "0", "usual.erases_per_bookmark"),
        ("longest stop for a press, ms", "", "", "usual.longest_stop_ms"),
        ("heap growth in 24 h with 2,000 presses, on three boards", "heap.day_growth_bytes", "0", ""),
        (f"  the most it held, of {HEAP_BYTES:,} (simulator's models too)", "heap.day_most_bytes", "", ""),
        ("countdown off after 6 h, ms", "countdown.error_ms", "0", ""),
    ):
        cells = [f"{figures[place]:,}" if place else "" for place in (key, usual)]
        table.add_row(name, cells[0], must, cells[1])
    console.print(table)
    return figures
