"""`clapmark show`: a talk with its bookmarks, as the post has it."""

import re
from pathlib import Path

import click
from rich.console import Console
from rich.markdown import Markdown

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.bookmarks.fold import Bookmark, all_bookmarks
from clapmark.bookmarks.linker import Linked, linker_of
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    json_option,
    read_conference,
    talk_argument,
)
from clapmark.posts.document import parse_post, title_key
from clapmark.posts.flavours import FLAVOURS
from clapmark.schedule import Schedule, Talk

_MARKER = re.compile(r"<!--.*?-->|%%.*?%%|(?<=\s)\^clap-[a-z2-7]{10}")


@click.command("show", short_help="Show a talk with its bookmarks.")
@talk_argument()
@json_option
@conference_option
@archive_option
@click.pass_obj
def command(environment: Environment, talk: str | None, as_json: bool, slug: str | None, folder: Path) -> None:
    """Show the section of TALK (its id, or a part of its title) from the post.

    Without TALK, list the talks that have bookmarks.

    \b
    Examples:
      clapmark show
      clapmark show asyncio
      clapmark show --json attract-a9mr
    """
    archive, schedule = read_conference(folder, slug)
    linked = _linked(archive, schedule)
    if talk is None:
        _list(environment, schedule, linked, as_json)
        return
    chosen = find_talk(schedule, talk)
    bookmarks = [link.bookmark for link in linked if link.talk == chosen]
    if as_json:
        environment.give_json(_values(chosen, bookmarks))
        return
    section = _section(archive, schedule, chosen)
    if section is None:
        raise UsageError(
            f"The post has no section for “{chosen.title}” yet: it has {len(bookmarks)} bookmarks. "
            "`clapmark notes` writes what has bookmarks."
        )
    Console(file=environment.stdout, highlight=False).print(Markdown(section, hyperlinks=False))


def _linked(archive: Archive, schedule: Schedule) -> list[Linked]:
    linker = linker_of(archive, [schedule])
    links = (linker.link(bookmark) for bookmark in all_bookmarks(read_journals(archive)) if not bookmark.undone)
    return [link for link in links if link.talk is not None and link.slug == schedule.slug]


def _list(environment: Environment, schedule: Schedule, linked: list[Linked], as_json: bool) -> None:
    counts: dict[str, int] = {}
    for link in linked:
        if link.talk is not None:
            counts[link.talk.id] = counts.get(link.talk.id, 0) + 1
    marked = [talk for talk in schedule.talks if talk.id in counts]
    if as_json:
        values = [{"id": talk.id, "title": talk.title, "bookmarks": counts[talk.id]} for talk in marked]
        environment.give_json(values)
        return
    if not marked:
        environment.tell(f"No talk of {schedule.title} has a bookmark yet. `clapmark sync` fetches them.")
    for talk in marked:
        environment.give(f"{counts[talk.id]:3}  {talk.id:12}  {talk.title}")


def _section(archive: Archive, schedule: Schedule, talk: Talk) -> str | None:
    path = archive.post_path(schedule.slug, talk.start.date().isoformat())
    if not path.exists():
        return None
    titles = {title_key(one.title) for one in schedule.talks}
    document = parse_post(path.read_bytes(), FLAVOURS[archive.settings.flavour], titles)
    block = document.blocks.get(talk.id)
    above = document.heading_above(block.begin) if block else None
    headings = [above] if above else document.by_title.get(title_key(talk.title), [])
    if not headings:
        return None
    lines = document.lines[headings[0].line : document.section_end(headings[0])]
    text = _MARKER.sub("", "".join(lines))
    return "".join(letter if letter.isprintable() or letter == "\n" else "" for letter in text)


def _values(talk: Talk, bookmarks: list[Bookmark]) -> dict[str, object]:
    return {
        "id": talk.id,
        "title": talk.title,
        "speakers": list(talk.speakers),
        "room": talk.room,
        "start": talk.start.isoformat(),
        "end": talk.end.isoformat(),
        "bookmarks": [
            {
                "id": bookmark.id,
                "tag": bookmark.tag,
                "utc_ms": bookmark.when.utc_ms,
                "error_ms": bookmark.when.error_ms,
                "earliest_utc_ms": bookmark.when.earliest_ms,
                "latest_utc_ms": bookmark.when.latest_ms,
                "length_ms": bookmark.length_ms,
            }
            for bookmark in bookmarks
        ],
    }
