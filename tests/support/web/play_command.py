"""A `clapmark play` as a process."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

START_S = 90


class Play:
    """`clapmark play --no-open` at a free port. A context manager; `told` is what it wrote to stderr so far."""

    def __init__(self, folder: Path, *options: str, state_home: Path) -> None:
        self._output = folder / "play.txt"
        self._command = [sys.executable, "-m", "clapmark", "play", "--no-open", *options]
        self._environment = os.environ | {"XDG_STATE_HOME": str(state_home)}

    def __enter__(self) -> "Play":
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(self._command, stderr=output, env=self._environment)
        end = time.monotonic() + START_S
        while not (address := re.search(r"http://127\.0\.0\.1:(\d+)/", self.told())):
            assert self._process.poll() is None and time.monotonic() < end, self.told()
            time.sleep(0.05)
        self.port = int(address[1])
        self.address = f"http://127.0.0.1:{self.port}/"
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < end, self.told()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self.code = self._process.wait(30)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address, timeout=START_S):
                return True
        except OSError:
            return False

    def told(self) -> str:
        return self._output.read_text(encoding="utf-8")
