"""The app as a whole: its heap, its bytecode, and the time of the demo."""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.base.environment import Environment
from clapmark.firmware_build.rom_image import APP_FILE, RomImage, rom_image
from clapmark.flash.device_files import app_files
from clapmark.schedule import Schedule, Talk, to_device_format
from clapmark.sim import HEAP_BYTES, Simulation, parse_script
from clapmark.sim.demo.demo import Demo
from tests.bench.support.duty import duty_cycle

ROOT = Path(__file__).parents[2]
APP = ROOT / "build" / "device"
TALKS = 200
HEAP_LIMIT_BYTES = 107_520

# runs before boot.py: what is in the heap without the app; it plays the laptop, and counts the modules that are loaded
BEFORE = """
import gc, sys
import asyncio, binascii, esp32, framebuf, machine, os, select, time


class Laptop:
    imports = 0

    def write(self, data):
        data = bytes(data)
        if data[:1].isdigit():
            self.record = data
        return len(data)

    async def ask(self, session, words):
        words = b"?1 " + words
        line = b"%s *%08X\\n" % (words, binascii.crc32(words))
        assert await session.serve(memoryview(bytearray(line)))

    async def sync(self, link, journal):
        link.out = self
        session = link._session
        await self.ask(session, b"hello protocol=1")
        await self.ask(session, b"time utc=1556874000000 err=20 offset=0")
        await self.ask(session, b"get from=1 bytes=16384")
        words = self.record.split()
        await self.ask(session, b"commit epoch=%s seq=%s crc=%s" % (journal.epoch, words[0], words[-1][1:]))
        assert journal.committed_seq == int(words[0])
        await self.ask(session, b"status")
        self.record = b""


laptop = sys.modules["laptop"] = Laptop()
gc.collect()
sys.modules["before"] = gc.mem_alloc()
execfile(sys.path[2] + "/boot.py")
open_module = ImportFolder.open


def counted(self, path, mode):
    laptop.imports += 1
    return open_module(self, path, mode)


ImportFolder.open = counted
"""
# runs before BEFORE: the app's ROM file system, mapped into memory as on a chip
MAP_ROM = """
import ffi, uctypes, vfs
with open("rom.img", "rb") as file:
    size = file.seek(0, 2)
    # PROT_READ, MAP_PRIVATE
    address = ffi.open(None).func("P", "mmap", "PLiiil")(0, size, 1, 2, file.fileno(), 0)
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(address, size)), "/rom")
"""
# runs in place of main.py: builds the app as main.py does, draws the first screen, answers a whole sync, and writes the
# figures to a file
MEASURE = """
import asyncio, gc, json, sys
before = sys.modules.pop("before")
laptop = sys.modules.pop("laptop")
from firmware import app
built = app.start()
built.controller.tick(built.context.uptime_ms())
built.display.refresh(built.context.state)
gc.collect()
drawn = gc.mem_alloc()
imports = laptop.imports
asyncio.run(laptop.sync(built.link, built.context.journal))
imports = laptop.imports - imports
built.controller.tick(built.context.uptime_ms())
built.display.refresh(built.context.state)
gc.collect()
after = gc.mem_alloc()
found = {"before": before, "drawn": drawn, "after": after, "free": gc.mem_free(), "imports": imports}
found["talks"] = built.controller.talks.schedule.count
with open("figures.json", "w") as file:
    json.dump(found, file)
"""


