"""The lines that clapmark owns in a post: a bullet, the quotation under it, the video of a talk.

Every bullet's words come from `Lines.bullet` and every quotation's from `Lines.quote`; templates of the user take
their place with the same values (docs/templates.md). Everything from outside goes through notes.escape.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from clapmark.bookmarks.fold import Bookmark
from clapmark.notes.escape import MAX_ABSTRACT, MAX_NAME, MAX_TITLE, inline, link_target, wiki_link
from clapmark.notes.media import BookmarkMedia, CrowdMoment, TalkMedia
from clapmark.posts.flavours import Flavour
from clapmark.schedule.model import Talk

if TYPE_CHECKING:
    from clapmark.notes.templates import Templates  # brings Jinja, which few need

MAX_QUOTE = 2_000
_MAX_CROWD_TAGS = 3
_CERTAIN_MS = 30_000  # a time of day is shown without `~` if it is no further off than this
_ROUGHLY_MS = 20 * 60_000  # and with `~` up to this; beyond, both ends are shown
_NEAR_MS = 3 * 3600_000  # of the talk: beyond, minutes before and after it say nothing
_OBSIDIAN_TAG = re.compile(r"(?=.*[^\W\d])[\w/-]+")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_EMPTY = BookmarkMedia()


class Lines:
    """Writes the lines of one post: in its flavour, in the conference's zone."""

    def __init__(self, flavour: Flavour, zone: tzinfo, templates: "Templates | None" = None) -> None:
        self.flavour = flavour
        self.zone = zone
        self.templates = templates
        self.tag = cache(self._tag)  # a conference has twenty thousand bookmarks, and six tags

    def values(self, bookmark: Bookmark, talk: Talk | None, media: BookmarkMedia = _EMPTY) -> dict[str, str]:
        """Return what a bullet can say, each text safe in Markdown, empty where there is nothing to say."""
        return {
            "time": clock(bookmark, self.zone, with_date=talk is None),
            "tag": self.tag(bookmark.tag),
            "position": position_in(bookmark, talk) if talk else "",
            "length": length_text(bookmark.length_ms) if bookmark.length_ms else "",
            "link": self.link(media),
            "quote": inline(media.quote, MAX_QUOTE) if media.quote else "",
            **(self._of_talk(talk) if self.templates else {}),
        }

    def _of_talk(self, talk: Talk | None) -> dict[str, str]:
        if talk is None:
            return {"title": "", "room": "", "speakers": ""}
        room, speakers = inline(talk.room, MAX_NAME), "\n".join(self._speakers(talk))
        return {"title": inline(talk.title, MAX_TITLE), "room": room, "speakers": speakers}

    def bullet(self, values: dict[str, str]) -> str:
        """Return the words of a bullet: `**13:55** [12:31](https://…) todo, 15 min in, 45 s long`."""
        text = self._from_template("bullet", values)
        if text:
            return text
        length = f"{values['length']} long" if values["length"] else ""
        words = ", ".join(filter(None, (values["tag"], values["position"], length)))
        return " ".join(filter(None, (self.flavour.time.format(values["time"]), values["link"], words)))

    def quote(self, values: dict[str, str]) -> str:
        """Return the line under a bullet, "" for none: `> what was said`, and the link if it is not in the bullet."""
        if self.templates and self.templates.has("quote"):
            return self._from_template("quote", values) if values["quote"] or values["link"] else ""
        words = f"> {values['quote']}" if values["quote"] else ""
        return " ".join(filter(None, (words, values["link"])))

    @property
    def _own_lead(self) -> "Templates | None":
        return self.templates if self.templates and self.templates.has("talk") else None

    def lead(self, talk: Talk) -> tuple[str, ...]:
        """Return the lines under a new talk's heading: its abstract with a link to its page, its speakers.

        None where the person's template makes them, inside the talk's block.
        """
        if self._own_lead is not None:
            return ()
        target = link_target(talk.url)
        link = f"[#]({target})" if target else ""
        abstract = " ".join(filter(None, [inline(talk.abstract, MAX_ABSTRACT), link]))
        speakers = ", ".join(self._speakers(talk))
        parts = [f"> {abstract}"] * bool(abstract), [f"- {speakers}"] * bool(speakers)
        return (*parts[0], *([""] if all(parts) else []), *parts[1])

    def lead_of_template(self, talk: Talk) -> tuple[str, ...]:
        """Return the lines that the person's template makes for a new talk; none without one."""
        if self._own_lead is None:
            return ()
        target = link_target(talk.url)
        return self._own_lead.talk(
            {
                "title": inline(talk.title, MAX_TITLE),
                "abstract": inline(talk.abstract, MAX_ABSTRACT),
                "link": f"[#]({target})" if target else "",
                "room": inline(talk.room, MAX_NAME),
                "track": inline(talk.track, MAX_NAME),
                "start": f"{talk.start:%H:%M}",
                "end": f"{talk.end:%H:%M}",
                "speakers": self._speakers(talk),
            }
        )

    def crowd(self, moments: Sequence[CrowdMoment]) -> str:
        """Return the words of the bullet for what the crowd marked: `crowd: 12:30 (12 people, idea 5), 20:05 (…)`."""
        parts = []
        for moment in moments:
            target = link_target(moment.link_url) if moment.link_url else ""
            time = video_time(moment.at_ms)
            tags = "".join(f", {self.tag(tag)} {number}" for tag, number in moment.tags[:_MAX_CROWD_TAGS])
            parts.append(f"{f'[{time}]({target})' if target else time} ({moment.people} people{tags})")
        return f"crowd: {', '.join(parts)}"

    def _speakers(self, talk: Talk) -> list[str]:
        name_of = wiki_link if self.flavour.name == "obsidian" else inline
        return [name for name in (name_of(name, MAX_NAME) for name in talk.speakers) if name]

    def _from_template(self, name: str, values: dict[str, str]) -> str:
        if not self.templates or not self.templates.has(name):
            return ""
        return self.templates.line(
            name, {**values, "speakers": values["speakers"].split("\n") if values["speakers"] else []}
        )

    def _tag(self, text: str) -> str:
        """Return a bookmark's tag; in Obsidian as a tag, if it can be one."""
        if self.flavour.name == "obsidian" and _OBSIDIAN_TAG.fullmatch(text):
            return f"#{text}"
        return inline(text, MAX_NAME) or "note"

    def link(self, media: BookmarkMedia) -> str:
        """Return the link to the moment in the video, "" where there is none."""
        target = link_target(media.link_url) if media.link_url else ""
        words = "video" if media.position_ms is None else video_time(media.position_ms)
        return f"[{words}]({target})" if target else ""

    def video(self, media: TalkMedia) -> str:
        """Return the line that shows the talk's video, "" where there is none."""
        target = link_target(media.video_url)
        is_youtube = _YOUTUBE_ID.fullmatch(media.youtube_id) is not None
        if self.flavour.name == "hugo" and is_youtube:
            return f"{{{{< youtube {media.youtube_id} >}}}}"
        if self.flavour.name == "obsidian" and is_youtube:
            return f"![](https://www.youtube.com/watch?v={media.youtube_id})"
        if not target:
            return ""
        return f"video: {target}" if self.flavour.name == "plain" else f"[video]({target})"


