"""Finds every name of `machine`, `esp32` and `network` that the device's code uses, and what is asked of each."""

import ast
from pathlib import Path

from clapmark.firmware_build.build import app_sources

MODULES = ("machine", "esp32", "network")


def used_names() -> set[str]:
    """Return them dotted: `machine.Pin`, `machine.Pin.PULL_UP`, `esp32.Partition.find`, ..."""
    found: set[str] = set()
    for path in app_sources().values():
        found |= _names_in(path)
    return found


def _names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name in MODULES}
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = {name for name in known.values() if "." in name}
    for node in ast.walk(tree):
        dotted = _dotted(node, known)
        if dotted and dotted not in MODULES:
            found.add(dotted)
    return found


def _dotted(node: ast.AST, known: dict[str, str]) -> str:
    """Return the name that an expression like `machine.RTC().datetime` has, "" for any other."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        inner = node.value.func if isinstance(node.value, ast.Call) else node.value
        before = _dotted(inner, known)
        return f"{before}.{node.attr}" if before else ""
    return ""
