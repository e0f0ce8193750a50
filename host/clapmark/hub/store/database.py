"""A database as the hub needs it: transactions in which SQL by hand is run, on SQLite or PostgreSQL.

SQL is written with `%s` for values; `Transaction` implementations translate where the driver wants another sign.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol
from urllib.parse import urlsplit

from clapmark.base.errors import ClapmarkError, UsageError

Row = tuple[Any, ...]
# mark id, talk (None: taken back), at, error, tag, length, rev
Incoming = tuple[bytes, int | None, int, int, str, int, int]

NEWEST = "0001"  # of the versions in hub/migrations: what this program needs
REVISION = "SELECT version_num FROM alembic_version"


class UnavailableError(ClapmarkError):
    """The database cannot be reached now; a caller may try again later."""


class Transaction(Protocol):
    """One transaction."""

    def all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows of a query."""

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement and return how many rows it changed."""

    def put_incoming(self, rows: Iterable[Incoming]) -> None:
        """Fill the temporary table `incoming`, which is empty at the start of each transaction."""


class Database(Protocol):
    """What a hub's data are kept in."""

    name: str  # "SQLite" or "PostgreSQL"
    locks: str  # behind a SELECT: keeps the row from changing until the transaction ends

    def write(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; what it wrote is on the disk when the block ends without an exception."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that only reads; it may see a replica, which can be a little behind."""

    def migrate(self) -> None:
        """Create the tables, or bring them up to date."""

    def revision(self) -> str:
        """Return the version of the tables; "" if there are none."""

    def add_partition(self, transaction: Transaction, conference: int) -> None:
        """Prepare a place for the marks of a new conference."""

    def drop_partition(self, transaction: Transaction, conference: int) -> None:
        """Remove all marks of a conference."""

    def marks_table(self, conference: int) -> str:
        """Return the name of the table that has the marks of a conference."""

    def marks_of(self, conference: int) -> str:
        """Return what to SELECT from to get all marks of a conference, and no others."""

    def backup(self, target: str) -> None:
        """Write a copy of everything to the file `target`, while the hub runs."""

    def size_of_marks(self) -> int:
        """Return the bytes of all marks with their indexes."""

    def close(self) -> None:
        """Close all connections."""


def open_database(url: str, read_from: str = "", connections: int = 8) -> Database:
    """Return the database at `url`: sqlite:///FILE or postgresql://…; with `read_from`, a replica for what only reads.

    Raises UsageError for another address; ClapmarkError where the driver is missing or the database is not there.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        if read_from:
            raise UsageError("--read-from is for PostgreSQL: SQLite has no replica.")
        from clapmark.hub.store.sqlite_database import SqliteDatabase  # noqa: PLC0415  # one of the two is needed

        return SqliteDatabase(url)
    if scheme in {"postgresql", "postgres"}:
        from clapmark.hub.store.postgres_database import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(url, read_from, connections)
    raise UsageError("--database takes sqlite:///FILE (three slashes; four for an absolute path) or postgresql://…")
