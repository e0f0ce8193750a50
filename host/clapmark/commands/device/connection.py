"""Finding the device and showing progress, for the commands that talk to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clapmark.base.environment import Environment
from clapmark.base.errors import NoDeviceError, UsageError
from clapmark.base.words import counted
from clapmark.link.client import LinkClient, SerialTransport, find_ports
from clapmark.link.hello import update_hint
from clapmark.link.virtual_ports import find_virtual_ports


def chosen_port(environment: Environment, port: str | None, *, is_real: bool = False) -> str:
    """Return `port`, or the only one that looks like a board, or else that of the only running `clapmark sim`.

    A board comes first: who has one plugged in means that. `is_real` accepts only boards. What was chosen among
    virtual devices is reported. Raises NoDeviceError if there is none, UsageError if there are several.
    """
    if port is not None:
        return port
    found = find_ports()
    virtual = [] if is_real else find_virtual_ports()
    if len(found) > 1:
        raise UsageError(f"Several boards are plugged in; say which with --port: {', '.join(found)}.")
    if found:
        if virtual:
            others = ", ".join(each.name for each in virtual)
            environment.tell(f"Using the board at {found[0]}. `clapmark sim` runs too: --port {others}.")
        return found[0]
    if len(virtual) > 1:
        listed = ", ".join(f"{each.name} ({each.board}, {each.state})" for each in virtual)
        raise UsageError(f"Several virtual devices run; say which with --port: {listed}.")
    if virtual:
        environment.tell(f"Using the virtual device of `clapmark sim` at {virtual[0].name} ({virtual[0].state}).")
        return virtual[0].name
    raise NoDeviceError(
        "No device is plugged in. Connect it with a cable that carries data; if it has an unusual adapter, name its "
        "port with --port. Without a device, `clapmark sim` in another terminal runs a virtual one."
    )


@contextmanager
def connected(environment: Environment, port: str | None) -> Iterator[LinkClient]:
    """Open the device at `port` (see `chosen_port`); a noisy line and an older version are reported afterwards."""

    def say_starting() -> None:
        environment.tell("The device is starting; this takes some seconds ...")

    with LinkClient(SerialTransport(chosen_port(environment, port)), say_starting) as client:
        yield client
        if client.greeting and (hint := update_hint(client.greeting)):
            environment.tell(hint)
        if client.retries:
            environment.tell(
                f"The line was noisy: {counted(client.retries, 'request')} had to be repeated. Nothing was lost."
            )


@contextmanager
def progress_bar(environment: Environment, what: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on a terminal; give the function that moves it, called with done and all."""
    from rich.console import Console  # only the commands that need it pay for it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(file=environment.stderr, force_terminal=environment.is_terminal)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
