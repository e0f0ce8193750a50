"""The way out of the device's UART: text and bytes come through two sockets into one queue, in the order of writing.

The ESP32 turns LF into CRLF in what goes through `sys.stdout` (print, tracebacks), and not in `sys.stdout.buffer`. The
unix port does neither, so the world must know which of the two it reads.
"""

import socket

_PIECE_BYTES = 1 << 16


class SerialOut:
    """The device's process inherits `text` and `raw` as descriptors; call `started` when it has them."""

    def __init__(self) -> None:
        self._queue = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._queue.bind("")  # Linux chooses an abstract address
        self._queue.setblocking(False)
        self._text = self._writer()
        self._raw = self._writer()
        self._text_address = self._text.getsockname()
        self.text = self._text.fileno()
        self.raw = self._raw.fileno()

    def started(self) -> None:
        """Close this process's copies of the writing ends."""
        self._text.close()
        self._raw.close()

    def close(self) -> None:
        """Take the line away."""
        self._queue.close()

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._queue.fileno()

    def read(self) -> bytes:
        """Return the next piece that the device wrote, as it goes over the wire; b"" if there is none."""
        try:
            data, address = self._queue.recvfrom(_PIECE_BYTES)
        except BlockingIOError:
            return b""
        return data.replace(b"\n", b"\r\n") if address == self._text_address else data

    def _writer(self) -> socket.socket:
        writer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        writer.bind("")
        writer.connect(self._queue.getsockname())
        return writer
