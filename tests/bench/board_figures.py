"""What each board uses: bytecode that it can load, and heap after boot. One build serves all boards."""

import ast
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.sim.wiring import BOARDS
from tests.bench.app_figures import APP, BEFORE, HEAP_LIMIT_BYTES, heap_after_boot

ROOT = Path(__file__).parents[2]
# which of them is loaded, the width of the panel decides (ui/display.py)
FACES = {"oled": "firmware/ui/small_font"}
USUAL_FACE = "firmware/ui/text_font"


def imported(module: str) -> set[str]:
    """Return the boards and drivers that a module imports, in a function too, as paths without suffix."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / f"{module}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("firmware.boards", "firmware.drivers")):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in (node.module or "", *names):
                path = name.replace(".", "/")
                if (ROOT / f"{path}.py").exists():
                    found.add(path)
    return found


def own_modules(board: str) -> set[str]:
    """Return the modules that are there for this board, and perhaps for some others."""
    module = f"firmware/boards/{board.replace('-', '_')}"
    found = {FACES.get(board, USUAL_FACE)}
    todo = {module}
    while todo:
        found |= todo
        todo = {path for module in todo for path in imported(module)} - found
    return found


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    sizes = {str(path.relative_to(APP).with_suffix("")): path.stat().st_size for path in APP.rglob("*.mpy")}
    special = set().union(*(own_modules(board) for board in BOARDS))
    figures: dict[str, float] = {}
    columns = ("board", "bytecode", "heap after boot", "must reach")
    table = Table(*columns, title="What a device carries", title_justify="left")
    for board in BOARDS:
        carried = sum(size for name, size in sizes.items() if name not in special - own_modules(board))
        models = BEFORE.replace("gc.collect()", "import sim_wired\ngc.collect()") if BOARDS[board].battery else BEFORE
        heap = heap_after_boot(board, models)["heap.after_boot_bytes"]
        figures[f"board.{board}_mpy_bytes"] = carried
        figures[f"board.{board}_heap_bytes"] = heap
        table.add_row(board, f"{carried:,}", f"{heap:,}", f"{HEAP_LIMIT_BYTES:,}")
    table.add_row("all in one", f"{sum(sizes.values()):,}", "", "")
    console.print(table)
    return figures
