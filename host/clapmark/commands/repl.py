"""`clapmark repl`: leave the app, so that mpremote and other tools for MicroPython work."""

import click

from clapmark.base.environment import Environment
from clapmark.commands.device import chosen_port
from clapmark.commands.options import port_option


@click.command("repl", short_help="Leave the app for MicroPython's prompt.")
@port_option
@click.pass_obj
def command(environment: Environment, port: str | None) -> None:
    """Leave the app for MicroPython's prompt, where mpremote works; the app itself lets no Ctrl-C through.

    Sync first: the device takes no marks there, and a running countdown ends. A reset brings the app back.

    \b
    Examples:
      clapmark repl
      mpremote connect /dev/ttyUSB0 fs ls
      mpremote connect /dev/ttyUSB0 reset
    """
    from clapmark.deploy.deploy import reach_prompt  # noqa: PLC0415  `--help` need not load it
    from clapmark.link.client import SerialTransport  # noqa: PLC0415

    name = chosen_port(port)
    transport = SerialTransport(name)
    try:
        was_running = reach_prompt(transport)
    finally:
        transport.close()
    environment.tell(
        f"{'The app has ended' if was_running else 'No app ran'}: MicroPython's prompt is at {name}. "
        "No marks are taken there. Look around, and bring the app back with the reset:"
    )
    environment.give(f"mpremote connect {name}")
    environment.give(f"mpremote connect {name} reset")
