"""`clapmark timeline`: each talk's bookmarks along its time."""

from pathlib import Path

import click

from clapmark.base.environment import Environment
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    open_conference,
    talk_argument,
)
from clapmark.pictures.timeline import draw_timelines, text_line, timelines

_LINE_WIDTH = 30


@click.command("timeline", short_help="Draw each talk's bookmarks on a time line.")
@talk_argument()
@click.option("--svg", "picture", type=click.Path(path_type=Path), help="Also draw it to this file.")
@conference_option
@archive_option
@click.pass_obj
def command(environment: Environment, talk: str | None, picture: Path | None, slug: str | None, folder: Path) -> None:
    """Show when in a talk its bookmarks were made: in TALK (its id, or a part of its title), or in all that have one.

    A letter on the line is the first of a bookmark's tag; a dot stands for several. In the picture each tag has a
    colour and a form, a passage its length, and an uncertain time a thin line as long as the doubt.

    \b
    Examples:
      clapmark timeline
      clapmark timeline asyncio --svg asyncio.svg
    """
    conference = open_conference(folder, slug)
    schedule = conference.schedule
    lines = timelines(conference)
    if talk is not None:
        chosen = find_talk(schedule, talk)
        lines = [line for line in lines if line.talk == chosen]
    if not lines:
        environment.tell("There is no bookmark to show yet. `clapmark sync` fetches them.")
        return
    for line in lines:
        first, last = f"{line.talk.start:%a %H:%M}", f"{line.talk.end:%H:%M}"
        environment.give(f"{first} {text_line(line, _LINE_WIDTH)} {last}  {line.talk.title}")
    if picture is not None:
        title = f"{schedule.title}: {lines[0].talk.title}" if len(lines) == 1 else schedule.title
        written = draw_timelines(lines, title).save(picture)
        environment.tell(f"Drew {picture}." if written else f"{picture} is already up to date; nothing was changed.")
