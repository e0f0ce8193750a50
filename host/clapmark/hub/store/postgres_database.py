"""PostgreSQL: a pool of connections, partitions by conference, batches by COPY, and a replica for what only reads."""

import logging
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from clapmark.base.errors import ClapmarkError
from clapmark.base.foreign_text import one_line
from clapmark.base.install import extra_command
from clapmark.hub.store.database import REVISION, Incoming, Row, Transaction, UnavailableError

try:
    import psycopg
    from psycopg_pool import ConnectionPool, PoolTimeout
except ImportError as error:
    raise ClapmarkError(
        f"PostgreSQL needs the packages of the extra `hub`, which are not installed. This adds them: "
        f"{extra_command('hub')}"
    ) from error

_WAIT_S = 5.0  # for a connection
_REPLICA_WAIT_S = 1.0
_REPLICA_AWAY_S = 10.0
_STATEMENT_MS = 20_000
_LOG = logging.getLogger("clapmark.hub")
_TEMPORARY = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
  mark_id bytea, talk_id integer, at_s integer, error_s integer, tag text, length_s integer, rev integer
) ON COMMIT DELETE ROWS
"""


class PostgresDatabase:
    """A PostgreSQL server, and perhaps a replica of it."""

    name = "PostgreSQL"
    locks = "FOR NO KEY UPDATE"  # so that new rows may refer to a row that is locked

    def __init__(self, url: str, read_from: str, connections: int) -> None:
        self._url = url
        self._pool = _pool(url, connections, _prepare_writing)
        self._replica = _pool(read_from, connections, None) if read_from else None
        self._replica_again_s = 0.0  # until then the replica is not tried

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """See `Database`."""
        with _transaction(self._pool) as transaction:
            yield transaction

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """See `Database`; while the replica cannot be reached, the primary is read."""
        replica, connection = self._replica, self._replica_connection()
        if replica is None or connection is None:
            with self.write() as transaction:
                yield transaction
            return
        try:
            with connection:
                yield _Transaction(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise _unavailable(error) from error
        finally:
            replica.putconn(connection)

    def _replica_connection(self) -> "psycopg.Connection[Any] | None":
        """Return a connection to the replica; None without one, and for a while after it could not be reached."""
        if self._replica is None or time.monotonic() < self._replica_again_s:
            return None
        try:
            connection: psycopg.Connection[Any] = self._replica.getconn(timeout=_REPLICA_WAIT_S)
        except (PoolTimeout, psycopg.OperationalError):
            self._replica_again_s = time.monotonic() + _REPLICA_AWAY_S
            _LOG.warning("the replica cannot be reached: the primary is read")
            return None
        return connection

    def migrate(self) -> None:
        """See `Database`."""
        from clapmark.hub.store.migrating import migrate  # noqa: PLC0415  # takes seconds, and is rarely needed

        try:
            migrate("postgresql+psycopg://", lambda: psycopg.connect(self._url, connect_timeout=10))
        except psycopg.OperationalError as error:
            raise _unavailable(error) from error

    def revision(self) -> str:
        """See `Database`."""
        with self.write() as transaction:
            if transaction.all("SELECT to_regclass('alembic_version')")[0][0] is None:
                return ""
            return str(transaction.all(REVISION)[0][0])

    def add_partition(self, transaction: Transaction, conference: int) -> None:
        """See `Database`."""
        number = int(conference)
        transaction.run(f"CREATE TABLE marks_{number} PARTITION OF marks FOR VALUES IN ({number})")

    def drop_partition(self, transaction: Transaction, conference: int) -> None:
        """See `Database`."""
        transaction.run(f"DROP TABLE IF EXISTS marks_{int(conference)}")

    def marks_table(self, conference: int) -> str:
        """See `Database`: the partition itself, which spares the search for it."""
        return f"marks_{int(conference)}"

    def marks_of(self, conference: int) -> str:
        """See `Database`. A condition on the conference would make PostgreSQL read the whole index of the partition."""
        return self.marks_table(conference)

    def backup(self, target: str) -> None:
        """See `Database`; `pg_restore` reads the file."""
        program = shutil.which("pg_dump")
        if program is None:
            raise ClapmarkError("pg_dump is not on the PATH: install PostgreSQL's client programs and try again.")
        command = [program, "--format=custom", f"--file={target}", f"--dbname={self._url}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ClapmarkError(f"The backup {target} could not be written: {one_line(done.stderr, 300)}")

    def size_of_marks(self) -> int:
        """See `Database`."""
        sql = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('marks')"
        with self.read() as transaction:
            return int(transaction.all(sql)[0][0] or 0)

    def close(self) -> None:
        """See `Database`."""
        self._pool.close()
        if self._replica is not None:
            self._replica.close()


def _pool(url: str, connections: int, configure: Any) -> ConnectionPool[Any]:  # noqa: ANN401  # a callback of the library
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it warns at every attempt; /readyz says it once
    return ConnectionPool(
        url,
        min_size=1,
        max_size=connections,
        timeout=_WAIT_S,
        open=True,
        configure=configure,
        check=ConnectionPool.check_connection,
        reconnect_timeout=0,
        kwargs={"connect_timeout": 5, "options": f"-c statement_timeout={_STATEMENT_MS} -c lock_timeout=10000"},
    )


def _prepare_writing(connection: "psycopg.Connection[Any]") -> None:
    connection.execute(_TEMPORARY)
    connection.commit()


@contextmanager
def _transaction(pool: ConnectionPool[Any]) -> Iterator[Transaction]:
    try:
        with pool.connection() as connection:
            yield _Transaction(connection)
    except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> UnavailableError:
    return UnavailableError(f"PostgreSQL cannot be reached: {one_line(str(error), 300) or type(error).__name__}")


class _Transaction:
    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(sql, tuple(values)).fetchall()

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        return self._connection.execute(sql, tuple(values)).rowcount

    def put_incoming(self, rows: Iterable[Incoming]) -> None:
        with self._connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(("bytea", "int4", "int4", "int4", "text", "int4", "int4"))
            for row in rows:
                copy.write_row(row)
