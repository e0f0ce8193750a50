"""The schedule as all of Clapmark uses it, independent of the format it was read from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

TALK = "talk"
LIGHTNING = "lightning"

MAX_TALKS = 5_000
MAX_TITLE = 1_000
MAX_NAME = 200  # a room, a track, one speaker
MAX_SPEAKERS = 50
MAX_ABSTRACT = 20_000
MAX_URL = 2_000
MAX_SLUG = 40
FIRST_YEAR, LAST_YEAR = 1980, 2199  # in which a talk can start

NO_TITLE = "(untitled)"


@dataclass(frozen=True)
class Talk:
    """One talk. Texts hold no control characters; `abstract` may hold line ends. Times are in the schedule's zone."""

    id: str  # 1 to 12 of A-Z a-z 0-9 _ -, unique in the schedule, the same when the schedule is imported again
    title: str
    start: datetime
    end: datetime
    room: str = ""
    speakers: tuple[str, ...] = ()
    abstract: str = ""
    url: str = ""  # http or https, or empty
    track: str = ""
    kind: str = TALK  # TALK or LIGHTNING
    guid: str = ""  # the source's own identifiers: what a newer version of the schedule is matched by; empty where it
    code: str = ""  # gives none; need be neither UUIDs nor unique
    source_id: str = ""
    recording_url: str = ""  # http or https, or empty
    vanished: bool = False  # no longer in the conference's schedule; kept for the bookmarks that belong to it

    @cached_property
    def start_utc_s(self) -> int:
        """The start in seconds since 1970, UTC. Compare these: datetimes of one zone compare by what clocks show."""
        return int(self.start.timestamp())

    @cached_property
    def end_utc_s(self) -> int:
        """The end in seconds since 1970, UTC."""
        return int(self.end.timestamp())


@dataclass(frozen=True)
class Schedule:
    """The talks of one conference, sorted by start, room and id."""

    slug: str  # names the conference's folder: a-z, 0-9 and -, 1 to 40 characters
    title: str
    zone: str  # IANA name
    start: date
    end: date
    talks: tuple[Talk, ...]
    url: str = ""
    warnings: tuple[str, ...] = field(default=(), compare=False)  # what looked odd at import; not stored
    left_out: int = field(default=0, compare=False)  # records of the source that gave no talk; not stored

    def talk(self, talk_id: str) -> Talk | None:
        """Return the talk with the id `talk_id`, or None."""
        return next((talk for talk in self.talks if talk.id == talk_id), None)

    def rooms(self) -> tuple[str, ...]:
        """Return the names of the rooms, sorted, each once; talks without a room add none."""
        return tuple(sorted({talk.room for talk in self.talks if talk.room}))


def talk_order(talk: Talk) -> tuple[int, str, str]:
    """Return the sort key of a talk: start, room, id."""
    return talk.start_utc_s, talk.room, talk.id
