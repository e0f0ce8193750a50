"""`clapmark init`: make a folder the notes archive."""

from pathlib import Path

import click

from clapmark.archive import archive
from clapmark.archive.new_archive import look_into
from clapmark.base.environment import Environment
from clapmark.base.shell import shell_word


@click.command("init", short_help="Make a folder your notes archive.")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option(
    "--flavour",
    type=click.Choice(list(archive.FLAVOURS)),
    help="The format of posts. Default: obsidian in an Obsidian vault, plain in a folder of notes, else hugo.",
)
@click.pass_obj
def command(environment: Environment, folder: Path, flavour: str | None) -> None:
    """Make FOLDER (this one, if not given) your notes archive.

    A Hugo site, an Obsidian vault, a git repository or a folder of Markdown or text notes may become one: nothing in it
    is changed, clapmark.toml is added.
    It says where posts go, and that every day gets a post of its own if you like.

    \b
    Examples:
      clapmark init ~/notes
      clapmark init ~/notes --flavour plain
      cd ~/my-hugo-site && clapmark init
    """
    found = look_into(folder)
    flavour = flavour or found.flavour
    written = archive.init_archive(folder, flavour)
    if found.sentence:
        environment.tell(found.sentence)
    for path in written:
        environment.tell(f"Wrote {path}")
    post = archive.Archive(folder).settings.post
    is_here = folder.resolve() == Path.cwd()
    environment.tell(f"{'This folder' if is_here else folder} is now a Clapmark archive.")
    environment.tell(f"Posts are written for {flavour}, as {post}; clapmark.toml says how to change that.")
    where = "" if is_here else f"`cd {shell_word(folder)}`, then "
    environment.tell(f"Next: {where}`clapmark schedule load FILE-OR-ADDRESS` with your conference's schedule.")
