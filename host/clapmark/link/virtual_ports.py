"""Virtual devices that run on this computer, so that commands find them as they find a board on USB.

Each running `clapmark sim` holds a small file, locked, in a folder of the user's. The lock ends with the process,
however that ends; a file without a lock belongs to a virtual device that is gone.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

try:
    import fcntl
except ImportError:  # Windows, where there is no virtual device
    fcntl = None  # type: ignore[assignment]  # checked before each use

_MOST_BYTES = 4096


@dataclass(frozen=True)
class VirtualPort:
    """The serial port of a running virtual device; `board` is what it models, `state` the folder that it lives in."""

    name: str
    board: str
    state: str


def folder() -> Path:
    """Return the folder in which running virtual devices are listed."""
    return Path(platformdirs.user_state_dir("clapmark")) / "virtual-devices"


@contextmanager
def registered(port: VirtualPort) -> Iterator[None]:
    """List a virtual device while the context lasts. A folder that cannot be written lists none."""
    handle = None if fcntl is None else _opened(folder() / f"{os.getpid()}.json")
    if handle is None:
        yield
        return
    path, descriptor = handle
    try:
        os.write(descriptor, json.dumps(asdict(port)).encode("ascii"))
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _opened(path: Path) -> tuple[Path, int] | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None  # finding it by itself is a convenience: --port works without
    return path, descriptor


def find_virtual_ports() -> list[VirtualPort]:
    """Return the virtual devices that run now, sorted by port."""
    if fcntl is None:
        return []
    try:
        paths = sorted(folder().glob("*.json"))
    except OSError:
        return []
    found = [port for path in paths if (port := _running(path)) is not None]
    return sorted(found, key=lambda port: port.name)


def _running(path: Path) -> VirtualPort | None:
    """Return the virtual device that `path` lists; the file of one that is gone is removed."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        if _is_locked(descriptor):
            return _parsed(os.read(descriptor, _MOST_BYTES))
        path.unlink()
    except OSError:
        pass  # removed by another command, or somebody else's file in our folder
    finally:
        os.close(descriptor)
    return None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _parsed(data: bytes) -> VirtualPort | None:
    try:
        values = json.loads(data)
        port = VirtualPort(*(str(values[name]) for name in ("name", "board", "state")))
    except (ValueError, KeyError, TypeError):
        return None  # just being written
    return port if Path(port.name).exists() else None
