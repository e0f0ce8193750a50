"""The cable between laptop and device: a pseudo-terminal, plugged in or not."""

import errno
import os
import select
import tty
from enum import Enum, auto
from pathlib import Path

from clapmark.base.errors import ConflictError

_PIECE_BYTES = 4096
_KEPT_BYTES = 65536  # what the laptop's driver keeps for a slow reader


class LineChange(Enum):
    """What the laptop did with its end of the line."""

    OPENED = auto()
    CLOSED = auto()


class SerialLine:
    """A raw pty whose laptop side is `port`, perhaps with a symlink to it.

    Unplugged, what the laptop writes vanishes and nothing comes back, as with a cable that ends nowhere. The pty knows
    whether anybody holds the laptop side open: then the master does not hang up. A laptop that closes and opens it
    between two calls of `tend` is not seen to have done so.
    """

    def __init__(self, link: Path | None) -> None:
        self.link = link
        self.plugged = False
        self.is_open = False
        self._to_laptop = bytearray()
        if link is not None and (link.exists() or link.is_symlink()) and not _is_stale_port(link):
            raise ConflictError(
                f"{link} exists and is not a port of a virtual device; it was left as it is. Choose another --link."
            )
        self._master, slave = os.openpty()
        self.port = os.ttyname(slave)
        tty.setraw(slave)
        os.close(slave)  # a laptop's connection is visible only while no other process has it open
        os.set_blocking(self._master, False)
        if link is not None:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(self.port)

    def close(self) -> None:
        """Take the port away, and the symlink if it is still this line's."""
        os.close(self._master)
        if self.link is not None and self.link.is_symlink() and str(self.link.readlink()) == self.port:
            self.link.unlink()

    def fileno(self) -> int:
        """Return the descriptor to wait on; wait only while the line is open, it is always ready otherwise."""
        return self._master

    def wants_to_write(self) -> bool:
        """Return whether bytes wait for a laptop that reads slowly."""
        return bool(self._to_laptop)

    def tend(self) -> tuple[list[LineChange], bytes]:
        """Move what can be moved; return what the laptop did, in order, and what it wrote to a plugged device."""
        changes = []
        data = b""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        while events := poll.poll(0):
            flags = events[0][1]
            if not flags & select.POLLIN:
                break
            if not self.is_open:
                self.is_open = True
                changes.append(LineChange.OPENED)
            piece = self._read()
            if not piece:
                break
            data += piece
        hung_up = any(flags & select.POLLHUP for _, flags in poll.poll(0))
        if self.is_open == hung_up:
            self.is_open = not hung_up
            changes.append(LineChange.CLOSED if hung_up else LineChange.OPENED)
        if hung_up:
            self._to_laptop.clear()
        self._write()
        return changes, data if self.plugged else b""

    def send(self, data: bytes) -> None:
        """Take what the device wrote; without a laptop at the other end it is lost."""
        if self.plugged and self.is_open:
            self._to_laptop += data
            del self._to_laptop[:-_KEPT_BYTES]
            self._write()

    def _read(self) -> bytes:
        try:
            return os.read(self._master, _PIECE_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EIO:  # the laptop closed its side
                return b""
            raise

    def _write(self) -> None:
        while self._to_laptop:
            try:
                done = os.write(self._master, self._to_laptop[:_PIECE_BYTES])
            except BlockingIOError:
                return
            del self._to_laptop[:done]


def _is_stale_port(link: Path) -> bool:
    return link.is_symlink() and str(link.readlink()).startswith("/dev/pts/")