def schedule_of(count: int) -> bytes:
    """Return a compact schedule of `count` talks in five rooms."""
    start = datetime(2019, 5, 3, 9, 0, tzinfo=UTC)
    talks = []
    for number in range(count):
        begins = start + timedelta(minutes=30 * (number // 5))
        talks.append(
            Talk(
                id=f"t{number}",
                title=f"The title of talk number {number}, about as long as titles are",
                start=begins,
                end=begins + timedelta(minutes=25),
                room=f"Hall {number % 5}",
                speakers=("Ada Lovelace",),
            )
        )
    last = talks[-1].end.date()
    return to_device_format(Schedule("bench", "Bench", "UTC", start.date(), last, tuple(talks)))


def heap_after_boot(board: str, before: str = BEFORE, image: RomImage | None = None) -> dict[str, int]:
    """Return what the app takes of the heap once its first screen is drawn, without the hardware models' share.

    `before` stands before boot.py, and loads the models. With `image`, the app runs from ROM.
    """
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        (state / "files").mkdir(parents=True)
        (state / "files" / "schedule.txt").write_bytes(schedule_of(TALKS))
        if image:
            (state / "files" / "rom.img").write_bytes(image.data)
            (state / "files" / APP_FILE).write_text(image.name)
        (state / "files" / "boot.py").write_text((MAP_ROM if image else "") + before)
        (state / "files" / "main.py").write_text(MEASURE)
        if Simulation(state, board, parse_script("5 end\n"), app=APP).run():
            sys.exit((state / "device.log").read_text(errors="replace"))
        figures = json.loads((state / "files" / "figures.json").read_text())
    assert figures["talks"] == TALKS
    assert figures["imports"] == 0
    return {
        "heap.models_bytes": figures["before"],
        "heap.after_boot_bytes": figures["after"] - figures["before"],
        "heap.free_after_boot_bytes": figures["free"],
        "heap.after_start_bytes": figures["drawn"] - figures["before"],
    }


def demo_seconds() -> float:
    """Return the seconds that the whole demo takes, after set-up."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "out").open("w") as out:
        began = time.monotonic()
        if Demo(Path(folder) / "demo", Environment(stdout=out, stderr=out)).run():
            sys.exit((Path(folder) / "out").read_text())
        return time.monotonic() - began


def bytecode() -> dict[str, int]:
    """Return the size of each compiled module in bytes."""
    return {str(path.relative_to(APP)): path.stat().st_size for path in sorted(APP.rglob("*.mpy"))}


def measure(console: Console) -> dict[str, float]:
    """Print the tables and return the figures."""
    sizes = bytecode()
    figures: dict[str, float] = {
        "heap.limit_bytes": HEAP_BYTES,
        **heap_after_boot("sim"),
        "heap.rom_after_boot_bytes": heap_after_boot("sim", image=rom_image(app_files()))["heap.after_boot_bytes"],
        "mpy.total_bytes": sum(sizes.values()),
        "demo.seconds": round(demo_seconds(), 1),
        **duty_cycle(),
    }
    table = Table("figure", "value", "must reach", title="The app on the 32-bit port", title_justify="left")
    after_boot = f"{figures['heap.after_boot_bytes']:,}"
    table.add_row("heap after boot, 200 talks, first screen drawn, a sync done", after_boot, f"{HEAP_LIMIT_BYTES:,}")
    from_rom = f"{figures['heap.rom_after_boot_bytes']:,}"
    table.add_row("  the same with the app in a ROM file system", from_rom, "")
    table.add_row("  in addition: the hardware models of the simulator", f"{figures['heap.models_bytes']:,}", "")
    table.add_row("  free then, of a heap of 140 KB", f"{figures['heap.free_after_boot_bytes']:,}", "")
    table.add_row("bytecode of the app", f"{figures['mpy.total_bytes']:,}", "")
    table.add_row("the whole demo", f"{figures['demo.seconds']} s", "60 s")
    table.add_row("of a conference day: panel lit", f"{figures['duty.lit_percent']} %", "")
    table.add_row("  dimmed", f"{figures['duty.dim_percent']} %", "")
    table.add_row("  dark", f"{figures['duty.dark_percent']} %", "")
    table.add_row("  chip awake, with the setting light_sleep", f"{figures['duty.awake_percent']} %", "")
    console.print(table)
    modules = Table("module", "bytes of .mpy", title="Modules", title_justify="left")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        modules.add_row(name, f"{size:,}")
    console.print(modules)
    return figures
