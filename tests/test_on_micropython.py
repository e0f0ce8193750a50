"""The device tests on real MicroPython, 64 and 32 bit, by tests/firmware/run.py (the core: CPython, too)."""

import subprocess
from pathlib import Path

import pytest

from clapmark.firmware_build.micropython import find_micropython

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / "tests/firmware").rglob("test_*.py")
    if not path.stem.startswith("test_sim_")
)


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_on_micropython(file, bits):
    command = [*find_micropython(bits), "tests/firmware/run.py", str(file)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(answer.stdout)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"{bits} bits:" in answer.stdout
