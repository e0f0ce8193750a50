"""The file of the index: opens it, updates it from the archive, rebuilds it if it is damaged."""

import atexit
import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from clapmark.archive.archive import SETTINGS_NAME, Archive
from clapmark.archive.inside import check_links
from clapmark.base import durable
from clapmark.base.errors import ClapmarkError
from clapmark.base.fold_names import fold_words
from clapmark.base.gc_pause import no_garbage_collection
from clapmark.base.os_errors import is_read_only
from clapmark.index.fill import fill, fill_schedules, find_hidden, forget, take_out_hidden
from clapmark.index.schema import INDEXES, NAME, SCHEMA, VERSION
from clapmark.index.sources import read_sources

_WAIT_S = 30  # for another process that brings the index up to date

# a flipped bit may make a table unreadable, or a text invalid UTF-8
_DAMAGES = (sqlite3.DatabaseError, ValueError, TypeError)

_LARGE_BYTES = 5_000_000  # of all logs: what takes a second or two to read

_CACHE = "PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY;"  # 64 MB, while a new index is filled

Answer = TypeVar("Answer")
Notice = Callable[[str], None]


@dataclass
class Index:
    """An index that is up to date. `notices` says what the person should know of it, a sentence each."""

    connection: sqlite3.Connection
    path: Path
    read: int = 0  # sources that were read for it, because they were new or had changed
    is_new: bool = False
    notices: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.connection.close()


def open_index(archive: Archive, rebuild: bool = False, notice: Notice | None = None) -> Index:
    """Return the archive's index, up to date; with `rebuild` it is built from scratch.

    `notice(sentence)` is called before work that takes more than a moment.

    Only what changed is read: a log, a post; all of it if a schedule or a setting did. Raises what the archive raises
    where a schedule or clapmark.toml cannot be read, and ClapmarkError where the index cannot be written.
    """
    path = archive.folder / ".clapmark" / NAME
    try:
        return _opened(archive, path, rebuild=rebuild, notice=notice)
    except (sqlite3.Error, OSError) as error:
        if is_read_only(error):
            return _built_elsewhere(archive, notice)
        raise ClapmarkError(
            f"The index {path} cannot be used: {error}. Nothing else is touched by that. The index is derived: delete "
            "it if it is in the way, and try again."
        ) from error


def _opened(archive: Archive, path: Path, *, rebuild: bool, notice: Notice | None) -> Index:
    notices: list[str] = []
    index = None if rebuild else _brought_up_to_date(path, archive, notices)
    if index is None:
        archive.scratch()
        for name in (NAME, f"{NAME}.new", f"{NAME}.lock"):
            check_links(archive.folder, path.with_name(name))
        with _locked(path):
            index = None if rebuild else _brought_up_to_date(path, archive, notices)  # by who had the lock before us
            if index is None:
                _announce(archive, notice)
                index = _built(path, archive, notices)
    return index


