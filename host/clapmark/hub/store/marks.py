"""Writing marks: exactly once by (conference, mark id), and never back to what was before.

`rev` grows with every push of a contributor. A row only ever changes to a higher one, so that a push that comes twice,
or late, or in another order changes nothing. What was taken back stays as an empty row, for the same reason.
"""

import hashlib
from dataclasses import dataclass

from clapmark.crowd.mark import CODE, GUID, ID, token_hash
from clapmark.crowd.wire import Push
from clapmark.hub.store.database import Database, Incoming, Transaction
from clapmark.hub.store.limits import Limits


class RefusedError(Exception):
    """A push that the hub does not take. `reason` is a short name for programs, the text a sentence for a person."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class Pushed:
    """What became of a push, which is on the disk."""

    slug: str
    title: str
    new: int  # rows that were not there
    changed: int  # rows with a newer content, those that were taken back included
    unknown_talks: tuple[str, ...] = ()  # as the push calls them; their marks were not stored
    rev: int = 0  # the highest that the hub has from this contributor


def code_hash(code: str) -> bytes:
    """Return the only form in which a hub keeps a code."""
    return hashlib.sha256(b"clapmark code\n" + code.encode("ascii")).digest()


@dataclass(frozen=True)
class _Contributor:
    id: int
    rev: int
    forgotten_rev: int
    marks: int
    is_new: bool = False


@dataclass(frozen=True)
class _Code:
    id: int
    conference: int
    slug: str
    title: str
    contributors: int


def push(database: Database, push: Push, limits: Limits) -> Pushed:
    """Store a push. Raises RefusedError, and UnavailableError where the database cannot be reached."""
    with database.write() as transaction:
        code = _code(transaction, push.code)
        contributor = _contributor(database, transaction, code, push.contributor)
        if push.rev <= contributor.forgotten_rev:  # it was on the way when its sender had everything deleted
            return Pushed(code.slug, code.title, 0, 0, rev=contributor.rev)
        talks = _talk_numbers(transaction, code.conference)
        unknown = sorted({mark.talk for mark in push.marks if mark.talk not in talks})
        rows: list[Incoming] = [
            (mark.id, talks[mark.talk], mark.at_s, mark.error_s, mark.tag, mark.length_s, push.rev)
            for mark in push.marks
            if mark.talk in talks
        ]
        rows += [(mark_id, None, 0, 0, "", 0, push.rev) for mark_id in push.gone]
        new = changed = 0
        if rows:
            transaction.put_incoming(rows)
            new, changed = _merge(database, transaction, code.conference, contributor, limits)
        transaction.run(
            "UPDATE contributors SET rev = %s, marks = marks + %s WHERE id = %s AND (rev < %s OR %s > 0)",
            (max(push.rev, contributor.rev), new, contributor.id, push.rev, new),
        )
        if contributor.is_new:
            _count_in(database, transaction, code)
        return Pushed(code.slug, code.title, new, changed, tuple(unknown), max(push.rev, contributor.rev))


def mine(database: Database, request: Push) -> tuple[int, list[bytes]]:
    """Return the highest rev and the ids of all marks of a contributor. Raises as `push`."""
    with database.write() as transaction:  # on the primary: a replica may not have the last push yet
        code = _code(transaction, request.code)
        rows = transaction.all(
            "SELECT id, rev FROM contributors WHERE conference_id = %s AND token_hash = %s",
            (code.conference, token_hash(request.contributor)),
        )
        if not rows:
            return 0, []
        marks = database.marks_of(code.conference)
        ids = transaction.all(
            f"SELECT mark_id FROM {marks} AS marks WHERE contributor_id = %s AND talk_id IS NOT NULL",  # noqa: S608  # nosec B608 # a number
            (rows[0][0],),
        )
        return int(rows[0][1]), [bytes(mark_id) for (mark_id,) in ids]


def forget(database: Database, request: Push) -> int:
    """Delete all marks of a contributor and return how many they were; pushes up to `request.rev` stay without effect.

    A revoked code can still be used for this: what was shared can always be taken back. Raises as `push`.
    """
    with database.write() as transaction:
        code = _code(transaction, request.code, is_revoked_fine=True)
        rows = transaction.all(
            f"SELECT id FROM contributors WHERE conference_id = %s AND token_hash = %s {database.locks}",  # noqa: S608  # nosec B608
            (code.conference, token_hash(request.contributor)),
        )
        if not rows:
            return 0
        table = database.marks_table(code.conference)
        found = transaction.all(
            f"SELECT count(talk_id) FROM {database.marks_of(code.conference)} AS marks WHERE contributor_id = %s",  # noqa: S608  # nosec B608 # a number
            (rows[0][0],),
        )
        transaction.run(
            f"DELETE FROM {table} WHERE conference_id = %s AND contributor_id = %s",  # noqa: S608  # nosec B608
            (code.conference, rows[0][0]),
        )
        sql = """
            UPDATE contributors SET marks = 0, forgotten_rev = CASE WHEN rev > %s THEN rev ELSE %s END,
              rev = CASE WHEN rev > %s THEN rev ELSE %s END WHERE id = %s
        """
        transaction.run(sql, (request.rev, request.rev, request.rev, request.rev, rows[0][0]))
        return int(found[0][0])


def _code(transaction: Transaction, code: str, *, is_revoked_fine: bool = False) -> _Code:
    sql = """
        SELECT codes.id, conference_id, slug, title, contributors, revoked
        FROM codes JOIN conferences ON conferences.id = conference_id WHERE hash = %s
    """
    rows = transaction.all(sql, (code_hash(code),))
    if not rows:
        raise RefusedError("code", "This hub does not know the code. Compare it with the printed one.")
    number, conference, slug, title, contributors, is_revoked = rows[0]
    if is_revoked and not is_revoked_fine:
        raise RefusedError("revoked", "The organiser has revoked this code. Ask for another one.")
    return _Code(number, conference, slug, title, contributors)


def _contributor(database: Database, transaction: Transaction, code: _Code, token: str) -> _Contributor:
    """Return the contributor, locked until the transaction ends."""
    hashed = token_hash(token)
    sql = f"""
        SELECT id, rev, forgotten_rev, marks FROM contributors
        WHERE conference_id = %s AND token_hash = %s {database.locks}
    """  # noqa: S608  # nosec B608
    rows = transaction.all(sql, (code.conference, hashed))
    if rows:
        return _Contributor(*rows[0])
    is_new = transaction.run(
        "INSERT INTO contributors (conference_id, code_id, token_hash) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (code.conference, code.id, hashed),
    )
    number, rev, forgotten_rev, count = transaction.all(sql, (code.conference, hashed))[0]
    return _Contributor(number, rev, forgotten_rev, count, is_new=is_new > 0)


def _count_in(database: Database, transaction: Transaction, code: _Code) -> None:
    """Let a new contributor count for the code's limit.

    Call it last: until the transaction ends, other new contributors of the code wait here.
    """
    transaction.all(f"SELECT id FROM codes WHERE id = %s {database.locks}", (code.id,))  # noqa: S608  # nosec B608 # our word
    count = transaction.all("SELECT count(*) FROM contributors WHERE code_id = %s", (code.id,))[0][0]
    if count > code.contributors:
        raise RefusedError("code-full", "The code is used by as many people as it was made for. Ask for another.")


def _talk_numbers(transaction: Transaction, conference: int) -> dict[str, int]:
    """Return the talks by what a push can call them; an identifier that several talks have names none."""
    rows = transaction.all("SELECT id, key, guid, code FROM talks WHERE conference_id = %s", (conference,))
    found: dict[str, int] = {}
    ambiguous: set[str] = set()
    for number, key, guid, code in rows:
        for name in (f"{ID}{key}", f"{GUID}{guid}" if guid else "", f"{CODE}{code}" if code else ""):
            if name and found.setdefault(name, number) != number:
                ambiguous.add(name)
    return {name: number for name, number in found.items() if name not in ambiguous}


def _merge(
    database: Database, transaction: Transaction, conference: int, contributor: _Contributor, limits: Limits
) -> tuple[int, int]:
    """Move the rows of `incoming` to the marks; return how many are new, and how many changed."""
    table = database.marks_table(conference)
    # a subquery for each row is a look into the index; PostgreSQL would do a join by reading the whole partition
    known = f"(SELECT rev FROM {table} AS known WHERE conference_id = %s AND known.mark_id = incoming.mark_id)"  # noqa: S608  # nosec B608 # a number
    new = int(transaction.all(f"SELECT count(*) FROM incoming WHERE {known} IS NULL", (conference,))[0][0])  # noqa: S608  # nosec B608 # a number
    if contributor.marks + new > limits.marks:
        raise RefusedError("marks-full", f"A contributor can have {limits.marks} marks in a conference.")
    sql = f"""
        INSERT INTO {table} (conference_id, contributor_id, talk_id, at_s, error_s, length_s, rev, tag, mark_id)
        SELECT %s, %s, talk_id, at_s, error_s, length_s, rev, tag, mark_id FROM incoming
        WHERE coalesce({known}, -1) < incoming.rev ORDER BY mark_id
        ON CONFLICT (conference_id, mark_id) DO UPDATE SET talk_id = excluded.talk_id, at_s = excluded.at_s,
          error_s = excluded.error_s, length_s = excluded.length_s, rev = excluded.rev, tag = excluded.tag
        WHERE {table}.contributor_id = excluded.contributor_id AND {table}.rev < excluded.rev
    """  # noqa: S608  # nosec B608 # the table's name is made of a number
    written = transaction.run(sql, (conference, contributor.id, conference))
    return new, max(written - new, 0)
