"""`clapmark devices`: list the serial ports and what answers on each."""

import click

from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode
from clapmark.commands.options import json_option
from clapmark.link.ports import ports, probe


@click.command("devices", short_help="List the serial ports and what answers on each.")
@json_option
@click.option("--port", "names", multiple=True, help="Check only this port; may be given several times.")
@click.pass_obj
def command(environment: Environment, as_json: bool, names: tuple[str, ...]) -> int:
    """List the serial ports on USB and what answers on each.

    A port shows Clapmark, MicroPython's prompt, the chip's bootloader, or nothing. Opening a port may reset its board;
    what is saved on it stays.

    \b
    Examples:
      clapmark devices
      clapmark devices --port /dev/ttyUSB0 --json
    """
    found = [probe(port) for port in ports(names)]
    if as_json:
        environment.give_json([probed.values() for probed in found])
    for probed in found if not as_json else ():
        about = f" ({probed.port.description})" if probed.port.description else ""
        environment.give(f"{probed.port.name}{about}: {probed.state}")
        environment.give(f"    {probed.note}")
    if not found:
        environment.tell("No serial port on USB. Connect the device with a cable that carries data, not only power.")
    return int(ExitCode.OK if any(probed.hello for probed in found) else ExitCode.NO_DEVICE)
