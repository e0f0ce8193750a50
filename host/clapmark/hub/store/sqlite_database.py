"""SQLite, embedded: one file, for a meetup. One writer at a time; what is acknowledged is on the disk.

A writer waits for its turn, and then for another program that has the file locked; each wait has an end. Without it,
all who wait for their turn would wait for the other program one after the other.
WAL with `synchronous=FULL`: each commit is followed by an fsync of the log (sqlite.org/pragma.html#pragma_synchronous).
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.hub.store.database import REVISION, Incoming, Row, Transaction, UnavailableError

WAIT_S = 5.0  # for its turn, and again for another process that writes: less together than a client waits
WAL_BYTES = 64_000_000  # from this size on, a writer waits for the readers and starts the log again
_RETRY_S = 10.0
_TEMPORARY = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
  mark_id BLOB PRIMARY KEY, talk_id INTEGER, at_s INTEGER, error_s INTEGER, tag TEXT, length_s INTEGER, rev INTEGER
)
"""


class SqliteDatabase:
    """A file; each transaction has a connection of its own while it runs."""

    name = "SQLite"
    locks = ""  # a transaction that writes is alone anyway

    def __init__(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        if path == url or not path:
            raise UsageError("An SQLite database is named as sqlite:///FILE.")
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise UsageError(f"The folder {self.path.parent} does not exist; create it, or name another file.")
        self._unused: list[sqlite3.Connection] = []  # the last one first: its cache is warm
        self._is_closed = False
        self._writing = threading.Lock()
        self._restart_s = 0.0  # when the log may be started again, if it is long

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """See `Database`."""
        if not self._writing.acquire(timeout=WAIT_S):
            raise UnavailableError(f"The database {self.path} is busy: others have been writing for {WAIT_S:g} s.")
        try:
            with self._transaction("BEGIN IMMEDIATE") as transaction:
                yield transaction
            self._bound_log()
        finally:
            self._writing.release()

    def _bound_log(self) -> None:
        """Start the log again if it is long.

        SQLite does it by itself only in a moment without readers (sqlite.org/wal.html, "Avoiding Excessively Large WAL
        Files"). A hub that is read all the time has none; a long log makes each reader slower.
        """
        with suppress(OSError, sqlite3.Error):  # what was written is safe in the log, whatever its length
            if Path(f"{self.path}-wal").stat().st_size < WAL_BYTES or time.monotonic() < self._restart_s:
                return
            with self._connection() as connection:
                is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._restart_s = time.monotonic() + _RETRY_S if is_busy else 0.0

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """See `Database`."""
        with self._transaction("BEGIN") as transaction:
            yield transaction

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        with self._connection() as connection:
            try:
                connection.execute(begin)
                yield _Transaction(connection)
                connection.commit()
            except sqlite3.OperationalError as error:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise UnavailableError(f"The database {self.path} cannot be used: {error}.") from error
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._unused.pop()
        except IndexError:
            connection = self._open()
        try:
            yield connection
        finally:
            if self._is_closed:
                connection.close()
            else:
                self._unused.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = None
        try:
            connection = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(_TEMPORARY)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise UnavailableError(f"The database {self.path} cannot be opened: {error}.") from error
        return connection

    def migrate(self) -> None:
        """See `Database`."""
        from clapmark.hub.store.migrating import migrate  # noqa: PLC0415  # takes seconds, and is rarely needed

        with self._connection():  # creates the file in WAL mode
            pass
        migrate(f"sqlite:///{self.path}")

    def revision(self) -> str:
        """See `Database`."""
        if not self.path.exists():
            return ""
        with self.read() as transaction:
            if not transaction.all("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"):
                return ""
            return str(transaction.all(REVISION)[0][0])

    def add_partition(self, transaction: Transaction, conference: int) -> None:
        """See `Database`; SQLite has no partitions."""

    def drop_partition(self, transaction: Transaction, conference: int) -> None:
        """See `Database`."""
        transaction.run("DELETE FROM marks WHERE conference_id = %s", (conference,))

    def marks_table(self, conference: int) -> str:
        """See `Database`."""
        return "marks"

    def marks_of(self, conference: int) -> str:
        """See `Database`."""
        return f"(SELECT * FROM marks WHERE conference_id = {int(conference)})"  # noqa: S608  # nosec B608 # a number

    def backup(self, target: str) -> None:
        """See `Database`."""
        copy = sqlite3.connect(target)
        try:
            with self._connection() as connection:
                connection.backup(copy)
        except sqlite3.Error as error:
            raise ClapmarkError(f"The backup {target} could not be written: {error}.") from error
        finally:
            copy.close()

    def size_of_marks(self) -> int:
        """See `Database`."""
        with self.read() as transaction:
            pages, size = transaction.all("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size")[0]
        return int(pages) * int(size)

    def close(self) -> None:
        """See `Database`."""
        self._is_closed = True  # a transaction that still runs closes its own
        while self._unused:
            self._unused.pop().close()


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(sql.replace("%s", "?"), tuple(values)).fetchall()

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        return self._connection.execute(sql.replace("%s", "?"), tuple(values)).rowcount

    def put_incoming(self, rows: Iterable[Incoming]) -> None:
        self._connection.execute("DELETE FROM temp.incoming")
        self._connection.executemany("INSERT INTO temp.incoming VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
