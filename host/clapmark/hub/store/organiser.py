"""What an organiser does: create a conference from its schedule, make and revoke codes, delete, tie to recordings."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from clapmark.base.errors import UsageError
from clapmark.crowd.wire import CODE_LENGTH, code_of, normal_code
from clapmark.hub.store.database import Database, Transaction
from clapmark.hub.store.marks import code_hash
from clapmark.recordings.lead import DEFAULT_LEAD_S
from clapmark.schedule import Schedule


@dataclass(frozen=True)
class Summary:
    """One conference in the organiser's list."""

    slug: str
    title: str
    talks: int
    codes: int
    contributors: int
    marks: int


def create(database: Database, schedule: Schedule, lead_s: int = DEFAULT_LEAD_S) -> bool:
    """Create the conference of a schedule, or bring its talks up to date; return whether it is new.

    A talk that the schedule no longer has stays, for the marks that it has.
    """
    with database.write() as transaction:
        rows = transaction.all("SELECT id FROM conferences WHERE slug = %s", (schedule.slug,))
        values = (schedule.title, schedule.zone, schedule.url, schedule.start.isoformat(), schedule.end.isoformat())
        if rows:
            number = int(rows[0][0])
            transaction.run(
                "UPDATE conferences SET title = %s, zone = %s, url = %s, first_day = %s, last_day = %s WHERE id = %s",
                (*values, number),
            )
        else:
            sql = """
                INSERT INTO conferences (title, zone, url, first_day, last_day, slug, lead_s)
                VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
            """
            number = int(transaction.all(sql, (*values, schedule.slug, lead_s))[0][0])
            database.add_partition(transaction, number)
        _put_talks(transaction, number, schedule)
        return not rows


def _put_talks(transaction: Transaction, conference: int, schedule: Schedule) -> None:
    rows = transaction.all("SELECT key, id FROM talks WHERE conference_id = %s", (conference,))
    numbers = {key: int(number) for key, number in rows}
    highest = max(numbers.values(), default=0)
    present = {talk.id for talk in schedule.talks}
    for key in numbers.keys() - present:
        transaction.run("UPDATE talks SET vanished = 1 WHERE conference_id = %s AND key = %s", (conference, key))
    sql = """
        INSERT INTO talks (conference_id, id, key, guid, code, title, room, speakers, url, start_utc_s, duration_s,
          vanished, video)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (conference_id, key) DO UPDATE SET guid = excluded.guid, code = excluded.code,
          title = excluded.title, room = excluded.room, speakers = excluded.speakers, url = excluded.url,
          start_utc_s = excluded.start_utc_s, duration_s = excluded.duration_s, vanished = excluded.vanished,
          video = CASE WHEN talks.video = '' THEN excluded.video ELSE talks.video END
    """
    for talk in schedule.talks:
        if talk.id not in numbers:
            highest += 1
            numbers[talk.id] = highest
        start_s = talk.start_utc_s
        transaction.run(
            sql,
            (
                conference, numbers[talk.id], talk.id, talk.guid, talk.code, talk.title, talk.room,
                ", ".join(talk.speakers), talk.url, start_s, max(talk.end_utc_s - start_s, 60), int(talk.vanished),
                talk.recording_url,
            ),
        )  # fmt: skip


def add_codes(database: Database, slug: str, count: int, contributors: int, label: str) -> list[str]:
    """Make `count` codes for at most `contributors` people each, and return them: the hub keeps only their hashes."""
    codes = [code_of(secrets.randbits(5 * CODE_LENGTH)) for _ in range(count)]
    with database.write() as transaction:
        number = conference_number(transaction, slug)
        for code in codes:
            transaction.run(
                "INSERT INTO codes (conference_id, hash, label, contributors) VALUES (%s, %s, %s, %s)",
                (number, code_hash(code), label, contributors),
            )
    return codes


