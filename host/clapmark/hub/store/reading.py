"""Reading for the public pages: conferences, talks, and the votes that moments are calculated from."""

from dataclasses import dataclass

from clapmark.crowd.moments import Vote
from clapmark.hub.store.database import Database


@dataclass(frozen=True)
class Talk:
    """A talk as the pages show it."""

    number: int
    key: str  # clapmark's id of it
    title: str
    room: str
    speakers: str
    url: str
    start_utc_s: int
    duration_s: int
    video: str
    video_start_ms: int | None
    guid: str = ""
    code: str = ""


@dataclass(frozen=True)
class PublicConference:
    """A conference with its talks, by start."""

    number: int
    slug: str
    title: str
    zone: str
    url: str
    first_day: str
    last_day: str
    lead_s: int
    talks: tuple[Talk, ...]

    def talk(self, key: str) -> Talk | None:
        """Return the talk with the id `key`, or None."""
        return next((talk for talk in self.talks if talk.key == key), None)


def read_slugs(database: Database) -> list[tuple[str, str, str, str]]:
    """Return (slug, title, first day, last day) of all conferences, the newest first."""
    sql = "SELECT slug, title, first_day, last_day FROM conferences ORDER BY first_day DESC, slug"
    with database.read() as transaction:
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in transaction.all(sql)]


def read_conference(database: Database, slug: str) -> PublicConference | None:
    """Return a conference, or None."""
    with database.read() as transaction:
        sql = "SELECT id, slug, title, zone, url, first_day, last_day, lead_s FROM conferences WHERE slug = %s"
        rows = transaction.all(sql, (slug,))
        if not rows:
            return None
        sql = """
            SELECT id, key, title, room, speakers, url, start_utc_s, duration_s, video, video_start_ms, guid, code
            FROM talks WHERE conference_id = %s ORDER BY start_utc_s, room, key
        """
        talks = tuple(Talk(*row) for row in transaction.all(sql, (rows[0][0],)))
        number, name, title, zone, url, first_day, last_day, lead_s = rows[0]
        return PublicConference(number, name, title, zone, url, first_day, last_day, lead_s, talks)


def read_votes(database: Database, conference: int, talk: int) -> list[Vote]:
    """Return the marks of a talk; those that came with a revoked code do not count."""
    sql = f"""
        SELECT contributor_id, at_s, error_s, tag, length_s FROM {database.marks_of(conference)} AS marks
        WHERE talk_id = %s AND contributor_id NOT IN (
          SELECT contributors.id FROM contributors JOIN codes ON codes.id = contributors.code_id
          WHERE contributors.conference_id = %s AND codes.revoked <> 0
        )
    """  # noqa: S608  # nosec B608 # the table's name is made of a number
    with database.read() as transaction:
        return [Vote._make(row) for row in transaction.all(sql, (talk, conference))]
