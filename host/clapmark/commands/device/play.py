"""`clapmark play`: hold the device in a web browser."""

import click

from clapmark.base.environment import Environment
from clapmark.web.bridge import Bridge, offers
from clapmark.web.server import HOST, application, listen, serve
from clapmark.web.site_files import site_files


@click.command("play", short_help="Hold the device in a web browser.")
@click.option(
    "--port",
    help="Open the reader page, and offer it the device at this serial port: for browsers that cannot open one. "
    "Default: it is offered the running virtual devices.",
)
@click.option("--http-port", type=click.IntRange(1, 65535), help="The port to serve at. Default: 8010, or a free one.")
@click.option("--no-open", is_flag=True, help="Do not open a browser; only print the address.")
@click.pass_obj
def command(environment: Environment, port: str | None, http_port: int | None, no_open: bool) -> None:
    """Serve the device page to this computer's browser: the real firmware, in WebAssembly, until Ctrl-C.

    The device lives in the browser; nothing is sent anywhere. The reader page also reads the device at --port, or a
    running `clapmark sim`: the serial port is opened when you choose it there, and closed when you leave.

    \b
    Examples:
      clapmark play
      clapmark play --port /dev/ttyUSB0
      clapmark play --http-port 8080 --no-open
    """
    files = site_files(environment.tell)
    bridge = Bridge(lambda: offers(port))
    with listen(http_port) as bound:
        http_number = bound.getsockname()[1]
        address = f"http://{HOST}:{http_number}/"
        reader = f"{address}reader/"
        if port is None:
            environment.tell(f"The device is at {address} until you press Ctrl-C.")
            for offer in offers(None):
                environment.tell(f"{reader} also reads {offer.name}.")
        else:
            environment.tell(f"{reader} reads {offers(port)[0].name} until you press Ctrl-C.")
        app = application(files, http_number, bridge.routes())
        serve(app, bound, address if port is None else reader, is_opening=not no_open)
