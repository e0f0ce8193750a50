"""Imports inside of imports need stack, of which an ESP32 has 16 KB: the start list imports from the bottom up."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
MOST_NESTED = 6  # what was seen to start on an emulated ESP32


def deepest(*modules: str) -> list[str]:
    """Return the longest chain of imports within imports when `modules` are imported one after the other."""
    loaded: set[str] = set()
    longest: list[str] = []

    def load(module: str, chain: list[str]) -> None:
        nonlocal longest
        path = ROOT / f"{module.replace('.', '/')}.py"
        path = path if path.exists() else path.with_suffix("") / "__init__.py"
        if module in loaded or not path.exists():
            return
        loaded.add(module)
        chain = [*chain, module]
        longest = max(longest, chain, key=len)
        for node in ast.parse(path.read_text()).body:
            names: list[str] = []
            if isinstance(node, ast.ImportFrom):
                package = module.split(".")[: -node.level] if node.level else []
                base = ".".join([*package, *([node.module] if node.module else [])])
                names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                words = name.split(".")
                for count in range(1, len(words) + 1):
                    load(".".join(words[:count]), chain)

    for module in modules:
        load(module, ["main"])
    return longest


def test_the_start_nests_imports_no_deeper_than_an_esp32_has_stack_for() -> None:
    for start in ("firmware.app", "firmware.start.safe_mode"):
        chain = deepest("firmware.start.launcher", start)
        assert 3 <= len(chain) <= MOST_NESTED, chain
