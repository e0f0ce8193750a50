"""The public pages: Jinja templates, without JavaScript, cookies or anything from elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from clapmark.crowd.heat import area_points
from clapmark.crowd.moments import TalkCrowd
from clapmark.hub.store.reading import PublicConference
from clapmark.hub.web.views import TalkView
from clapmark.recordings.position_text import position_text

WIDTH, HEIGHT = 720, 72  # of a heat line
_FOLDER = Path(__file__).parent / "templates"
STYLE = (_FOLDER / "style.css").read_bytes()

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def _heat(crowd: TalkCrowd) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in area_points(crowd, WIDTH, HEIGHT))


_ENVIRONMENT.globals |= {
    "position": lambda seconds: position_text(seconds * 1000),
    "heat_points": _heat,
    "heat_x": lambda crowd, seconds: round(WIDTH * seconds / max(crowd.duration_s, 1), 1),
    "WIDTH": WIDTH,
    "HEIGHT": HEIGHT,
}


def front(conferences: list[tuple[str, str, str, str]]) -> str:
    """Return the list of conferences."""
    return _ENVIRONMENT.get_template("front.html").render(conferences=conferences)


def conference_page(conference: PublicConference, views: list[TalkView]) -> str:
    """Return the page of a conference."""
    return _ENVIRONMENT.get_template("conference.html").render(conference=conference, views=views)


def talk_page(conference: PublicConference, view: TalkView) -> str:
    """Return the page of a talk."""
    return _ENVIRONMENT.get_template("talk.html").render(conference=conference, view=view, talk=view.talk)


def join_page(public_url: str, code: str) -> str:
    """Return what the QR code of an attendee's code opens: the command to type."""
    return _ENVIRONMENT.get_template("join.html").render(public_url=public_url, code=code)


def error_page(status: int, sentence: str) -> str:
    """Return the page of an error."""
    return _ENVIRONMENT.get_template("error.html").render(status=status, sentence=sentence)


def feed(public_url: str, conference: PublicConference, views: list[TalkView]) -> str:
    """Return an Atom feed (RFC 4287) with an entry for each talk that has moments."""
    newest = max((view.talk.start_utc_s + view.talk.duration_s for view in views), default=0)
    updated = datetime.fromtimestamp(newest, UTC).isoformat()
    return _ENVIRONMENT.get_template("feed.xml").render(
        base=public_url, conference=conference, views=views, updated=updated, utc=UTC
    )
