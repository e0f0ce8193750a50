"""The command `clapmark`: find the subcommand, run it, turn errors into a sentence and an exit code."""

import contextlib
import importlib
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, TextIO

import click

from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, ExitCode
from clapmark.base.os_errors import os_error_sentence
from firmware.version import VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# name: one line of help. The first five are a normal day, in its order
NORMAL_DAY = {
    "init": "Make a folder your notes archive.",
    "schedule": "Load a conference's schedule, show it, put it on the device.",
    "sync": "Fetch the bookmarks from the device into the archive.",
    "notes": "Write the bookmarks into your posts.",
    "show": "Show a talk with its bookmarks.",
}
MORE = {
    "assign": "Assign a bookmark to a talk.",
    "align": "Align bookmarks with a recording.",
    "transcript": "Attach a transcript to a talk.",
    "export": "Write the bookmarks for other programs.",
    "devices": "List the serial ports and what answers on each.",
    "doctor": "Diagnose problems and suggest fixes.",
    "deploy": "Update the app on the device.",
    "flash": "Write MicroPython and the app to a board, or to a flash image.",
    "board": "Check a board.json with your own pins.",
    "settings": "List, read and change the device's settings.",
    "search": "Search talks, bookmarks, quotations and your own words.",
    "rescue": "Recover every readable record from a raw flash image.",
    "browse": "Browse the archive with a web browser.",
    "report": "Compare planned and actual time of every countdown.",
    "stage": "Show the countdown on the projector.",
    "timeline": "Draw each talk's bookmarks on a time line.",
    "share": "Share your marks with a conference's hub, and nothing else.",
    "crowd": "Show what the audience of a talk marked.",
    "hub": "Run a hub for what the crowd marked, or organise one.",
    "completion": "Print the script that completes commands in your shell.",
    "repl": "Exit to the MicroPython REPL.",
    "sim": "Run the virtual device.",
    "play": "Hold the device in a web browser.",
}

# which folder of clapmark.commands has the module NAME.py
_OF_DEVICE = frozenset(
    ("board", "deploy", "devices", "flash", "play", "repl", "rescue", "settings", "sim", "stage", "sync")
)
_OF_CROWD = frozenset(("crowd", "hub", "share"))
_OF_BOTH = frozenset(("completion", "doctor"))


def module_of(name: str) -> str:
    """Return the full name of the module that has the command `name`."""
    if name in _OF_BOTH:
        return f"clapmark.commands.{name}"
    if name in _OF_CROWD:
        return f"clapmark.commands.crowd.{name}"
    return f"clapmark.commands.{'device' if name in _OF_DEVICE else 'archive'}.{name}"


class Commands(click.Group):
    """The commands, each imported only when it is used, so that `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which the help shows them."""
        return [*NORMAL_DAY, *MORE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in NORMAL_DAY and cmd_name not in MORE:
            return None
        module = importlib.import_module(module_of(cmd_name))
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101  # nosec B101 # for the type checker
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Return the commands that begin so, for the shell, without importing them; or options."""
        from click.shell_completion import CompletionItem  # # only a shell that completes needs it

        commands = NORMAL_DAY | MORE
        names = [CompletionItem(name, help=text) for name, text in commands.items() if name.startswith(incomplete)]
        return names or click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands of a normal day first."""
        for title, commands in (("A normal day", NORMAL_DAY), ("More", MORE)):
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION.decode(), "--version", prog_name="clapmark")
@click.pass_context
def clapmark(ctx: click.Context) -> None:
    """Press a button, and this moment of this talk is in your notes.

    `clapmark COMMAND --help` shows examples. Data goes to stdout, messages to stderr.

    Exit codes: 0 fine, 1 failed, 2 usage, 3 no device, 4 damaged records reported, 5 conflict left for you,
    130 interrupted.
    """
    if ctx.obj is None:
        ctx.obj = Environment()


class TerminatedError(KeyboardInterrupt):
    """Another program asked this one to end; what cleans up after Ctrl-C also cleans up then."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def run(arguments: list[str], environment: Environment | None = None) -> int:
    """Run one command line and return its exit code; messages go to the environment's stderr."""
    environment = environment or Environment()
    try:
        return _run(arguments, environment)
    except OSError:  # stderr itself is full or gone: there is no way to report it
        return int(ExitCode.FAILED)


def _run(arguments: list[str], environment: Environment) -> int:
    try:
        result = clapmark.main(args=arguments, prog_name="clapmark", standalone_mode=False, obj=environment)
        environment.stdout.flush()
    except ClapmarkError as error:
        environment.tell(str(error))
        return int(error.exit_code)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        environment.tell(error.format_message())
        command = error.ctx.command_path if error.ctx else "clapmark"
        environment.tell(f"`{command} --help` shows how it is used.")
        return int(ExitCode.USAGE)
    except OSError as error:
        environment.tell(os_error_sentence(error))
        return int(ExitCode.FAILED)
    except (KeyboardInterrupt, click.Abort) as error:
        environment.tell("Interrupted. What was written before is complete; run the same command again to continue.")
        signalled = error.__cause__ if isinstance(error, click.Abort) else error  # click makes an Abort of it
        return signalled.exit_code if isinstance(signalled, TerminatedError) else int(ExitCode.INTERRUPTED)
    return int(result) if isinstance(result, int) else int(ExitCode.OK)


def main() -> None:
    """Run the command line of this process."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `clapmark show | head` ends quietly
    sys.excepthook = sys.__excepthook__  # from here on `run` makes sentences, not clapmark/__init__.py
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
            signal.signal(number, _terminate)
    for stream in (sys.stdout, sys.stderr):
        make_encodable(stream)
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    sys.exit(code)


def make_encodable(stream: TextIO, is_windows: bool = os.name == "nt") -> None:
    r"""Let `stream` write every character: one that its encoding lacks becomes an escape such as \u0141.

    What a Windows program writes into a file or pipe is UTF-8, unless PYTHONIOENCODING says otherwise: the code page of
    the console lacks most characters, and whoever reads JSON expects UTF-8.
    """
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return  # a test's stream
    if is_windows and not stream.isatty() and "PYTHONIOENCODING" not in os.environ:
        reconfigure(encoding="utf-8", errors="backslashreplace")
    else:
        reconfigure(errors="backslashreplace")


def _terminate(number: int, _frame: FrameType | None) -> None:
    raise TerminatedError(number)


def _flush(stream: TextIO) -> None:
    """Write what the stream still holds; if that fails, Python must not try again and complain when it ends."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
