"""Hatch's build hook: puts the pages' MicroPython into the wheel and the sdist, where the checkout has fetched it."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MicroPythonHook(BuildHookInterface):
    """Includes `.micropython/wasm-VERSION`; without it, `clapmark play` of the wheel says what is missing."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to the build; an editable installation reads them in the checkout."""
        root = Path(self.root)
        source = (root / "host/clapmark/web/wasm.py").read_text(encoding="utf-8")
        release = re.search(r'^VERSION = "([^"]+)"', source, re.MULTILINE)
        folder = root / ".micropython" / f"wasm-{release[1] if release else ''}"
        if version == "editable":
            return
        if not folder.is_dir():
            self.app.display_warning("Without the pages' MicroPython: run `make site` before the build to include it.")
            return
        for path in sorted(folder.iterdir()):
            inside = path.relative_to(root).as_posix()
            target = inside if self.target_name == "sdist" else f"clapmark/web/micropython/{path.name}"
            build_data["force_include"][str(path)] = target
