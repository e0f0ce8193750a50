"""The heap: what the app uses after its start, and what is free at its worst moment, of the 140 KB of an ESP32."""

import base64
import binascii
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.archive import record
from clapmark.link import frame, upload
from clapmark.sim import HEAP_BYTES
from firmware.core.countdown import RUNNING
from firmware.core.state import MENU
from tests.bench.app_figures import BEFORE, schedule_of
from tests.bench.support.worlds import World

SCRIPT = Path(__file__).parent / "device" / "worst_moment.py"
SCRIPT_BYTES = 8192  # at most what the script takes of the heap, which gets so much more
BOOT = """
import asyncio, gc, json, sys
gc.collect()
before = gc.mem_alloc()
execfile("worst.py")
gc.collect()
sys.modules["script_bytes"] = gc.mem_alloc() - before
execfile(sys.path[2] + "/boot.py")
"""
MAIN = "import asyncio, sys\nasyncio.run(sys.modules.pop('worst_moment')())\n"
TALKS, PUSHED_TALKS = 500, 700
LEAST_FREE_BYTES = 16_384
# A: mark; B long: menu, on Take back; Talk ...; Countdown ...; B long: the presets; the first; B: start; B long: menu
PRESSES = "8 press A\n12 press B 900ms\n14 press B\n15 press B\n17 press B 900ms\n19 press B 900ms\n"
PRESSES += "21 press B\n24 press B 900ms\n"
PRESSES += "28 press B 900ms\n"  # once more, while an upload is open, which has closed it
OPEN_MENU = b"the menu is opened"


def upload_requests(data: bytes) -> list[bytes]:
    """Return requests that push a schedule, up to its first block and a part of the second: it stays open."""
    whole = f"size={len(data)} crc={binascii.crc32(data):08X}"
    requests = [f"schedule do=begin {whole}".encode()]
    offset = 0
    for number in range(2):
        length, packed = upload._block(data[offset:], 2048)
        at = 0
        while at < len(packed):
            values: dict[str, int | str | bytes] = {"do": "pack", "offset": offset, "at": at, "length": length}
            part = packed[at : at + upload._room(values, frame.LONG_REQUEST_BYTES)]
            is_last = at + len(part) == len(packed)
            if is_last and number:
                break
            words = f"schedule do=pack offset={offset} at={at}" + (f" length={length}" if is_last else "")
            requests.append(words.encode() + b" data=" + base64.b64encode(part))
            at += len(part)
        offset += length
    return requests


def framed(words: bytes) -> bytes:
    """Return the frame of a request."""
    body = b"?1 " + words
    return b"%s *%08X\n" % (body, binascii.crc32(body))


def worst_moment(folder: Path, heap_bytes: int = HEAP_BYTES) -> dict[str, int]:
    """Return the least free bytes for each thing that went on, on the virtual T-Display, of a heap of `heap_bytes`.

    The hardware models and the measuring script are counted separately.
    """
    sync = [b"hello protocol=1", b"time utc=1556874000000 err=20 offset=0", b"get from=1 bytes=16384", b"status"]
    pushed = upload_requests(schedule_of(PUSHED_TALKS))
    # a sync and a screenshot while the menu is open; a push, which closes it; the menu between two parts of a push
    requests = [*sync, b"screen", *pushed, OPEN_MENU, *sync[1:], b"screen", *pushed[-3:]]
    world = World(
        folder,
        schedule_txt=schedule_of(TALKS),
        requests_txt=b"".join(b"\n" if words == OPEN_MENU else framed(words) for words in requests),
        worst_py=SCRIPT.read_text().replace("SCREEN_MENU", str(MENU)).replace("COUNTDOWN_RUNNING", str(RUNNING)),
        boot_py=BOOT,
        main_py=MAIN,
    )
    world.play(PRESSES + "60 end\n", "tdisplay", heap_bytes=heap_bytes + SCRIPT_BYTES)
    found = world.figures()
    if found["errors"] or found["talks"] != TALKS or found["script"] > SCRIPT_BYTES:
        sys.exit(f"the worst moment was refused: {found}")
    steps = [b"menu, countdown", *requests]
    names = [f"{number}: {words[:40].decode()}" for number, words in enumerate(steps)]
    return {name: free - (SCRIPT_BYTES - found["script"]) for name, free in zip(names, found["least"], strict=True)}


def imports(folder: Path) -> dict[str, int]:
    """Return how many modules the device loads in each part of a script: none but in menus and when it is idle."""
    script = (
        "8 press A\n11 press A 1500ms\n14 press A\n15 press B\n20 press A\n21 press B 900ms\n"  # a mark, a passage, ...
        # the menu: Countdown, the first preset
        "32 press B 900ms\n34 press B\n37 press B 900ms\n39 press B 900ms\n"
        "66 press B\n70 press A\n76 press B\n78 press B\n90 press A 1500ms\n"  # start, mark, pause, resume, a passage
        "150 end\n"
    )
    parts = [("start", 7), ("marking", 30), ("menu", 45), ("idle", 65), ("countdown", 110), ("sync", 113)]
    parts += [("cues", 140)]
    world = World(
        folder,
        schedule_txt=schedule_of(TALKS),
        settings_json=json.dumps({"presets": [["test", 1, 30, 10]]}),
        boot_py=BEFORE,
        main_py=(SCRIPT.parent / "imports.py").read_text().replace("PARTS  #", f"{parts}  #"),
    )
    world.play(script, "sim")
    did = [entry.fields["do"] for entry in world.records(record.COUNTDOWN)]
    if did.count(b"stage") != 3 or b"resume" not in did or len(world.records(record.BOOKMARK)) != 6:
        sys.exit(f"the script and the device disagree: {did}")
    return {name: round(count) for name, count in world.figures().items()}


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        least = worst_moment(Path(folder) / "worst")
        loaded = imports(Path(folder) / "imports")
    figures = {
        "heap.least_free_bytes": min(least.values()),
        "sync.imports": loaded["sync"],
        "press.imports": loaded["marking"] + loaded["countdown"],
        "cue.imports": loaded["cues"],
        "menu.imports": loaded["menu"],
    }
    table = Table("figure", "value", "must reach", title="The heap at its worst moment", title_justify="left")
    table.add_row("least free, of 140 KB", f"{figures['heap.least_free_bytes']:,}", f"{LEAST_FREE_BYTES:,}")
    for name, what in (("sync", "a sync"), ("press", "presses"), ("cue", "cues"), ("menu", "a menu")):
        table.add_row(f"modules loaded for {what}", str(figures[f"{name}.imports"]), "" if name == "menu" else "0")
    console.print(table)
    return figures
