"""Runs the device tests on every MicroPython from 1.23 to 1.29: `make versions`. It needs node and npm.

npm has each release built for WebAssembly, with the 32-bit integers that an ESP32 has. That port lacks LittleFS and
most of asyncio, so the tests that need them do not run there; `make test` runs all of them on the unix port.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "versions"
PACKAGE = "@micropython/micropython-webassembly-pyscript"
RELEASES = ("1.23.0", "1.24.1", "1.25.0", "1.26.0", "1.27.0", "1.28.0-6", "1.29.0-6")
NOT_THERE = ("test_mp_wakeup", "test_mp_button_ring", "test_mp_file_blocks")  # asyncio.run, ThreadSafeFlag, VfsLfs2


def fetch(release: str) -> Path:
    """Return the folder of the unpacked package of a release."""
    folder = KEPT / release
    if not (folder / "package" / "micropython.wasm").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", "--json", f"{PACKAGE}@{release}"]
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        subprocess.run(["tar", "xf", json.loads(answer.stdout)[0]["filename"]], cwd=folder, check=True)
    return folder / "package"


def main() -> int:
    """Run them all; return the exit code."""
    tests = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests/firmware").rglob("test_*.py"))
        if path.stem not in NOT_THERE
    ]
    failed = 0
    for release in RELEASES:
        try:
            folder = fetch(release)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"MicroPython {release} cannot be fetched: are node, npm and the network there? {error}")
            return 1
        failed |= subprocess.run(
            ["node", Path(__file__).with_name("run.mjs"), folder, ROOT, *tests], check=False
        ).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
