"""`clapmark crowd`: what the audience of a talk marked."""

from pathlib import Path

import click

from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode, UsageError
from clapmark.base.words import counted
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    json_option,
    open_conference,
    talk_argument,
)
from clapmark.conference import Conference
from clapmark.crowd.collect import talk_names
from clapmark.crowd.crowd_store import read_crowd, write_crowd
from clapmark.crowd.heat import draw_crowd, heat_line
from clapmark.crowd.hub_client import OfflineError, hub_address
from clapmark.crowd.moments import Moment, TalkCrowd
from clapmark.crowd.published import Published, crowd_values
from clapmark.crowd.share_state import read_state
from clapmark.crowd.sharing import fetch_crowd
from clapmark.recordings.position_text import position_text
from clapmark.schedule import Talk, is_slug

_LINE_WIDTH = 60


@click.command("crowd", short_help="Show what the audience of a talk marked.")
@talk_argument()
@click.option("--svg", "picture", type=click.Path(path_type=Path), help="Also draw it to this file.")
@click.option("--from", "address", metavar="URL", help="A conference's page at a hub. Default: the hub you share with.")
@click.option("--offline", is_flag=True, help="Show what was fetched last.")
@conference_option
@json_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    talk: str | None,
    picture: Path | None,
    address: str | None,
    offline: bool,
    slug: str | None,
    as_json: bool,
    folder: Path,
) -> int:
    """Show the moments that many people marked: in TALK (its id, or a part of its title), or in all talks.

    The line shows where in the talk people pressed; a moment is shown from three people on, or one in twenty. What was
    fetched stays in the archive, for `clapmark export FORMAT --crowd`, and for your posts if clapmark.toml says so.

    \b
    Examples:
      clapmark crowd
      clapmark crowd asyncio --svg asyncio.svg
      clapmark crowd --from https://hub.example/pycon-us-2026 --json
    """
    conference = open_conference(folder, slug)
    published = _published(environment, conference, address, offline)
    names = talk_names(conference.schedule)
    wanted = [find_talk(conference.schedule, talk)] if talk is not None else list(conference.schedule.talks)
    found = [(one, crowd) for one in wanted if (crowd := published.crowd(names[one.id])) is not None]
    if as_json:
        environment.give_json(
            {
                "conference": conference.slug,
                "talks": [{"talk": one.id, "title": one.title} | crowd_values(crowd) for one, crowd in found],
            }
        )
    elif not found:
        environment.tell(
            "No moments yet: they appear when at least three people, and one in twenty, marked the same half minute."
        )
    else:
        for one, crowd in found:
            _show(environment, conference, one, crowd)
    if picture is not None and found:
        title = f"{conference.schedule.title}: what the crowd marked"
        written = draw_crowd([(one.title, crowd) for one, crowd in found], title).save(picture)
        environment.tell(f"Drew {picture}." if written else f"{picture} is already up to date; nothing was changed.")
    return int(ExitCode.OK)


def _published(environment: Environment, conference: Conference, address: str | None, offline: bool) -> Published:
    """Return what the hub says now, and keep it; what it said last where it cannot be reached."""
    archive, slug = conference.archive, conference.slug
    kept = read_crowd(archive, slug)
    state = read_state(archive, slug)
    if not offline:
        if address is not None:
            hub, _, name = hub_address(address).rpartition("/")
            if not is_slug(name) or not hub.partition("://")[2]:
                raise UsageError(
                    "--from takes a conference's page at a hub, such as https://hub.example/pycon-us-2026."
                )
        elif state is not None and state.slug:
            hub, name = state.hub, state.slug
        elif kept is not None:
            return kept
        else:
            raise UsageError(
                f"No hub is known for {slug}: share your marks with one (`clapmark share --to URL --code CODE`), or "
                "name its page with --from."
            )
        try:
            published = fetch_crowd(hub, name)
        except OfflineError as error:
            if kept is None:
                raise
            environment.tell(f"{error} This is what was fetched last.")
            return kept
        with archive.lock():
            write_crowd(archive, slug, published)
        return published
    if kept is None:
        raise UsageError(f"Nothing was fetched for {slug} yet: run it once without --offline.")
    return kept


def _show(environment: Environment, conference: Conference, talk: Talk, crowd: TalkCrowd) -> None:
    encoding = (environment.stdout.encoding or "utf-8").lower().replace("_", "-")
    line = heat_line(crowd, _LINE_WIDTH, is_ascii=not encoding.startswith("utf"))
    environment.give(f"{talk.title}  ({talk.id})")
    environment.give(
        f"  |{line}|  {counted(crowd.contributors, 'person', 'people')}, {position_text(crowd.duration_s * 1000)}"
    )
    for moment in crowd.moments:
        environment.give(
            f"  {position_text(moment.at_s * 1000):>7}  {moment_text(moment)}{_own(conference, talk, moment)}"
        )


def moment_text(moment: Moment) -> str:
    """Return how many people marked a moment, and with which tags."""
    tags = ", ".join(f"{tag} {number}" for tag, number in moment.tags)
    length = f", about {moment.length_s} s" if moment.length_s else ""
    return f"{counted(moment.people, 'person', 'people')}{length}{f'  ({tags})' if tags else ''}"


def _own(conference: Conference, talk: Talk, moment: Moment) -> str:
    """Return a sign if a bookmark of the person's own is at the moment."""
    at_ms = (talk.start_utc_s + moment.at_s) * 1000
    marks = (bookmark.when.utc_ms for bookmark in conference.of(talk))
    return "  <- you" if any(utc_ms is not None and abs(utc_ms - at_ms) <= 40_000 for utc_ms in marks) else ""
