"""The whole path: real firmware on real MicroPython, a real pty, real files, the commands as a user types them."""

import io
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clapmark import cli
from clapmark.base.environment import Environment
from clapmark.sim import Event, EventKind, Script, Simulation, parse_script


@dataclass
class Answer:
    """What one command line did."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Laptop:
    """Types commands in the folder of one archive."""

    archive: Path
    variables: dict[str, str] = field(default_factory=dict)

    def type(self, *words: str) -> Answer:
        environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables=self.variables)
        code = cli.run([str(word) for word in words], environment)
        return Answer(code, environment.stdout.getvalue(), environment.stderr.getvalue())

    def type_here(self, *words: str) -> Answer:
        return self.type(*words, "--archive", self.archive)


class Device:
    """A virtual device that runs in a thread; `port` is its serial port, `clock` the file with its wall clock."""

    def __init__(self, home: Path, script: Script | None = None, board: str = "sim") -> None:
        self.port = home / "port"
        self.state = home / "device"
        self.clock = self.state / "clock"
        self.events: list[Event] = []
        self.simulation = Simulation(self.state, board, script, self.port, on_event=self._on_event)
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self.simulation.run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self.wait_for(EventKind.BOOTED)
        return self

    def __exit__(self, *_):
        self.simulation.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def wait_for(self, kind: EventKind, count: int = 1, timeout_s: float = 60) -> None:
        end = time.monotonic() + timeout_s
        with self._condition:
            while sum(event.kind == kind for event in self.events) < count:
                left_s = end - time.monotonic()
                assert left_s > 0, f"no {kind} within {timeout_s} s: {[str(event) for event in self.events[-20:]]}"
                self._condition.wait(left_s)

    def _on_event(self, event: Event) -> None:
        with self._condition:
            self.events.append(event)
            self._condition.notify_all()


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file below `folder`, but for derived ones, with its bytes and the time of its last change."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".clapmark" not in path.parts)
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path / "archive")
    assert laptop.type("init", laptop.archive).code == 0
    return laptop


@pytest.fixture
def device(tmp_path):
    with Device(tmp_path) as device:
        yield device


@pytest.fixture
def played(tmp_path):
    """Return a function that plays a script to a `plug`, and a device that waits there."""
    devices = []

    def play(text: str, **arguments) -> Device:
        device = Device(tmp_path, parse_script(text), **arguments)
        devices.append(device.__enter__())
        device.wait_for(EventKind.PLUGGED)
        return device

    yield play
    for device in devices:
        device.__exit__()
