"""A terminal of a given size around a program, with a screen that a test can read."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable

import pyte


class PtyTerminal:
    """Runs `command` in a terminal (pyte's). A context manager; the program is killed at its end if it still runs."""

    def __init__(self, command: list[str], environment: dict[str, str], columns: int = 80, rows: int = 24) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = b""
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.modes = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )
        self._slave = slave

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self._slave)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read(self, seconds: float) -> None:
        """Take what the program writes for a while, and answer as a terminal without graphics does."""
        end = time.monotonic() + seconds
        while (left_s := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left_s)[0]:
                return
            data = os.read(self.master, 65536)
            self.sent += data
            if b"\x1b[c" in data:
                self.type("\x1b[?62;c")
            self._stream.feed(data)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "\n".join(self.screen.display)
            self.read(0.1)

    def wait_for_text(self, text: str) -> None:
        self.wait_for(lambda: any(text in line for line in self.screen.display))

    def wait_for_end(self, seconds: float = 30) -> int:
        self.wait_for(lambda: self.process.poll() is not None, seconds)
        return self.process.wait()

    def modes_now(self) -> list:
        return termios.tcgetattr(self._slave)

    def blocks(self) -> int:
        """Return how many characters of the screen are parts of a picture."""
        return sum(line.count(letter) for line in self.screen.display for letter in "▀▄█▌▐▘▝▖▗▞▚▛▜▙▟")
