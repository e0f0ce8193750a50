"""Replace a file that a person may be saving at this moment, without losing their version.

`rename` alone overwrites any content, also what an editor saved a moment ago. Where the platform can exchange two
files in one step (Linux `renameat2`, macOS `renamex_np`), the replaced version is kept, looked at, and put back if it
is not the one that was expected. Elsewhere (Windows, NFS, some FUSE file systems) the last comparison is made right
before the rename, and some microseconds remain in which a save is overwritten; docs/archive.md says so.
"""

import contextlib
import ctypes
import errno
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_AT_FDCWD = -100  # linux/fcntl.h: paths are relative to the current folder
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h of macOS
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV}
_OPEN_FOR_WRITING_S = 2.0  # how long to wait for a program that has the old file open for writing
_POLL_S = 0.005
_SETTLE_S = 0.02  # longer than a program is held up between finding a file and opening it


def exchange(first: Path, second: Path) -> bool:
    """Exchange the files behind two names in one step; return False where that is not possible at all.

    Raises OSError, such as FileNotFoundError if one of them is gone.
    """
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(first), os.fsencode(second)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(second))


def replace_expected(path: Path, fresh: Path, expected: bytes) -> bool:
    """Replace `path` with `fresh` if it still holds `expected`; return whether it was replaced.

    If somebody saves `path` at the same time, `path` holds their latest version in the end, and the result is False.
    `fresh` is a file in the same folder; it is gone afterwards, unless an error is raised.
    Raises OSError, FileNotFoundError if `path` was deleted.
    """
    ours = fresh.read_bytes()
    with _quiet(path) as old:
        if old.data != expected or not old.is_closed:
            fresh.unlink()
            return False
        if not exchange(fresh, path):
            return _replace_without_exchange(path, fresh, expected, old)
        # from here on `fresh` is the name of the version that was replaced
        if old.is_still_quiet(fresh) or (not old.is_same(fresh) and _look(fresh) == (expected, True)):
            fresh.unlink()
            return True
        return _put_back(path, fresh, ours)


def create(path: Path, fresh: Path) -> bool:
    """Rename `fresh` to `path` if nothing has that name; return whether it was renamed. Raises OSError."""
    if os.name == "nt":  # a rename fails there if the name is taken
        with contextlib.suppress(FileExistsError):
            fresh.rename(path)
            return True
        return False
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        if path.exists():  # a file system without hard links: looked at as late as possible
            return False
        fresh.replace(path)
        return True
    fresh.unlink()
    return True


def remove_expected(path: Path, aside: Path, expected: bytes) -> bool:
    """Remove `path` if it holds `expected`; return whether it did. A version that was saved meanwhile stays.

    `aside` is a free name in the same folder. Raises OSError, FileNotFoundError if `path` is gone already.
    """
    with _quiet(path) as old:
        if old.data != expected or not old.is_closed:
            return False
        path.replace(aside)
        if old.is_still_quiet(aside) or (not old.is_same(aside) and _look(aside) == (expected, True)):
            aside.unlink()
            return True
        if not create(path, aside):
            aside.unlink()  # somebody saved a newer version
        return False


def _put_back(path: Path, fresh: Path, ours: bytes) -> bool:
    """Exchange until `path` holds the person's latest version; return False.

    What comes out must be what the exchange before put in; anything else is a newer save, which goes back in turn. This
    ends as soon as no program saves between two exchanges.
    """
    placed, taken = ours, fresh.read_bytes()
    while True:
        try:
            exchange(fresh, path)
        except FileNotFoundError:
            if create(path, fresh):
                return False
            continue
        back, (taken, _) = taken, _look(fresh)
        if taken == placed:
            fresh.unlink()
            return False
        placed = back


def _replace_without_exchange(path: Path, fresh: Path, expected: bytes, old: "_Quiet") -> bool:
    """Replace `path` where two files cannot be exchanged: compare right before the rename, and look again behind it."""
    aside = fresh.with_name(fresh.name + "-old")
    aside.unlink(missing_ok=True)
    try:
        os.link(path, aside)  # keeps the version that is replaced, which may be written to at this moment
    except FileNotFoundError:
        raise
    except OSError:
        if path.read_bytes() != expected:
            fresh.unlink()
            return False
        fresh.replace(path)
        return True
    if path.read_bytes() != expected or not path.samefile(aside):
        fresh.unlink()
        aside.unlink()
        return False
    fresh.replace(path)
    if old.is_still_quiet(aside):
        aside.unlink()
        return True
    aside.replace(path)
    return False


@dataclass(frozen=True)
class _Quiet:
    """A file that no program has open for writing, as far as the system can tell.

    Linux grants a read lease on a file only if no program has it open for writing, and delays a program that opens it
    for writing while the lease is held (fcntl(2), F_SETLEASE). Elsewhere the file must stay as it is for a moment.
    """

    file: BinaryIO
    data: bytes
    has_lease: bool
    is_closed: bool  # no program has it open for writing

    def is_same(self, path: Path) -> bool:
        """Return whether `path` is this file by now, and not another one with its old name."""
        return os.path.samestat(os.fstat(self.file.fileno()), path.stat())

    def is_still_quiet(self, path: Path) -> bool:
        """Return whether this file, which has the name `path` by now, was not written to and will not be.

        A program may have found the file under its old name and be about to open it: that shows within a moment.
        """
        if not self.is_same(path):
            return False
        time.sleep(_SETTLE_S)
        self.file.seek(0)
        if self.file.read() != self.data:
            return False
        return not self.has_lease or fcntl.fcntl(self.file.fileno(), fcntl.F_GETLEASE) == fcntl.F_RDLCK


@contextlib.contextmanager
def _quiet(path: Path) -> Iterator[_Quiet]:
    """Wait until no program has the file open for writing, two seconds at most, and keep it so. Raises OSError."""
    end = time.monotonic() + _OPEN_FOR_WRITING_S
    while True:
        with path.open("rb") as file:  # closing it ends the lease, and a program that waits for the file goes on
            lease = _take_lease(file.fileno())
            if lease is not False or time.monotonic() > end:
                yield _Quiet(file, file.read(), lease is True, lease is not False)
                return
        time.sleep(_POLL_S)


def _look(path: Path) -> tuple[bytes, bool]:
    """Return the content of a file, and whether no program still has it open for writing."""
    with _quiet(path) as file:
        return file.data, file.is_closed


def _take_lease(descriptor: int) -> bool | None:
    """Return whether no program has the file open for writing; None where the system or the file system cannot tell.

    The lease ends when the descriptor is closed; until then the kernel makes a program wait that opens the file.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # instead of SIGIO, which would end the process
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@functools.cache
def _system_call() -> Callable[[bytes, bytes], int] | None:
    """Return the call that exchanges two names, or None where the C library has none."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):  # Windows
        return None
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        renameat2 = library.renameat2
        renameat2.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
        return lambda first, second: int(renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE))
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        renamex_np = library.renamex_np
        renamex_np.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
        return lambda first, second: int(renamex_np(first, second, _RENAME_SWAP))
    return None
