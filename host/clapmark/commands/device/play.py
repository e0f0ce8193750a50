"""`clapmark play`: hold the device in a web browser."""

import click

from clapmark.base.environment import Environment
from clapmark.web.server import HOST, application, listen, serve
from clapmark.web.site_files import site_files


@click.command("play", short_help="Hold the device in a web browser.")
@click.option("--http-port", type=click.IntRange(1, 65535), help="The port to serve at. Default: 8010, or a free one.")
@click.option("--no-open", is_flag=True, help="Do not open a browser; only print the address.")
@click.pass_obj
def command(environment: Environment, http_port: int | None, no_open: bool) -> None:
    """Serve the device page to this computer's browser: the real firmware, in WebAssembly, until Ctrl-C.

    The device lives in the browser; nothing is sent anywhere.

    \b
    Examples:
      clapmark play
      clapmark play --http-port 8080 --no-open
    """
    files = site_files(environment.tell)
    with listen(http_port) as bound:
        port = bound.getsockname()[1]
        address = f"http://{HOST}:{port}/"
        environment.tell(f"The device is at {address} until you press Ctrl-C.")
        serve(application(files, port), bound, address, is_opening=not no_open)
