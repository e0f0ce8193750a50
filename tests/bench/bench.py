"""`make bench [AREA=app]`: the figures, each measured in this run, none a pass or fail; also in build/bench.json.

Each area is a module `AREA_figures.py` in this folder with `measure(console) -> figures`, which prints its own tables.
"""

import importlib
import json
import sys
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "build" / "bench.json"


def areas() -> list[str]:
    """Return the names of all areas, sorted."""
    return sorted(path.stem.removesuffix("_figures") for path in Path(__file__).parent.glob("*_figures.py"))


def main(names: list[str]) -> None:
    """Measure the areas named, or all of them; print the figures, and add them to those of earlier runs."""
    unknown = set(names) - set(areas())
    if unknown:
        sys.exit(f"No such area: {', '.join(sorted(unknown))}. There are {', '.join(areas())}.")
    console = Console(highlight=False)
    figures: dict[str, float] = json.loads(TARGET.read_text()) if names and TARGET.exists() else {}
    for name in names or areas():
        figures |= importlib.import_module(f"tests.bench.{name}_figures").measure(console)
    TARGET.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    console.print(f"Written to {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
