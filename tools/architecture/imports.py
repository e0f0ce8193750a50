"""Read which folder imports which from the sources, and draw it in docs/architecture.md.

`python -m tools.architecture.imports` rewrites the drawings between their markers; the rules that hold for them are the
tables of the same page, which tests/test_import_rules.py reads.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
# the root package, and where its sources are
TREES = {"clapmark": ROOT / "host" / "clapmark", "firmware": ROOT / "firmware"}
# started by name inside MicroPython's unix port, and compiled like the device's own files
_DEVICE_SIDE = ("clapmark.sim.hardware", "clapmark.web.chip")

# the command line imports a command when it is typed
_BY_NAME = {"clapmark.cli": {"clapmark.commands"}}

Graph = dict[str, set[str]]


def sources(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of each module of `package`, an `__init__.py` under its folder's name."""
    folder = TREES[package]
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join((package, *parts)).removesuffix(".__init__")
        if not name.startswith(_DEVICE_SIDE):
            yield name, path


def imports_of(path: Path) -> set[str]:
    """Return the dotted names that a module imports, also inside functions; not those for the type checker only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def folder_of(name: str) -> str:
    """Return the folder that a rule speaks of: `clapmark.notes`, `firmware.core`; a loose module is its own.

    The demo types commands, so it is above them, unlike the rest of `clapmark.sim`.
    """
    if name.startswith("clapmark.sim.demo"):
        return "clapmark.demo"
    return ".".join(name.split(".")[:2])


def graph(package: str) -> Graph:
    """Return for each folder of `package` the folders that it imports, those of the other tree included."""
    modules = {name for tree in TREES for name, _ in sources(tree)}
    arrows: Graph = {}
    for name, path in sources(package):
        here = folder_of(name)
        arrows.setdefault(here, set()).update(_BY_NAME.get(name, ()))
        for target in imports_of(path) & modules:
            if target not in TREES and folder_of(target) != here:
                arrows[here].add(folder_of(target))
    arrows.pop(package, None)
    return arrows


def find_cycle(arrows: Graph) -> list[str]:
    """Return the folders of one import cycle, first and last the same; empty if there is none."""
    done: set[str] = set()

    def visit(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for target in sorted(arrows.get(node, ())):
            cycle = visit(target, [*way, node])
            if cycle:
                return cycle
        done.add(node)
        return []

    return next((cycle for node in sorted(arrows) if (cycle := visit(node, []))), [])


def floors(text: str, package: str) -> list[set[str]]:
    """Return the folders of each floor, the top one first, from the table under the heading "Floors of PACKAGE"."""
    section = text.split(f"### Floors of `{package}`", 1)[1].split("\n#", 1)[0]
    rows = re.findall(r"^\| *\d+ *\| ([^|]+)\|", section, re.MULTILINE)
    return [{f"{package}.{name}" for name in re.findall(r"`([a-z_]+)/?`", row)} for row in rows]


def drawing(package: str, levels: list[set[str]]) -> str:
    """Return the folders on their floors as a Mermaid flow chart; an arrow that follows from others is left out."""
    arrows = {name: {to for to in ends if to in TREES or to.split(".")[0] == package}
              for name, ends in graph(package).items()}  # fmt: skip
    short = {name: name.split(".", 1)[1] for name in arrows}
    lines = ["```mermaid", "flowchart TD"]
    for number, level in enumerate(levels, 1):
        rooms = [f"    {short[name]}" for name in sorted(level & arrows.keys())]
        lines += [f"  subgraph floor{number} [ ]", *rooms, "  end"] if rooms else []
    for name in sorted(arrows):
        direct = arrows[name]
        implied = {far for near in direct for far in _reachable(arrows, near)}
        lines += [f"  {short[name]} --> {short[to]}" for to in sorted(direct - implied) if to in short]
    return "\n".join([*lines, "```"])


def _reachable(arrows: Graph, start: str) -> set[str]:
    found: set[str] = set()
    queue = [start]
    while queue:
        for target in arrows.get(queue.pop(), ()):
            if target not in found:
                found.add(target)
                queue.append(target)
    return found


def with_drawings(text: str) -> str:
    """Return the page with its drawings as the sources are now."""
    for package in TREES:
        picture = drawing(package, floors(text, package))
        begin, end = f"<!-- drawing {package} -->\n", f"\n<!-- end {package} -->"
        head, rest = text.split(begin, 1)
        text = head + begin + picture + end + rest.split(end, 1)[1]
    return text


def main() -> int:
    """Bring the drawings of docs/architecture.md up to date."""
    PAGE.write_text(with_drawings(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
