"""What a post is made of: front matter, a section for each talk with its heading, abstract, speakers and bullets.

The shape is the one that people give such posts by hand: `## Title`, the abstract as a quotation with a link to the
talk's page, the speakers, bullets, `**takeaway:**`. A day's lightning talks stand under one heading, `### Title`
each. Everything from outside goes through notes.escape.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from clapmark.bookmarks.fold import Bookmark
from clapmark.bookmarks.linker import Linked
from clapmark.notes.escape import MAX_NAME, MAX_TITLE, front_matter_text, inline
from clapmark.notes.lines import Lines
from clapmark.notes.media import NO_MEDIA, BookmarkMedia, Media, TalkMedia
from clapmark.notes.model import Bullet, Section
from clapmark.posts.flavours import Flavour
from clapmark.posts.ids import UNLINKED, crowd_id
from clapmark.posts.titles import title_key
from clapmark.schedule.model import LIGHTNING, Schedule, Talk

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNLINKED_TITLE = "Bookmarks without a talk"
EMPTIED = f"every bookmark has a talk now; delete the heading “{_UNLINKED_TITLE}” if you like."
_NO_BOOKMARK_MEDIA, _NO_TALK_MEDIA = BookmarkMedia(), TalkMedia()


def new_post(schedule: Schedule, tags: Iterable[str], flavour: Flavour, day: date | None = None) -> bytes:
    """Return a post without any section: the front matter, or in plain posts its title; `day`: it is of that day."""
    title = schedule.title or schedule.slug
    if day is not None:
        title = f"{title[:MAX_TITLE]}, {_WEEKDAYS[day.weekday()]} {day.isoformat()}"
    start = (day or schedule.start).isoformat()
    if flavour.name == "plain":
        return f"# {inline(title, MAX_TITLE) or schedule.slug}\n\n{start}\n".encode()
    lines = ["---", f"title: {front_matter_text(title, MAX_TITLE)}", f"date: {start}"]
    names = [front_matter_text(tag, MAX_NAME) for tag in tags]
    lines += ["tags:", *(f"- {name}" for name in names)] if names else []
    return "\n".join([*lines, "---", ""]).encode()


def is_emptied(before: bytes, after: bytes, flavour: Flavour) -> bool:
    """Return whether a post lost its last bookmark without a talk; the heading above it is the person's by then."""
    begin, end = flavour.begin_marker(UNLINKED).encode(), flavour.end_marker(UNLINKED).encode()
    empty = re.compile(re.escape(begin) + rb"\s+" + re.escape(end))
    return empty.search(after) is not None and empty.search(before) is None


def sections(
    schedule: Schedule, linked: Iterable[Linked], visited: frozenset[str], lines: Lines, media: Media = NO_MEDIA
) -> list[Section]:
    """Return a section for every talk of the schedule, and the one for bookmarks without a talk.

    `linked` are the bookmarks of this conference by time, none of them taken back; `visited` the ids of talks that are
    wanted without a bookmark. The sections of talks that are not wanted hold nothing but what they are found by.
    """
    by_talk: dict[str, list[Bookmark]] = {}
    for link in linked:
        by_talk.setdefault(link.talk.id if link.talk else UNLINKED, []).append(link.bookmark)
    out: list[Section] = []
    session_names = _session_names(schedule.talks)
    for day, talks in _in_sessions(schedule.talks):
        children = []
        for talk in talks:
            marked = by_talk.get(talk.id, [])
            is_wanted = bool(marked) or talk.id in visited
            video = media.talks.get((schedule.slug, talk.id), _NO_TALK_MEDIA) if is_wanted else _NO_TALK_MEDIA
            bullets = tuple(_bullet(bookmark, talk, lines, media) for bookmark in marked)
            if video.crowd and marked:
                bullets += (Bullet(crowd_id(schedule.slug, talk.id), lines.crowd(video.crowd)),)
            children.append(_talk_section(talk, day, is_wanted, bullets, lines, video))
        if day:
            names = session_names[day]
            out.append(
                Section(
                    key=day,
                    is_session=True,
                    title_keys=tuple(title_key(name) for name in names),
                    wanted=any(child.wanted for child in children),
                    heading=f"## {names[0]}",
                )
            )
        out += children
    loose = by_talk.get(UNLINKED, [])
    bullets = tuple(_bullet(bookmark, None, lines, media) for bookmark in loose)
    heading = f"## {_UNLINKED_TITLE}"
    return [
        *out,
        Section(UNLINKED, (title_key(_UNLINKED_TITLE),), wanted=bool(loose), heading=heading, bullets=bullets),
    ]


def _in_sessions(talks: Iterable[Talk]) -> Sequence[tuple[str, list[Talk]]]:
    """Return the talks in order; a day's lightning talks together, named by a key such as `.light-0503`."""
    out: list[tuple[str, list[Talk]]] = []
    of_day: dict[str, list[Talk]] = {}
    for talk in talks:
        if talk.kind != LIGHTNING:
            out.append(("", [talk]))
            continue
        day = _day(talk)
        if day not in of_day:
            out.append((day, of_day.setdefault(day, [])))
        of_day[day].append(talk)
    return out


def _session_names(talks: Iterable[Talk]) -> dict[str, list[str]]:
    """Return by day what its lightning session may be called in a post; the first name is the one that is written."""
    days = {_day(talk): talk.start for talk in talks if talk.kind == LIGHTNING}
    weekdays = Counter(start.weekday() for start in days.values())
    names: dict[str, list[str]] = {}
    for day, start in days.items():
        weekday = f"{_WEEKDAYS[start.weekday()]} lightning talks"
        if len(days) == 1:
            names[day] = ["Lightning talks", weekday]
        elif weekdays[start.weekday()] == 1:
            names[day] = [weekday]
        else:
            names[day] = [f"Lightning talks of {start:%Y-%m-%d}"]
    return names


def _day(talk: Talk) -> str:
    return f".light-{talk.start:%m%d}"


def _talk_section(
    talk: Talk, parent: str, is_wanted: bool, bullets: tuple[Bullet, ...], lines: Lines, video: TalkMedia
) -> Section:
    title = inline(talk.title, MAX_TITLE) or inline(talk.id, MAX_TITLE)
    keys = tuple(dict.fromkeys((title_key(talk.title), title_key(title))))
    if not is_wanted:
        return Section(talk.id, keys, parent, talk.title)
    return Section(
        key=talk.id,
        title_keys=keys,
        parent=parent,
        title=talk.title,
        wanted=True,
        heading=f"{'###' if parent else '##'} {title}",
        lead=partial(lines.lead, talk),
        block_lead=partial(lines.lead_of_template, talk),
        tail=() if parent else (lines.flavour.takeaway,),
        bullets=bullets,
        video=lines.video(video),
    )


def _bullet(bookmark: Bookmark, talk: Talk | None, lines: Lines, media: Media) -> Bullet:
    values = lines.values(bookmark, talk, media.bookmarks.get(bookmark.id, _NO_BOOKMARK_MEDIA))
    text = lines.bullet(values)
    if not values["link"] and not values["quote"]:
        return Bullet(bookmark.id, text)
    return Bullet(
        bookmark.id,
        text,
        bare_text=lines.bullet({**values, "link": "", "quote": ""}),
        link=values["link"],
        quote=lines.quote({**values, "link": ""}),
        quote_with_link=lines.quote(values),
    )
