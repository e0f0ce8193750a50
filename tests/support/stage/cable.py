"""A cable to a virtual device that can be pulled: a second pty, and a thread that carries the bytes.

A device on the bench has a pty that stays; a real adapter's port disappears with its cable, and so does this one.
"""

import contextlib
import os
import select
import threading
import time
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
        self.tapped = bytearray()  # what the device sends while the cable is pulled
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

    @contextlib.contextmanager
    def tap(self):
        """Talk with the device while the cable is pulled; give a transport for `LinkClient`."""
        yield _Tap(self, self._device)

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
                        if end == self._device and self._master < 0:
                            self.tapped += data
                        target = self._master if end == self._device else self._device
                        if target >= 0:
                            os.write(target, data)


class _Tap:
    """The device's end of a pulled cable, as a transport."""

    name = "the device's end of the cable"

    def __init__(self, cable: Cable, device: int) -> None:
        self._cable = cable
        self._device = device

    def read(self, timeout_s: float) -> bytes:
        end = time.monotonic() + timeout_s
        while not self._cable.tapped and time.monotonic() < end:
            time.sleep(0.001)
        with self._cable._lock:
            data = bytes(self._cable.tapped)
            self._cable.tapped.clear()
        return data

    def write(self, data: bytes) -> None:
        os.write(self._device, data)

    def close(self) -> None:
        pass
