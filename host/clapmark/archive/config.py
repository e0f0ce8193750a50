"""clapmark.toml: what its writer wants of an archive; and the text that a new archive gets."""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from clapmark.base.errors import UsageError
from clapmark.base.shell import shell_word
from clapmark.schedule.ids import is_slug

SETTINGS_NAME = "clapmark.toml"
# the path of a conference's post in each flavour, unless the settings say otherwise
FLAVOURS = {
    "hugo": "content/posts/{slug}.md",
    "obsidian": "Talks/{slug}.md",
    "plain": "notes/{slug}.md",
}

SETTINGS_TEXT = """\
# A Clapmark archive. Everything in this folder is yours: read it, edit it, keep it in git.
#
#   journal/       what the devices recorded, byte for byte; only ever appended to
#   conferences/   one folder per conference with its schedule.json, and written.log: which bullets clapmark wrote
#   {folder:<14} your posts; clapmark adds bullets between its own markers and changes nothing else
#   .clapmark/     derived, may be deleted at any time

# how posts are written: "hugo", "obsidian" or "plain" (Markdown without front matter)
flavour = "{flavour}"

[notes]
# where the post of a conference lies; {{slug}} is the conference's short name.
# With {{date}} in it, each day of the conference gets a post of its own: "{folder}{{slug}}-{{date}}.md"
post = "{post}"
# tags in the front matter of a new post
tags = ["conference"]
# a press so many minutes before the start or after the end of a talk still belongs to it
grace_minutes = 5

# How much of a transcript is quoted around a press; a tag may have its own, and 0 and 0 quote nothing:
# [quotes]
# before_s = 30
# after_s = 10
# tags.todo = {{ before_s = 0, after_s = 0 }}

# People press after they have heard it: links, clips and chapters begin so long before the press. Per tag, too:
# [video]
# lead_s = 10
# tags.todo = {{ lead_s = 0 }}

# Your own words for bullets; docs/templates.md lists what they can say:
# [templates]
# bullet = "**{{{{ time }}}}** {{{{ tag }}}}: "

# A line under your own bullets for what the crowd marked in the talk (`clapmark crowd` fetches it):
# [crowd]
# in_posts = true

# Settings of one conference:
# [conferences.pycon-us-2019]
# room = "Grand Ballroom A"                  # the room you sat in, where the time alone fits several talks
# post = "{folder}my-pycon-notes.md"{gap}# a post that exists already

# A session for `clapmark stage --session lightning`. Without one: the talks of a room that follow each other.
# [sessions.lightning]
# conference = "pycon-us-2019"
# room = "Grand Ballroom A"
# start = 2019-05-03T17:30:00
# end = 2019-05-03T18:30:00
# minutes = 5                                # for each speaker
"""


@dataclass(frozen=True)
class ConferenceSettings:
    """What clapmark.toml says of one conference; empty where it says nothing."""

    room: str = ""
    post: str = ""


@dataclass(frozen=True)
class SessionSettings:
    """What clapmark.toml says of one session on stage; empty where it says nothing."""

    name: str
    conference: str = ""
    room: str = ""
    title: str = ""
    start: datetime | None = None  # in the conference's zone, unless it names its own
    end: datetime | None = None
    minutes: int = 0  # for each speaker; 0: as the schedule plans


@dataclass(frozen=True)
class Settings:
    """The content of clapmark.toml."""

    flavour: str = "hugo"
    post: str = FLAVOURS["hugo"]
    tags: tuple[str, ...] = ("conference",)
    grace_s: int = 300
    templates: dict[str, str] = field(default_factory=dict)
    has_crowd: bool = False  # the posts have a line for what the crowd marked
    conferences: dict[str, ConferenceSettings] = field(default_factory=dict)
    sessions: dict[str, SessionSettings] = field(default_factory=dict)

    def of_conference(self, slug: str) -> ConferenceSettings:
        """Return the settings of one conference."""
        return self.conferences.get(slug, ConferenceSettings())


def check_slug(slug: str) -> str:
    """Return `slug` if it is safe as a file name on every system. Raises UsageError otherwise."""
    if not is_slug(slug):
        raise UsageError(
            "A conference's short name has 1 to 40 of a-z, 0-9 and -, such as pycon-us-2019, "
            f"and is no name that Windows reserves: not {slug!a:.80}."
        )
    return slug


def read_settings(folder: Path) -> Settings:
    """Return the settings of the archive in `folder`. Raises UsageError, with the next step, if there are none."""
    path = folder / SETTINGS_NAME
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
        notes, templates = _table(content, "notes"), _table(content, "templates")
        conferences = {
            check_slug(slug): ConferenceSettings(_text(table, "room", ""), _text(table, "post", ""))
            for slug, table in _table(content, "conferences").items()
        }
        default = Settings()
        flavour = _text(content, "flavour", default.flavour)
        settings = Settings(
            flavour=flavour,
            post=_text(notes, "post", FLAVOURS.get(flavour, default.post)),
            tags=tuple(_texts(notes, "tags", default.tags)),
            grace_s=round(60 * _minutes(notes, "grace_minutes", default.grace_s // 60)),
            conferences=conferences,
            sessions={name: _session(name, table) for name, table in _table(content, "sessions").items()},
            has_crowd=_switch(_table(content, "crowd"), "in_posts"),
            templates={key: _text(templates, key, "") for key in templates},
        )
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder} is not a Clapmark archive. `clapmark init {shell_word(folder)}` creates one there."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, ValueError, OSError) as error:
        raise UsageError(f"{path} cannot be used: {error}. Correct it and try again; nothing was changed.") from error
    if settings.flavour not in FLAVOURS:
        known = ", ".join(FLAVOURS)
        raise UsageError(
            f"{path} asks for the flavour {settings.flavour!a:.40}; this version writes posts for {known}."
        )
    return settings


def _session(name: str, table: Any) -> SessionSettings:  # noqa: ANN401  # TOML holds anything
    if not isinstance(table, dict):
        raise TypeError(f'"sessions.{name}" must be a table')
    minutes = _minutes(table, "minutes", 0)
    if minutes != int(minutes):
        raise ValueError('"minutes" of a session must be a whole number')
    conference = _text(table, "conference", "")
    return SessionSettings(
        name,
        check_slug(conference) if conference else "",
        _text(table, "room", ""),
        _text(table, "title", ""),
        _moment(table, "start"),
        _moment(table, "end"),
        int(minutes),
    )


def _moment(table: dict[str, Any], key: str) -> datetime | None:
    value = table.get(key)
    if value is not None and not isinstance(value, datetime):
        raise TypeError(f'"{key}" must be a date with a time, such as 2019-05-03T17:30:00')
    return value


def _table(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise TypeError(f'"{key}" must be a table')
    return value


def _text(table: Any, key: str, default: str) -> str:  # noqa: ANN401  # TOML holds anything
    value = table.get(key, default) if isinstance(table, dict) else None
    if not isinstance(value, str):
        raise TypeError(f'"{key}" must be text')
    return value


def _switch(table: dict[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise TypeError(f'"{key}" must be true or false')
    return value


def _texts(table: dict[str, Any], key: str, default: tuple[str, ...]) -> list[str]:
    value = table.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f'"{key}" must be a list of texts')
    return value


def _minutes(table: dict[str, Any], key: str, default: int) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 120:
        raise ValueError(f'"{key}" must be 0 to 120 minutes')
    return value
