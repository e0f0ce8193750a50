"""Writes that survive a power cut: a file is complete or as it was, and what was reported as written is on the disk."""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from clapmark.base import exchange
from clapmark.base.errors import ClapmarkError, ConflictError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TEMPORARY_SUFFIX = ".clapmark-new"  # of what a killed process leaves behind
_ASIDE_SUFFIX = ".clapmark-aside"  # of the version that is being exchanged


class LockedError(ClapmarkError):
    """Another process works on the same files."""


def make_folder(folder: Path) -> None:
    """Create `folder` and the folders above it, and make their names durable."""
    missing: list[Path] = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        sync_folder(new.parent)


def replace_file(path: Path, data: bytes) -> bool:
    """Make `data` the content of `path`: temporary file next to it, fsync, rename, fsync of the folder.

    A link is followed, permissions are kept. Returns False, and writes nothing, where the content is that already.
    Raises OSError; then `path` is as it was.
    """
    path = path.resolve()
    mode = 0o666
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return False
        mode = stat.S_IMODE(path.stat().st_mode)
    temporary = _write_beside(path, data, mode)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return True


def replace_expected(path: Path, before: bytes | None, after: bytes | None) -> bool:
    """Make `after` the content of `path` if it is `before` at this moment; None means that there is no file.

    For files that a person may be saving in an editor: their version is never overwritten (base.exchange says how, and
    what remains where the platform cannot exchange files). Returns False where `path` was changed, created or deleted
    meanwhile; then it is as the person left it. A link is followed, permissions are kept.
    Raises ConflictError if a run that was cut off left a version aside that is not known; OSError.
    """
    path = path.resolve()
    make_folder(path.parent)
    _clear_aside(path, before)
    # so that a later run knows what is in it
    name = f".{path.name[:180]}.{_digest(after)}-{_digest(before)}{_ASIDE_SUFFIX}"
    aside = path.with_name(name)
    try:
        if before is None:
            is_done = after is None or _create(path, aside, after)
        elif after is None:
            is_done = exchange.remove_expected(path, aside, before)
        else:
            _write_beside(path, after, stat.S_IMODE(path.stat().st_mode)).replace(aside)
            is_done = exchange.replace_expected(path, aside, before)
    except FileNotFoundError:
        is_done = False
    finally:  # an interruption may leave the person's version in it
        if aside.exists() and after is not None and aside.read_bytes() == after:
            aside.unlink()
    sync_folder(path.parent)
    return is_done


def replace_or_conflict(path: Path, before: bytes | None, after: bytes | None) -> bool:
    """Do as `replace_expected`; return whether that changed the file.

    Raises ConflictError, which says that `path` was left as it is, where that returns False; OSError.
    """
    if before == after:
        return False
    if not replace_expected(path, before, after):
        raise changed_meanwhile(path)
    return True


def changed_meanwhile(path: Path) -> ConflictError:
    """Return the error for a file that somebody else changed while a command was about to."""
    return ConflictError(
        f"{path} was changed at the same moment, perhaps saved in an editor. It was left as it is, with that change; "
        "run the same command again."
    )


def _create(path: Path, aside: Path, after: bytes) -> bool:
    _write_beside(path, after, 0o666).replace(aside)
    return exchange.create(path, aside)


def _clear_aside(path: Path, before: bytes | None) -> None:
    """Remove what an interrupted run left next to `path`, if it is a known version. Raises ConflictError."""
    prefix = f".{path.name[:180]}."
    for left in path.parent.iterdir():
        if not left.name.startswith(prefix) or not left.name.endswith(_ASIDE_SUFFIX):
            continue
        data = left.read_bytes()
        if _digest(data) not in left.name[len(prefix) :] and data != before:
            raise ConflictError(
                f"{left} holds a version of {path.name} that was saved while an earlier run was cut off. Nothing was "
                f"changed. Compare it with {path.name}, keep what you need, delete {left.name}, and run the same "
                "command again."
            )
        left.unlink()


def _digest(data: bytes | None) -> str:
    return "none" if data is None else hashlib.sha256(data).hexdigest()[:16]


def _write_beside(path: Path, data: bytes, mode: int) -> Path:
    """Write `data` durably to a temporary file next to `path` and return its name. Raises OSError."""
    make_folder(path.parent)
    # one fixed name: what a killed process leaves behind is replaced by the next write instead of piling up
    temporary = path.with_name(f".{path.name[:200]}{TEMPORARY_SUFFIX}")
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)
        if mode != 0o666:
            temporary.chmod(mode)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # the name that the person knows
        raise
    return temporary


def append_file(path: Path, data: bytes) -> None:
    """Append `data` to `path`, which may not exist yet; on return it is on the disk.

    A power cut in the middle leaves a beginning of `data` behind, never anything else. Raises OSError.
    """
    if not data:
        return
    is_new = not path.exists()
    if is_new:
        make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        _write_all(descriptor, data)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the operating system knows how."""
    if os.name == "nt":
        return  # a folder cannot be opened there; NTFS journals its names
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, who: str) -> Iterator[None]:
    """Hold the lock file `path`; create it if it is missing.

    Raises LockedError, naming `who`, at once if another process holds it. The lock ends with the process.
    """
    make_folder(path.parent)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(file_lock(path, timeout_s=0))
        except Timeout as error:
            raise LockedError(
                f"Another clapmark works on {who} at this moment. Nothing was changed; try again when it has finished."
            ) from error
        yield


@contextlib.contextmanager
def file_lock(path: Path, timeout_s: float = -1) -> Iterator[None]:
    """Hold the lock file `path`, whose folder exists; wait for other processes up to `timeout_s`, -1: without limit.

    Raises filelock.Timeout, and OSError, also on a file system that has no locks.
    """
    lock = FileLock(path, timeout=timeout_s)
    try:
        lock.acquire()
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(path)) from error
    try:
        yield
    finally:
        lock.release()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    full_sync = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync alone stops at the drive's cache
    if full_sync is not None:
        fcntl.fcntl(descriptor, full_sync)
    else:
        os.fsync(descriptor)