def revoke(database: Database, code: str) -> tuple[str, int]:
    """Revoke a code: its people's marks count no more. Return the conference's short name and how many people it had.

    Raises UsageError for a code that the hub does not know.
    """
    with database.write() as transaction:
        sql = "SELECT codes.id, slug FROM codes JOIN conferences ON conferences.id = conference_id WHERE hash = %s"
        rows = transaction.all(sql, (code_hash(normal_code(code)),))
        if not rows:
            raise UsageError("The hub does not know this code; nothing was changed. `clapmark hub list` shows labels.")
        transaction.run("UPDATE codes SET revoked = 1 WHERE id = %s", (rows[0][0],))
        count = transaction.all("SELECT count(*) FROM contributors WHERE code_id = %s", (rows[0][0],))
        return str(rows[0][1]), int(count[0][0])


def revoke_label(database: Database, slug: str, label: str) -> int:
    """Revoke all codes of a conference that were made with `label`; return how many they are."""
    with database.write() as transaction:
        number = conference_number(transaction, slug)
        sql = "UPDATE codes SET revoked = 1 WHERE conference_id = %s AND label = %s AND revoked = 0"
        return transaction.run(sql, (number, label))


def delete(database: Database, slug: str) -> int:
    """Delete a conference with all marks, and return how many contributors it had. Raises UsageError."""
    with database.write() as transaction:
        number = conference_number(transaction, slug)
        count = transaction.all("SELECT count(*) FROM contributors WHERE conference_id = %s", (number,))
        database.drop_partition(transaction, number)
        transaction.run("DELETE FROM contributors WHERE conference_id = %s", (number,))
        transaction.run("DELETE FROM codes WHERE conference_id = %s", (number,))
        transaction.run("DELETE FROM talks WHERE conference_id = %s", (number,))
        transaction.run("DELETE FROM conferences WHERE id = %s", (number,))
        return int(count[0][0])


def set_video(database: Database, slug: str, key: str, video: str, start_ms: int | None) -> str:
    """Tie a talk to its recording, which is at `start_ms` when the talk begins. Return the title. Raises UsageError."""
    with database.write() as transaction:
        number = conference_number(transaction, slug)
        rows = transaction.all("SELECT title FROM talks WHERE conference_id = %s AND key = %s", (number, key))
        if not rows:
            raise UsageError(f"{slug} has no talk {key!a:.40}. `clapmark hub list {slug}` shows the ids.")
        transaction.run(
            "UPDATE talks SET video = %s, video_start_ms = %s WHERE conference_id = %s AND key = %s",
            (video, start_ms, number, key),
        )
        return str(rows[0][0])


def summaries(database: Database) -> list[Summary]:
    """Return all conferences by their short names."""
    sql = """
        SELECT slug, title, (SELECT count(*) FROM talks WHERE conference_id = conferences.id),
          (SELECT count(*) FROM codes WHERE conference_id = conferences.id),
          (SELECT count(*) FROM contributors WHERE conference_id = conferences.id),
          (SELECT coalesce(sum(marks), 0) FROM contributors WHERE conference_id = conferences.id)
        FROM conferences ORDER BY slug
    """
    with database.read() as transaction:
        return [Summary(str(row[0]), str(row[1]), *map(int, row[2:])) for row in transaction.all(sql)]


def codes_of(database: Database, slug: str) -> Sequence[tuple[str, int, int, int]]:
    """Return (label, codes, contributors, revoked codes) of a conference, by label."""
    sql = """
        SELECT label, count(*), coalesce(sum((SELECT count(*) FROM contributors WHERE code_id = codes.id)), 0),
          sum(revoked)
        FROM codes WHERE conference_id = %s GROUP BY label ORDER BY label
    """
    with database.read() as transaction:
        rows = transaction.all(sql, (conference_number(transaction, slug),))
    return [(str(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in rows]


def conference_number(transaction: Transaction, slug: str) -> int:
    """Return the number of a conference. Raises UsageError, which lists those that there are."""
    rows = transaction.all("SELECT id FROM conferences WHERE slug = %s", (slug,))
    if not rows:
        known = ", ".join(str(row[0]) for row in transaction.all("SELECT slug FROM conferences ORDER BY slug LIMIT 20"))
        raise UsageError(f"The hub has no conference {slug!a:.50}. It has: {known or 'none yet'}.")
    return int(rows[0][0])
