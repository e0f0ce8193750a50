"""A cable to a virtual device that can be pulled: a second pty, and a thread that carries the bytes.

A device on the bench has a pty that stays; a real adapter's port disappears with its cable, and so does this one.
"""

import contextlib
import os
import select
import threading
import tty
from pathlib import Path


class Cable:
    """Carries bytes between the port `device` and the port `laptop`, a symlink that exists while it is plugged in."""

    def __init__(self, device: Path, laptop: Path) -> None:
        self.laptop = laptop
        self._device = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._device)
        self._master = -1
        self._lock = threading.Lock()
        self._is_ended = False
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self.plug()
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_ended = True
        self._thread.join(5)
        self.pull()
        os.close(self._device)

    def plug(self) -> None:
        """Plug it in: the port appears."""
        master, slave = os.openpty()
        tty.setraw(slave)
        self.laptop.symlink_to(os.ttyname(slave))
        self._slave = slave
        with self._lock:
            self._master = master

    def pull(self) -> None:
        """Pull it: the port is gone, and whoever had it open gets an error."""
        with self._lock:
            if self._master < 0:
                return
            self.laptop.unlink(missing_ok=True)
            os.close(self._master)
            os.close(self._slave)
            self._master = -1

    def _carry(self) -> None:
        while not self._is_ended:
            with self._lock:
                master = self._master
            ends = [self._device] + ([master] if master >= 0 else [])
            with contextlib.suppress(OSError, ValueError):
                ready = select.select(ends, (), (), 0.05)[0]
                for end in ready:
                    data = os.read(end, 4096)
                    with self._lock:
                        target = self._master if end == self._device else self._device
                        if target >= 0:
                            os.write(target, data)