def position_in(bookmark: Bookmark, talk: Talk) -> str:
    """Return where in the talk the press was: `15 min in`; "" if that is not known well enough, or far from it."""
    utc_ms, error_ms = bookmark.when.utc_ms, bookmark.when.error_ms
    if utc_ms is None or error_ms is None or error_ms > _ROUGHLY_MS:
        return ""
    about = "" if error_ms <= _CERTAIN_MS else "about "
    after_start_ms = utc_ms - talk.start_utc_s * 1000
    after_end_ms = utc_ms - talk.end_utc_s * 1000
    if after_start_ms < -_NEAR_MS or after_end_ms > _NEAR_MS:
        return ""
    if after_start_ms < 0:
        return f"{about}{-(after_start_ms // 60_000)} min before the start"
    if after_end_ms >= 60_000:
        return f"{about}{after_end_ms // 60_000} min after the end"
    return f"{about}{after_start_ms // 60_000} min in"


def length_text(length_ms: int) -> str:
    """Return the length of a passage: `1 min 15 s`."""
    seconds = max(round(length_ms / 1000), 1)
    minutes, seconds = divmod(seconds, 60)
    return " ".join([f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds))


def video_time(position_ms: int) -> str:
    """Return a position in a video as players show it: `12:31`, `1:02:31`."""
    minutes, seconds = divmod(max(position_ms, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clock(bookmark: Bookmark, zone: tzinfo, with_date: bool) -> str:
    """Return the time of day: `14:05`, `~14:05`, `between 13:10 and 15:40` (`~` escaped), or what is known."""
    when = bookmark.when
    if when.earliest_ms is None and when.latest_ms is None:
        return "time unknown"
    if when.earliest_ms is None or when.latest_ms is None:
        word, bound_ms = ("before", when.latest_ms) if when.earliest_ms is None else ("after", when.earliest_ms)
        return f"{word} {_local(bound_ms or 0, zone, '%Y-%m-%d %H:%M')}"
    shape = "%Y-%m-%d %H:%M" if with_date else "%H:%M"
    utc_ms, error_ms = when.utc_ms or 0, when.error_ms or 0
    if error_ms <= _CERTAIN_MS:
        return _local(utc_ms, zone, shape)
    if error_ms <= _ROUGHLY_MS:
        return f"\\~{_local(utc_ms, zone, shape)}"
    first = _local(when.earliest_ms, zone, "%Y-%m-%d %H:%M")
    last = _local(when.latest_ms, zone, "%Y-%m-%d %H:%M")
    if first[:10] == last[:10]:
        return f"between {first if with_date else first[11:]} and {last[11:]}"
    return f"between {first} and {last}"


def _local(utc_ms: int, zone: tzinfo, shape: str) -> str:
    return _minute(min(max(utc_ms // 60_000, 0), 4_223_370_240), zone, shape)  # 9999-12-31: every zone can show it


@lru_cache(4096)
def _minute(minutes: int, zone: tzinfo, shape: str) -> str:
    return datetime.fromtimestamp(minutes * 60, UTC).astimezone(zone).strftime(shape)
