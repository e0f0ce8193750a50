"""`clapmark repl`: exit to the MicroPython REPL, for mpremote and other tools."""

import click

from clapmark.base.environment import Environment
from clapmark.commands.device.connection import chosen_port
from clapmark.commands.options import port_option


@click.command("repl", short_help="Exit to the MicroPython REPL.")
@port_option
@click.pass_obj
def command(environment: Environment, port: str | None) -> None:
    """Exit to the MicroPython REPL, where mpremote works; the app itself ignores Ctrl-C.

    Sync first: at the prompt the device records no bookmarks, and a running countdown ends. A reset starts the app
    again.

    \b
    Examples:
      clapmark repl
      mpremote connect /dev/ttyUSB0 fs ls
      mpremote connect /dev/ttyUSB0 reset
    """
    from clapmark.deploy.deploy import reach_prompt  # `--help` need not load it
    from clapmark.link.client import SerialTransport

    name = chosen_port(environment, port)
    transport = SerialTransport(name)
    try:
        was_running = reach_prompt(transport)
    finally:
        transport.close()
    environment.tell(
        f"{'The app has ended' if was_running else 'No app ran'}: MicroPython's prompt is at {name}. "
        "No bookmarks are recorded there. A reset starts the app again:"
    )
    environment.give(f"mpremote connect {name}")
    environment.give(f"mpremote connect {name} reset")
