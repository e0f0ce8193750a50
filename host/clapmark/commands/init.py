"""`clapmark init`: make a folder the notes archive."""

from pathlib import Path

import click

from clapmark import archive
from clapmark.environment import Environment


@click.command("init", short_help="Make a folder your notes archive.")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option(
    "--flavour", type=click.Choice(archive.FLAVOURS), default="hugo", show_default=True, help="How posts are written."
)
@click.pass_obj
def command(environment: Environment, folder: Path, flavour: str) -> None:
    """Make FOLDER (this one, if not given) your notes archive.

    A Hugo site or a git repository may become one: nothing in it is changed, clapmark.toml is added.

    \b
    Examples:
      clapmark init ~/notes
      cd ~/my-hugo-site && clapmark init
    """
    for path in archive.init_archive(folder, flavour):
        environment.tell(f"Wrote {path}")
    environment.tell(f"{folder} is a Clapmark archive. Next: `clapmark schedule load FILE` in it.")
