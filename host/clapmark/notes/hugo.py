"""How talks and bookmarks read in a Hugo post: front matter, headings, abstracts, bullets.

The shape is the one that people give such posts by hand: `## Title`, the abstract as a quotation with a link to the
talk's page, the speakers, bullets, `**takeaway:**`. A day's lightning talks stand under one heading, `### Title`
each. Everything from outside goes through notes.escape.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from clapmark.bookmarks import Bookmark
from clapmark.linking import Linked
from clapmark.notes.document import title_key
from clapmark.notes.escape import MAX_ABSTRACT, MAX_NAME, MAX_TITLE, front_matter_text, inline, link_target
from clapmark.notes.ids import UNLINKED
from clapmark.notes.merge import Bullet, Section
from clapmark.schedule.model import LIGHTNING, Schedule, Talk

_CERTAIN_MS = 30_000  # a time of day is shown without `~` if it is no further off than this
_ROUGHLY_MS = 20 * 60_000  # and with `~` up to this; beyond, both ends are shown
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNLINKED_TITLE = "Bookmarks without a talk"
_TAKEAWAY = "**takeaway:**"


def new_post(schedule: Schedule, tags: Iterable[str]) -> bytes:
    """Return a post without any section: the front matter."""
    lines = ["---", f"title: {front_matter_text(schedule.title, MAX_TITLE)}", f"date: {schedule.start.isoformat()}"]
    names = [front_matter_text(tag, MAX_NAME) for tag in tags]
    lines += ["tags:", *(f"- {name}" for name in names)] if names else []
    return "\n".join([*lines, "---", ""]).encode()


def sections(schedule: Schedule, linked: Iterable[Linked], visited: frozenset[str]) -> list[Section]:
    """Return a section for every talk of the schedule, and the one for bookmarks without a talk.

    `linked` are the bookmarks of this conference, none of them taken back; `visited` the ids of talks that are wanted
    without a bookmark. The sections of talks that are not wanted hold nothing but what they are found by.
    """
    zone = ZoneInfo(schedule.zone)
    by_talk: dict[str, list[Bookmark]] = {}
    for link in sorted(linked, key=lambda link: link.bookmark.order):
        by_talk.setdefault(link.talk.id if link.talk else UNLINKED, []).append(link.bookmark)
    out: list[Section] = []
    session_names = _session_names(schedule.talks)
    for day, talks in _in_sessions(schedule.talks):
        children = [_talk_section(talk, day, by_talk.get(talk.id, []), visited, zone) for talk in talks]
        if day:
            names = session_names[day]
            out.append(
                Section(
                    key=day,
                    title_keys=tuple(title_key(name) for name in names),
                    wanted=any(child.wanted for child in children),
                    heading=f"## {names[0]}",
                )
            )
        out += children
    loose = by_talk.get(UNLINKED, [])
    bullets = tuple(Bullet(bookmark.id, _loose_text(bookmark, zone)) for bookmark in loose)
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


def _talk_section(talk: Talk, parent: str, marked: list[Bookmark], visited: frozenset[str], zone: tzinfo) -> Section:
    title = inline(talk.title, MAX_TITLE) or inline(talk.id, MAX_TITLE)
    keys = tuple(dict.fromkeys((title_key(talk.title), title_key(title))))
    if not marked and talk.id not in visited:
        return Section(talk.id, keys, parent)
    lead = []
    link = link_target(talk.url)
    abstract = " ".join(filter(None, [inline(talk.abstract, MAX_ABSTRACT), f"[#]({link})" if link else ""]))
    if abstract:
        lead += [f"> {abstract}", ""]
    speakers = ", ".join(filter(None, (inline(name, MAX_NAME) for name in talk.speakers)))
    lead += [f"- {speakers}"] if speakers else []
    return Section(
        key=talk.id,
        title_keys=keys,
        parent=parent,
        level=3 if parent else 2,
        wanted=True,
        heading=f"{'###' if parent else '##'} {title}",
        lead=tuple(lead if not lead or lead[-1] else lead[:-1]),
        tail=() if parent else (_TAKEAWAY,),
        bullets=tuple(Bullet(bookmark.id, _bullet_text(bookmark, talk, zone)) for bookmark in marked),
    )


def _bullet_text(bookmark: Bookmark, talk: Talk, zone: tzinfo) -> str:
    parts = [inline(bookmark.tag, MAX_NAME) or "note"]
    utc_ms, error_ms = bookmark.when.utc_ms, bookmark.when.error_ms
    if utc_ms is not None and error_ms is not None and error_ms <= _ROUGHLY_MS:
        parts.append(_into(utc_ms, talk, "" if error_ms <= _CERTAIN_MS else "about "))
    return _text(bookmark, parts, zone, with_date=False)


def _loose_text(bookmark: Bookmark, zone: tzinfo) -> str:
    return _text(bookmark, [inline(bookmark.tag, MAX_NAME) or "note"], zone, with_date=True)


def _text(bookmark: Bookmark, parts: list[str], zone: tzinfo, with_date: bool) -> str:
    if bookmark.length_ms:
        parts.append(f"{_length(bookmark.length_ms)} long")
    return f"**{_clock(bookmark, zone, with_date)}** {', '.join(parts)}"


def _into(utc_ms: int, talk: Talk, about: str) -> str:
    after_start_ms = utc_ms - talk.start_utc_s * 1000
    after_end_ms = utc_ms - talk.end_utc_s * 1000
    if after_start_ms < 0:
        return f"{about}{-(after_start_ms // 60_000)} min before the start"
    if after_end_ms >= 60_000:
        return f"{about}{after_end_ms // 60_000} min after the end"
    return f"{about}{after_start_ms // 60_000} min in"


def _length(length_ms: int) -> str:
    seconds = max(round(length_ms / 1000), 1)
    minutes, seconds = divmod(seconds, 60)
    return " ".join([f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds))


def _clock(bookmark: Bookmark, zone: tzinfo, with_date: bool) -> str:
    """Return the time of day: `14:05`, `~14:05`, `~13:10 to 15:40` (`~` escaped), or what little is known."""
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
        return f"\\~{first if with_date else first[11:]} to {last[11:]}"
    return f"\\~{first} to {last}"


def _local(utc_ms: int, zone: tzinfo, shape: str) -> str:
    bounded_s = min(max(utc_ms // 1000, 0), 253_402_214_400)  # 9999-12-31: every zone can still show it
    return datetime.fromtimestamp(bounded_s, UTC).astimezone(zone).strftime(shape)
