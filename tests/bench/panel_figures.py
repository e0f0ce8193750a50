"""What goes to the panel, on both kinds: bytes per second of countdown, and the longest time between two awaits.

The real app runs in the virtual device, from source, and counts its own bytes (panel_main.py); the bus times are
those of 26 MHz SPI and 400 kHz I2C. For comparison: the usual way, which draws and sends the whole picture each second.
The flash holds something old, so that the next sector of the journal must be erased while no button is pressed.
"""

import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.sim import Simulation, parse_script

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "tests" / "bench" / "support" / "panel_main.py"
BOARDS = {"st7789": "tdisplay", "ssd1306": "oled"}
SHARES = {"st7789": 6, "ssd1306": 4}
SOURCE_HEAP_BYTES = 1 << 20  # compiling takes more than the device has; the bytes on the bus are the same
LONGEST_MS = 25
FLASH_BYTES = 64 * 4096

# menu, countdown, the first preset, start; then, behind what is measured, marks (two buttons at once), clock, info
SCRIPT = """seed 1
3 hold B 900ms
5 hold B 900ms
7 hold B 900ms
10 press B
335 press A
335 press B
337 hold A 1500ms
339 press A
339.05 press B
341 hold B 900ms
343 press B
343.2 press B
343.4 press B
343.6 hold B 900ms
360 end
"""


def measured(board: str) -> dict:
    """Return what the app says of itself on a board."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        (state / "files").mkdir(parents=True)
        (state / "files" / "main.py").write_text(MAIN.read_text())
        (state / "flash.bin").write_bytes(b"old " * (FLASH_BYTES // 4))
        if Simulation(state, board, parse_script(SCRIPT), app=ROOT, heap_bytes=SOURCE_HEAP_BYTES).run():
            sys.exit((state / "device.log").read_text(errors="replace"))
        return json.loads((state / "files" / "figures.json").read_text())


def measure(console: Console) -> dict[str, float]:
    """Print the tables and return the figures."""
    figures: dict[str, float] = {}
    title = "Bytes to the panel per second of countdown"
    sent = Table("panel", "a frame", "the usual way", "Clapmark", "must reach", title=title, title_justify="left")
    waits = Table(
        "board",
        "task",
        "bus time",
        "must reach",
        "bus and flash",
        title="Longest time between two awaits",
        title_justify="left",
    )
    for panel, board in BOARDS.items():
        found = measured(board)
        frame = found["frame_bytes"]
        figures[f"panel.{panel}_frame_bytes"] = frame
        figures[f"panel.{panel}_bytes_per_s"] = round(found["bytes_per_s"], 1)
        figures[f"panel.{panel}_usual_bytes_per_s"] = found["redraw_bytes"]
        usual, ours = f"{found['redraw_bytes']:,.0f}", f"{found['bytes_per_s']:,.0f}"
        sent.add_row(panel, f"{frame:,}", usual, ours, f"{frame // SHARES[panel]:,}")
        for task, us in sorted(found["longest_us"].items(), key=lambda item: -item[1]):
            all_us = found["longest_waits_us"][task]
            waits.add_row(board, task, f"{us / 1000:.1f} ms", f"{LONGEST_MS} ms", f"{all_us / 1000:.1f} ms")
        longest = max(found["longest_us"].values()) / 1000
        figures["await.longest_ms"] = max(figures.get("await.longest_ms", 0), longest)
        erase_ms = found["longest_waits_us"]["idle work"] / 1000
        figures["await.longest_erase_ms"] = max(figures.get("await.longest_erase_ms", 0), erase_ms)
    console.print(sent)
    console.print(waits)
    return figures
