"""What the public pages and the API show: the moments of each talk, and nothing that they are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clapmark.crowd.mark import CODE, GUID, ID
from clapmark.crowd.moments import Moment, TalkCrowd, moments
from clapmark.crowd.published import moment_values
from clapmark.hub.store.database import Database
from clapmark.hub.store.reading import PublicConference, Talk, read_conference, read_votes
from clapmark.hub.web.cache import Cache
from clapmark.recordings.address import Site, parse_video
from clapmark.recordings.position_text import position_text


@dataclass(frozen=True)
class TalkView:
    """A talk and its crowd."""

    talk: Talk
    crowd: TalkCrowd
    start: datetime

    def link(self, moment: Moment) -> str:
        """Return the address that opens the recording at the moment; "" while the two are not aligned."""
        return video_link(self.talk, moment)


class Views:
    """Reads through a cache."""

    def __init__(self, database: Database, fresh_s: float) -> None:
        self._database = database
        self.fresh_s = fresh_s
        self._conferences: Cache[tuple[PublicConference | None]] = Cache(fresh_s)
        self._crowds: Cache[TalkCrowd] = Cache(fresh_s)

    def conference(self, slug: str) -> PublicConference | None:
        """Return a conference, or None."""
        return self._conferences.get(slug, lambda: (read_conference(self._database, slug),))[0]

    def talk(self, conference: PublicConference, talk: Talk) -> TalkView:
        """Return a talk with its moments."""
        key = conference.number, talk.number
        crowd = self._crowds.get(key, lambda: self.fresh(conference, talk))
        return TalkView(talk, crowd, datetime.fromtimestamp(talk.start_utc_s, zone_of(conference)))

    def fresh(self, conference: PublicConference, talk: Talk) -> TalkCrowd:
        """Return the moments of a talk as the marks are now."""
        votes = read_votes(self._database, conference.number, talk.number)
        return moments(votes, talk.duration_s, conference.lead_s)

    def talks(self, conference: PublicConference) -> list[TalkView]:
        """Return the talks that have moments, by start."""
        found = [self.talk(conference, talk) for talk in conference.talks]
        return [view for view in found if view.crowd.moments]


def zone_of(conference: PublicConference) -> ZoneInfo:
    """Return the conference's time zone."""
    return ZoneInfo(conference.zone)


def video_link(talk: Talk, moment: Moment) -> str:
    """See `TalkView.link`."""
    if not talk.video or talk.video_start_ms is None:
        return ""
    video = parse_video(talk.video)
    position_ms = talk.video_start_ms + moment.at_s * 1000
    return "" if video.site is Site.FILE or position_ms < 0 else video.at(position_ms, moment.length_s * 1000)


def talk_values(view: TalkView) -> dict[str, object]:
    """Return a talk as JSON has it."""
    crowd = view.crowd
    talk = view.talk
    names = [f"{ID}{talk.key}", f"{GUID}{talk.guid}" if talk.guid else "", f"{CODE}{talk.code}" if talk.code else ""]
    return {
        "talk": view.talk.key,
        "names": [name for name in names if name],
        "title": view.talk.title,
        "start": view.start.isoformat(),
        "duration": crowd.duration_s,
        "contributors": crowd.contributors,
        "threshold": crowd.threshold,
        "moments": [moment_values(moment, view.link(moment)) for moment in crowd.moments],
        "tags": {tag: [moment_values(moment) for moment in found] for tag, found in crowd.tags.items()},
        "heat": list(crowd.heat),
    }


def conference_values(conference: PublicConference, views: Sequence[TalkView]) -> dict[str, object]:
    """Return a conference as JSON has it: the talks that have moments."""
    return {
        "clapmark": "crowd",
        "version": 1,
        "conference": conference.slug,
        "title": conference.title,
        "zone": conference.zone,
        "licence": "CC0-1.0",
        "talks": [talk_values(view) for view in views],
    }


def rows(conference: PublicConference, views: Sequence[TalkView]) -> list[dict[str, object]]:
    """Return one row for each moment, as the tables to download have it."""
    return [
        {
            "conference": conference.slug,
            "talk": view.talk.key,
            "title": view.talk.title,
            "room": view.talk.room,
            "start": view.start.astimezone(UTC).isoformat(),
            "at_s": moment.at_s,
            "position": position_text(moment.at_s * 1000),
            "length_s": moment.length_s,
            "people": moment.people,
            "tags": " ".join(f"{tag.replace(' ', '_')}:{count}" for tag, count in moment.tags),
            "link": view.link(moment),
        }
        for view in views
        for moment in view.crowd.moments
    ]
