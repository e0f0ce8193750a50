"""A hub as a user starts it: a process of its own, which can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.support.hub.client import HubClient

_START_S = 60


def free_port() -> int:
    """Return a port that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HubProcess(HubClient):
    """`clapmark hub serve` on a port of this machine."""

    def __init__(self, folder: Path, database: str, **variables: str) -> None:
        self.folder = folder
        self.database = database
        self.port = free_port()
        self.log = folder / "hub.log"
        settings = {"DATABASE": database, "PORT": str(self.port), "FRESH_S": "0.001", "PUSHES_A_MINUTE": "600000"}
        named = {name.upper(): value for name, value in variables.items()}
        self._variables = {**os.environ, **{f"CLAPMARK_HUB_{k}": v for k, v in (settings | named).items()}}
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        """Run an organiser's command and return its stdout."""
        command = [sys.executable, "-m", "clapmark", "hub", *words]
        done = subprocess.run(command, env=self._variables, cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self) -> "HubProcess":
        """Start the process and wait until it is ready."""
        self.launch()
        end = time.monotonic() + _START_S
        while not self.is_ready():
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        return self

    def launch(self) -> None:
        """Start the process; it may not be ready yet."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "clapmark", "hub", "serve"]
            self._process = subprocess.Popen(command, env=self._variables, cwd=self.folder, stdout=log, stderr=log)

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Return whether /readyz says so."""
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        """End the process with SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the process to stop; return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(60)
        self._process = None
        return code
