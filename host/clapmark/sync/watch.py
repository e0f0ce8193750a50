"""Waiting for devices that come and go: each is synced once whenever it is plugged in."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.base.os_errors import os_error_sentence
from clapmark.link.serial_port import LinkLostError, find_ports
from clapmark.link.virtual_ports import find_virtual_ports

LOOK_S = 0.5  # between two looks at the ports
MAX_ATTEMPTS = 5  # with a port where something else than our device seems to be: opening it may reset somebody's board
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0

Identity = tuple[int, ...]


@dataclass
class _Plugged:
    """A port that is there, and how far the sync with the device behind it has come."""

    identity: Identity
    attempts: int = 0
    next_s: float = 0.0
    is_done: bool = False
    reported: str = ""


class Watch:
    """Looks at the ports and syncs with what appears there.

    `attempt(port)` syncs, and raises ClapmarkError or OSError if it could not; it is then tried again, after a pause
    that grows. `tell(sentence)` tells the person.
    """

    def __init__(self, port: str | None, attempt: Callable[[str], None], tell: Callable[[str], None]) -> None:
        """`port` is the only one to look at, which need not be there yet; None: all that look like a board."""
        self._port = port
        self._attempt = attempt
        self._tell = tell
        self._plugged: dict[str, _Plugged] = {}

    def run(self) -> NoReturn:
        """Check the ports until Ctrl-C."""
        while True:
            self.look(time.monotonic())
            time.sleep(LOOK_S)

    def look(self, now_s: float) -> None:
        """Check the ports once; sync with new devices and with those whose next attempt is due."""
        present = self._present()
        for port in list(self._plugged):
            if present.get(port) != self._plugged[port].identity:
                del self._plugged[port]
                if port not in present:
                    self._tell(f"{port} is gone. Waiting for the next device.")
        for port, identity in present.items():
            plugged = self._plugged.setdefault(port, _Plugged(identity))
            if not plugged.is_done and plugged.next_s <= now_s:
                self._try(port, plugged, now_s)

    def _try(self, port: str, plugged: _Plugged, now_s: float) -> None:
        plugged.attempts += 1
        try:
            self._attempt(port)
        except (ClapmarkError, OSError) as error:
            is_no_device = isinstance(error, NoDeviceError) and not isinstance(error, LinkLostError)
            plugged.is_done = is_no_device and plugged.attempts >= MAX_ATTEMPTS
            plugged.next_s = now_s + pause_s(plugged.attempts)
            said = os_error_sentence(error) if isinstance(error, OSError) else str(error)
            if said != plugged.reported:
                plugged.reported = said
                self._tell(said)
            if plugged.is_done:
                self._tell(f"Ignoring {port} until it is reconnected.")
        else:
            plugged.is_done = True

    def _present(self) -> dict[str, Identity]:
        ports = _all_ports() if self._port is None else [self._port]
        found = {port: _identity(Path(port)) for port in ports}
        return {port: identity for port, identity in found.items() if identity is not None}


def _all_ports() -> list[str]:
    return find_ports() + [port.name for port in find_virtual_ports()]


def pause_s(attempts: int) -> float:
    """Return how long to wait after so many failures in a row, in seconds."""
    return min(_FIRST_PAUSE_S * 2.0 ** (attempts - 1), _LONGEST_PAUSE_S)


def _identity(port: Path) -> Identity | None:
    """Return what tells a port from one of the same name that is plugged in later, or None where there is none.

    A device file is created again each time; its times do not change while it is used, but for those of reading and
    writing. On Windows ports are not files: there one that is listed is there.
    """
    if port.name.upper().startswith("COM") and not port.parent.name:
        return ()
    try:
        link, device = port.lstat(), port.stat()
    except OSError:
        return None
    return link.st_ino, link.st_ctime_ns, device.st_ino, device.st_rdev, device.st_ctime_ns
