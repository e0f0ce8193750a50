"""`clapmark sim`: run the virtual device."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.firmware_build.micropython import provide_any
from clapmark.link.virtual_ports import VirtualPort, registered
from clapmark.sim import Event, EventKind, Simulation, read_script
from clapmark.sim.script import parse_action, parse_start
from clapmark.sim.wiring import BOARDS
from clapmark.sim.world import HEAP_BYTES

if TYPE_CHECKING:
    from clapmark.sim.terminal.live import LiveTerminal

_MOST_ENDS = 20  # in a row: a terminal that is gone reports its end forever
_END_PAUSE_S = 0.2

# reported only by lights and sounders: too many for a person to read
_QUIET = {EventKind.OUTPUT, EventKind.TONE, EventKind.ERASE}


@click.command("sim", short_help="Run the virtual device.")
@click.option("--state", type=click.Path(path_type=Path), help="Folder for the device's state. Default: your own one.")
@click.option("--link", type=click.Path(path_type=Path), help="Make a symlink to the device's serial port here.")
@click.option("--script", "script_path", type=click.Path(path_type=Path), help="Timeline to play, see below.")
@click.option("--headless", is_flag=True, help="Accept no actions from the terminal.")
@click.option("--speed", type=click.FloatRange(min=0.1), help="Maximum speed relative to real time.")
@click.option("--board", type=click.Choice(list(BOARDS)), default="sim", show_default=True, help="The hardware.")
@click.option(
    "--start", "start_text", metavar="TIME", help="Wall clock at power-up, such as 2026-05-15T13:00:00+10:00."
)
@click.pass_obj
def command(
    environment: Environment,
    state: Path | None,
    link: Path | None,
    script_path: Path | None,
    headless: bool,
    speed: float | None,
    board: str,
    start_text: str | None,
) -> None:
    """Run the real firmware on a virtual ESP32 with panel, buttons, flash and serial port.

    Alone, it shows the live screen in the terminal: the keys a, b and c tap the buttons, A, B and C hold them, ? shows
    all keys. Other commands (`clapmark sync`, `clapmark schedule push`) find the running device without --port.
    Bookmarks, schedule and settings stay in the state folder for the next time.

    If stdin or stdout is not a terminal, lines on stdin are actions; with --headless there are none. With --script it
    plays the timeline as fast as the machine can (or --speed), and ends with it.

    \b
    A script has one action per line, after the time in seconds since it began:
      start 2026-05-15T13:00:00+10:00
      1.5 press A 80ms
      +4 hold B 900ms
      10 screenshot note.png
      12 plug
      30 send hello protocol=1
      0:01:00 reset
      65 battery 3400mV
      70 power-cut
      80 end

    \b
    Examples:
      clapmark sim
      clapmark sim --board oled
      clapmark sim --state build/device-1 --link /tmp/clapmark
      clapmark sim --headless --script afternoon.txt --state build/device-1 --link /tmp/clapmark

    `plug` runs in real time until a program has opened the port and closed it again. For that program, set
    CLAPMARK_CLOCK to the `clock` file in the state folder, so that it uses the device's time.
    """
    start = _start(start_text) if start_text else None
    script = read_script(script_path) if script_path else None
    state = state or _own_folder(board)
    bits = provide_any(environment.tell)
    heap_bytes = HEAP_BYTES * bits // 32
    live = _live_terminal(environment) if script is None and not headless else None

    with ExitStack() as stack:

        def on_event(event: Event) -> None:
            if event.kind is EventKind.PLUGGED and script is None:
                stack.enter_context(registered(VirtualPort(simulation.port, board, str(state))))
            if live is not None:
                live.on_event(event)
            elif event.kind not in _QUIET:
                environment.tell(str(event))

        simulation = Simulation(
            state, board, script, link, speed, bits=bits, heap_bytes=heap_bytes, start=start, on_event=on_event
        )
        if live is not None:
            code = live.run(simulation, f"clapmark sim --board {board}")
            if live.death:
                environment.tell(live.death)
            environment.tell(f"Switched off. Bookmarks and settings stay in {state}; `clapmark sim` continues there.")
        else:
            if script is None and not headless:
                threading.Thread(target=_take_actions, args=(simulation, environment), daemon=True).start()
            code = simulation.run()
    if code:
        raise click.exceptions.Exit(code)


def _own_folder(board: str) -> Path:
    return Path(platformdirs.user_data_dir("clapmark")) / "virtual-devices" / board


def _live_terminal(environment: Environment) -> "LiveTerminal | None":
    from clapmark.sim.terminal.live import LiveTerminal, is_live_terminal  # noqa: PLC0415  # a script needs no readline

    return LiveTerminal() if is_live_terminal(environment.variables.get("TERM", "")) else None


def _start(text: str) -> datetime:
    try:
        return parse_start(text)
    except ValueError as error:
        raise UsageError(f"--start: {error}.") from error


def _take_actions(simulation: Simulation, environment: Environment) -> None:
    for line in _typed_lines(environment):
        if line.split():
            try:
                simulation.post(parse_action(line.split()))
            except ValueError as error:
                environment.tell(f"{error}.")


def _typed_lines(environment: Environment) -> Iterator[str]:
    """Yield the lines of stdin. Ctrl-D ends a file or pipe, but not a terminal, where more lines may follow."""
    ends = 0
    while ends < _MOST_ENDS:
        line = sys.stdin.readline()
        if line:
            ends = 0
            yield line
        elif not sys.stdin.isatty():
            return
        else:
            ends += 1
            environment.tell("Ctrl-D does nothing here: Ctrl-C, or the action `end`, ends the device.")
            time.sleep(_END_PAUSE_S)
