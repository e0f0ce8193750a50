"""`clapmark sync --watch` in a terminal of its own: what it says there, and what it gives on stdout."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest

WAIT_S = 60


class Watching:
    """The command in a pty: what it says on the terminal, and what it gives on stdout."""

    def __init__(self, archive, port, *words, variables=None):
        self.master, slave = pty.openpty()
        command = [sys.executable, "-m", "clapmark", "sync", "--watch", "--port", port, "--archive", archive, *words]
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", **(variables or {})},
            start_new_session=True,
        )
        os.close(slave)
        self.said = ""

    def wait_for(self, pattern: str, count: int = 1) -> None:
        """Wait until the terminal has shown `pattern` so often."""
        end = time.monotonic() + WAIT_S
        while len(re.findall(pattern, self.said)) < count:
            left_s = end - time.monotonic()
            assert left_s > 0, f"no {pattern!r} in {self.said!r}"
            if select.select([self.master], [], [], left_s)[0]:
                try:
                    self.said += os.read(self.master, 65536).decode()
                except OSError:
                    pytest.fail(f"it ended, {self.process.wait()}: {self.said}")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and stdout."""
        self.process.send_signal(signal.SIGINT)
        out = self.process.communicate(timeout=WAIT_S)[0].decode()
        return self.process.returncode, out

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        os.close(self.master)
