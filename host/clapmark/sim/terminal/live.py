"""A virtual device on a terminal: its live screen, single keys, and typed commands with a history."""

import codecs
import os
import readline
import select
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from clapmark.base.errors import ExitCode
from clapmark.sim.events import Event, EventKind
from clapmark.sim.script import ACTIONS, parse_action
from clapmark.sim.terminal.graphics import QUERY, Abilities, abilities, is_answered
from clapmark.sim.terminal.keys import KeyReader, press_of
from clapmark.sim.terminal.screen import Screen
from clapmark.sim.world import Simulation

_ANSWER_S = 0.5  # over a slow line; a terminal on the same machine answers at once
_LOOK_S = 0.1
_READ_BYTES = 4096
_PROMPT = ": "
_END_OF_FILE = "\x04"


def is_live_terminal(term: str) -> bool:
    """Whether stdin and stdout are a terminal that can place the cursor; `term` is TERM."""
    return sys.stdin.isatty() and sys.stdout.isatty() and term not in {"", "dumb"}


class LiveTerminal:
    """Runs a simulation in a thread and shows it on the terminal of this process until it ends or the person leaves.

    Give `on_event` to the simulation.
    """

    def __init__(self) -> None:
        self.death = ""  # why the device died, if it did
        self._early: list[Event] = []  # before there was a screen
        self._screen: Screen | None = None
        self._is_up = threading.Event()
        self._failure: Exception | None = None
        self._code = int(ExitCode.FAILED)
        self._keys = KeyReader()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def on_event(self, event: Event) -> None:
        """Take an event of the simulation; called from its thread."""
        if event.kind is EventKind.CRASHED:
            self.death = event.text
        if self._screen is None:
            self._early.append(event)
        else:
            self._screen.on_event(event)
        if event.kind is EventKind.PLUGGED:
            self._is_up.set()

    def run(self, simulation: Simulation, title: str) -> int:
        """Run the simulation to its end and return its exit code. Raises what `Simulation.run` raises."""
        thread = threading.Thread(target=self._run, args=(simulation,), daemon=True)
        thread.start()
        try:
            self._is_up.wait()
            if thread.is_alive():
                self._show(simulation, thread, f"{title}  {simulation.port}")
        finally:  # Ctrl-C too
            simulation.stop()
            thread.join()
        if self._failure is not None:
            raise self._failure
        return self._code

    def _run(self, simulation: Simulation) -> None:
        try:
            self._code = simulation.run()
        except Exception as error:  # noqa: BLE001  # raised again in the main thread
            self._failure = error
        finally:
            self._is_up.set()

    def _show(self, simulation: Simulation, thread: threading.Thread, title: str) -> None:
        descriptor = sys.stdin.fileno()
        screen = Screen(descriptor, simulation, title, _asked(descriptor))
        for event in self._early:
            screen.on_event(event)
        self._screen = screen
        readline.set_auto_history(True)
        readline.set_completer(_completion)
        readline.parse_and_bind("tab: complete")
        screen.start()
        try:
            with _suspendable(screen):
                while thread.is_alive() and self._take_keys(simulation, screen, descriptor):
                    pass
        finally:
            screen.stop()

    def _take_keys(self, simulation: Simulation, screen: Screen, descriptor: int) -> bool:
        """Act on the keys that come within a moment; return whether to go on."""
        if not select.select([descriptor], [], [], _LOOK_S)[0]:
            self._keys.end_of_input()
            return True
        data = os.read(descriptor, 1)  # what follows a colon is for readline
        if not data:
            return False  # the terminal is gone
        for key in self._keys.keys(self._decoder.decode(data)):
            if key == "q":
                return False
            self._act(simulation, screen, key)
        return True

    def _act(self, simulation: Simulation, screen: Screen, key: str) -> None:
        press = press_of(key)
        if press is not None:
            try:
                simulation.post(press)
            except ValueError as error:
                screen.tell(f"{error}.")
        elif key == "?" or screen.shows_help:
            screen.toggle_help()
        elif key in {":", "\r", "\n"}:
            self._type_commands(simulation, screen)
        elif key != _END_OF_FILE:
            screen.tell(f"The key {key!a} does nothing here; ? shows the keys.")

    @staticmethod
    def _type_commands(simulation: Simulation, screen: Screen) -> None:
        while line := screen.typed_line(_typed).strip():
            try:
                simulation.post(parse_action(line.split()))
            except ValueError as error:
                screen.tell(f"{error}.")
            if line == "end":
                return


def _typed() -> str:
    try:
        return input(_PROMPT)
    except EOFError:  # Ctrl-D: back to the keys
        return ""


def _completion(text: str, state: int) -> str | None:
    found = [action for action in ACTIONS if action.startswith(text)]
    return found[state] + " " if state < len(found) else None


def _asked(descriptor: int) -> Abilities:
    """Ask the terminal what it can draw."""
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    answer = ""
    end = time.monotonic() + _ANSWER_S
    try:
        os.write(descriptor, QUERY.encode("ascii"))
        while not is_answered(answer) and (left_s := end - time.monotonic()) > 0:
            if select.select([descriptor], [], [], left_s)[0]:
                answer += os.read(descriptor, _READ_BYTES).decode("latin-1")
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
    return abilities(answer)


@contextmanager
def _suspendable(screen: Screen) -> Iterator[None]:
    """Let Ctrl-Z stop the program with the terminal as it was before, and `fg` bring the screen back."""

    def stop(number: int, _frame: FrameType | None) -> None:
        screen.leave()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, stop)
        screen.enter()

    before = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
