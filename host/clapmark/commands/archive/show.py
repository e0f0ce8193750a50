"""`clapmark show`: show a talk's section of the post, with its bookmarks."""

import re
from pathlib import Path

import click
from rich.console import Console
from rich.markdown import Markdown

from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.base.words import counted
from clapmark.bookmarks.fold import Bookmark
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    json_option,
    open_conference,
    talk_argument,
)
from clapmark.conference import Conference
from clapmark.posts.document import parse_post
from clapmark.posts.flavours import FLAVOURS
from clapmark.posts.titles import is_spelled, title_key
from clapmark.schedule import Talk

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
    conference = open_conference(folder, slug)
    if talk is None:
        _list(environment, conference, as_json)
        return
    chosen = find_talk(conference.schedule, talk)
    bookmarks = conference.of(chosen)
    if as_json:
        environment.give_json(_values(chosen, bookmarks))
        return
    section = _section(conference, chosen)
    if section is None:
        raise UsageError(
            f"The post has no section for “{chosen.title}” yet: it has {counted(len(bookmarks), 'bookmark')}. "
            "`clapmark notes` writes what has bookmarks."
        )
    Console(file=environment.stdout, highlight=False).print(Markdown(section, hyperlinks=False))


def _list(environment: Environment, conference: Conference, as_json: bool) -> None:
    marked = conference.marked_talks
    if as_json:
        values = [{"id": talk.id, "title": talk.title, "bookmarks": len(conference.of(talk))} for talk in marked]
        environment.give_json(values)
        return
    if not marked:
        environment.tell(f"No talk of {conference.schedule.title} has a bookmark yet. `clapmark sync` fetches them.")
    for talk in marked:
        environment.give(f"{len(conference.of(talk)):3}  {talk.id:12}  {talk.title}")


def _section(conference: Conference, talk: Talk) -> str | None:
    archive = conference.archive
    path = archive.post_path(conference.slug, talk.start.date().isoformat())
    if not path.exists():
        return None
    titles = {title_key(one.title) for one in conference.schedule.talks}
    document = parse_post(path.read_bytes(), FLAVOURS[archive.settings.flavour], titles)
    block = document.blocks.get(talk.id)
    above = document.heading_above(block.begin) if block else None
    headings = [above] if above else document.by_title.get(title_key(talk.title), [])
    namesakes = [one for one in conference.schedule.talks if title_key(one.title) == title_key(talk.title)]
    if len(namesakes) > 1 and not above:
        headings = [heading for heading in headings if is_spelled(heading.text, talk.title)]
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
