"""`clapmark search`: find a talk, a bookmark, a quotation or one's own words."""

from datetime import datetime
from itertools import groupby
from pathlib import Path

import click

from clapmark.archive.archive import find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.commands.options import archive_option, complete_conference, json_option
from clapmark.index import Hit, Query, ask, search
from clapmark.index.search import HIT_BEGIN, HIT_END

_BOLD, _DIM, _FOUND, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[1;33m", "\x1b[0m"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("search", short_help="Search talks, bookmarks, quotations and your own words.")
@click.argument("words", nargs=-1)
@click.option("--tag", default="", help="Only bookmarks with this tag, and talks that have one.")
@click.option(
    "--conference",
    "slug",
    shell_complete=complete_conference,
    default="",
    help="Only this conference, by its short name.",
)
@click.option("--speaker", default="", help="Only talks of a speaker with this in the name.")
@click.option("--since", type=_DAY, help="Only on or after this day.")
@click.option("--until", type=_DAY, help="Only on or before this day.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Maximum number of results.")
@json_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    words: tuple[str, ...],
    tag: str,
    slug: str,
    speaker: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
    folder: Path,
) -> int:
    """Find WORDS in titles, speakers, abstracts, quotations and what you wrote under the talks, in all conferences.

    All words must match; `pack*` finds a prefix, `"two words"` finds a phrase, `one OR other` finds either.
    Without WORDS, list the bookmarks that fit the options. Ends with 1 if there is nothing.

    \b
    Examples:
      clapmark search asyncio
      clapmark search 'hash* collision' --speaker hettinger
      clapmark search --tag todo --since 2019-05-01
    """
    archive = find_archive(folder)
    query = Query(
        " ".join(words), tag, slug, speaker, f"{since:%Y-%m-%d}" if since else "", f"{until:%Y-%m-%d}" if until else ""
    )
    if query == Query():
        raise UsageError("Name a word to look for, or an option such as --tag todo.")
    if slug and slug not in archive.conferences():
        listed = ", ".join(archive.conferences()) or "none yet"
        raise UsageError(f"The archive has no conference {slug!a:.80}. It has: {listed}.")
    hits, notices = ask(archive, lambda connection: search(connection, query, limit + 1), environment.tell)
    for sentence in notices:
        environment.tell(sentence)
    if as_json:
        environment.give_json([_values(hit) for hit in hits[:limit]])
    else:
        _print(environment, hits[:limit])
    if len(hits) > limit:
        environment.tell(f"There are more than these {limit} results: add words, or use --limit {limit * 10}.")
    if not hits and words:
        environment.tell("Nothing found. Only whole words match; a * after a word finds longer ones.")
    elif not hits:
        environment.tell("No bookmark matches. Add a word to find talks without bookmarks, too.")
    return 0 if hits else 1


def _print(environment: Environment, hits: list[Hit]) -> None:
    is_terminal = environment.stdout.isatty() and not environment.variables.get("NO_COLOR")
    styles = (_BOLD, _DIM, _FOUND, _PLAIN) if is_terminal else ()
    order = {key: number for number, key in reversed(list(enumerate(_talk(hit) for hit in hits)))}
    by_talk = sorted(hits, key=lambda hit: order[_talk(hit)])
    for number, (_, places) in enumerate(groupby(by_talk, _talk)):
        group = list(places)
        if number:
            environment.give("")
        heading = next((hit for hit in group if hit.kind == "talk"), group[0])
        environment.give(_lit(heading.title or "Bookmarks without a talk", is_terminal, _BOLD), styles)
        environment.give(_lit(f"  {_about(heading)}", is_terminal, _DIM), styles)
        for hit in group:
            line = _line(hit)
            if line:
                environment.give(f"    {_lit(line, is_terminal)}", styles)


def _talk(hit: Hit) -> tuple[str | None, str | None]:
    return hit.conference, hit.talk_id


def _about(hit: Hit) -> str:
    count = "1 bookmark" if hit.bookmarks == 1 else f"{hit.bookmarks} bookmarks" if hit.bookmarks else ""
    day = hit.time[:10] if hit.time else ""
    pieces = (hit.talk_id, hit.conference, day, hit.room, ", ".join(hit.speakers), count)
    return " · ".join(piece for piece in pieces if piece)


def _line(hit: Hit) -> str:
    """Return a place on one line, without the talk's title."""
    excerpt = " ".join(hit.excerpt.split())
    if hit.kind == "talk":
        return excerpt if HIT_BEGIN in excerpt else ""
    if hit.bookmark_id is None:
        return excerpt
    said = f"“{excerpt}”" if hit.kind == "quote" else excerpt
    time = hit.time[11:16] if hit.time else "??:??"
    return " ".join(piece for piece in (time, hit.tag, said) if piece)


def _lit(text: str, is_terminal: bool, style: str = "") -> str:
    """Return `text` with what was found in colour on a terminal; nothing else in it can command the terminal."""
    plain = "".join(letter for letter in text if letter.isprintable() or letter in HIT_BEGIN + HIT_END)
    if not is_terminal:
        return plain.replace(HIT_BEGIN, "").replace(HIT_END, "")
    found = plain.replace(HIT_BEGIN, _FOUND).replace(HIT_END, f"{_PLAIN}{style}")
    return f"{style}{found}{_PLAIN}"


def _values(hit: Hit) -> dict[str, object]:
    return {
        "kind": hit.kind,
        "conference": hit.conference,
        "talk": hit.talk_id,
        "title": _lit(hit.title, is_terminal=False),
        "speakers": list(hit.speakers),
        "room": hit.room,
        "time": hit.time,
        "bookmark": hit.bookmark_id,
        "tag": hit.tag,
        "length_s": hit.length_s,
        "excerpt": _lit(" ".join(hit.excerpt.split()), is_terminal=False),
        "bookmarks": hit.bookmarks,
    }
