"""`clapmark browse`: browse the archive with a web browser."""

import socket
from pathlib import Path

import click

from clapmark.archive.archive import find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.commands.options import archive_option
from clapmark.index.browse import FIRST_PAGE, HOST, prepare, serve


@click.command("browse", short_help="Browse the archive with a web browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to serve at. Default: 8001, or a free one.")
@click.option("--no-open", is_flag=True, help="Do not open a browser; only print the address.")
@archive_option
@click.pass_obj
def command(environment: Environment, port: int | None, no_open: bool, folder: Path) -> None:
    """Show bookmarks, talks and texts in a web browser, with facets for tags, speakers, rooms and days.

    This needs Datasette, an optional dependency; if it is missing, the command says how to install it. Datasette
    serves the index to this computer only, and runs until Ctrl-C.

    \b
    Examples:
      clapmark browse
      clapmark browse --port 8080 --no-open
    """
    archive = find_archive(folder)
    command_line, notices = prepare(archive, environment.tell)
    for sentence in notices:
        environment.tell(sentence)
    chosen = _free_port(port)
    environment.tell(f"Your bookmarks are at http://{HOST}:{chosen}/{FIRST_PAGE} until you press Ctrl-C.")
    code = serve(command_line, chosen, is_opening=not no_open)
    if code:
        raise ClapmarkError(f"Datasette ended with {code}; see its output above. Nothing was changed.")


def _free_port(wanted: int | None) -> int:
    for port in (wanted,) if wanted else (8001, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ClapmarkError(f"Port {wanted} is in use by another program. Choose another with --port, or omit it.")