def _built_elsewhere(archive: Archive, notice: Notice | None) -> Index:
    """Build the index for this process alone, in a temporary folder: the archive is read-only, or its disk is full."""
    folder = Path(tempfile.mkdtemp(prefix="clapmark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _announce(archive, notice)
    notices = ["The archive cannot be written to, so its index was built for this command only."]
    return _built(folder / NAME, archive, notices)


def ask(
    archive: Archive, question: Callable[[sqlite3.Connection], Answer], notice: Notice | None = None
) -> tuple[Answer, list[str]]:
    """Return the answer that `question` finds in the index, and what the person should know of the index.

    A damaged index is rebuilt, and asked again. Raises as `open_index`, and what `question`
    raises.
    """
    with open_index(archive, notice=notice) as index:
        try:
            return question(index.connection), index.notices
        except _DAMAGES as error:
            notices = [_damaged(error)]
    with open_index(archive, rebuild=True, notice=notice) as index:
        return question(index.connection), notices + index.notices


def _brought_up_to_date(path: Path, archive: Archive, notices: list[str]) -> Index | None:
    """Return the index in the file, or None if it must be rebuilt."""
    if not path.exists():
        return None
    check_links(archive.folder, path)
    connection = _connected(path)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
            changed = _update(connection, archive, notices)
            if changed is not None:
                return Index(connection, path, changed, notices=notices)
    except _DAMAGES as error:
        connection.close()
        if _is_busy(error) or (isinstance(error, sqlite3.Error) and is_read_only(error)):
            raise
        notices[:] = [_damaged(error)]
        return None
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def _update(connection: sqlite3.Connection, archive: Archive, notices: list[str]) -> int | None:
    """Read what changed; return the number of files, or None if the index must be rebuilt."""
    sources = read_sources(archive)
    stamps = sources.stamps()
    if _changed(connection, stamps):
        connection.execute("BEGIN IMMEDIATE")  # and look again: another process may have been quicker
    changed = _changed(connection, stamps)
    others = [name for name in changed if not name.endswith("/written.log")]
    if any(name == SETTINGS_NAME or name.startswith("conferences/") for name in others):
        return None  # what all bookmarks depend on
    count = len(changed)
    if not changed <= sources.logs.keys():
        changed |= find_hidden(connection, archive) & sources.logs.keys()
    for name in changed:
        forget(connection, name)
    if changed:
        refused = fill(connection, archive, sources, changed)
        take_out_hidden(connection)
        notices += refused.values()
        _stamp(connection, {name: stamps[name] for name in changed if name in stamps and name not in refused})
    if connection.in_transaction:
        connection.execute("COMMIT")
    return count


def _changed(connection: sqlite3.Connection, stamps: dict[str, str]) -> set[str]:
    known = dict(connection.execute("SELECT path, stamp FROM sources").fetchall())
    return {name for name in {*known, *stamps} if known.get(name) != stamps.get(name)}


def _announce(archive: Archive, notice: Notice | None) -> None:
    size = sum(archive.log_path(*name).stat().st_size for name in archive.journals())
    if notice is not None and size > _LARGE_BYTES:
        notice(f"Building the index of {size / 1e6:.0f} MB of records; this is done once ...")


def _built(path: Path, archive: Archive, notices: list[str]) -> Index:
    """Build the index in a new file, then replace the old one."""
    fresh = path.with_name(f"{NAME}.new")
    with no_garbage_collection():
        _remove(fresh)
        with closing(_connected(fresh)) as connection:
            connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_CACHE} {SCHEMA}")
            connection.execute("BEGIN IMMEDIATE")
            sources = read_sources(archive)
            stamps = sources.stamps()
            fill_schedules(connection, archive)
            find_hidden(connection, archive)
            refused = fill(connection, archive, sources, set(stamps))
            take_out_hidden(connection)
            notices += refused.values()
            _stamp(connection, {name: stamp for name, stamp in stamps.items() if name not in refused})
            connection.execute("COMMIT")
            connection.executescript(f"{INDEXES} PRAGMA user_version = {VERSION}")
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        _remove(path)  # with the journal of a process that was killed, which is none of the new file's
        fresh.replace(path)
    return Index(_connected(path), path, len(stamps), is_new=True, notices=notices)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Build the index alone; another process that does it is waited for. Raises LockedError if it takes too long."""
    deadline_s = time.monotonic() + _WAIT_S
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(durable.locked(path.with_name(f"{NAME}.lock"), f"the index {path}"))
                break
            except durable.LockedError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.05)
        yield


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.create_function("fold_words", 1, fold_words, deterministic=True)
    return connection


def _stamp(connection: sqlite3.Connection, stamps: dict[str, str]) -> None:
    connection.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?)", stamps.items())


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _damaged(error: Exception) -> str:
    return f"The index was damaged ({error}) and was rebuilt. It is derived from your files, which are unchanged."
