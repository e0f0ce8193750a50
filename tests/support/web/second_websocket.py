"""A WebSocket client. Written from RFC 6455 alone; imports nothing of Clapmark and no library for it."""

import base64
import hashlib
import os
import socket
import struct

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class HandshakeError(Exception):
    """The server refused; `status` is that of its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class WebSocketClient:
    """One connection. A context manager."""

    def __init__(self, port: int, path: str, *, host: str | None = None, origin: str | None = "own") -> None:
        own = f"127.0.0.1:{port}"
        key = base64.b64encode(os.urandom(16))
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host or own}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        if origin:
            lines.append(f"Origin: {f'http://{own}' if origin == 'own' else origin}")
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._pending = b""
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._pending:
            self._pending += self._receive()
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        status, *headers = head.split(b"\r\n")
        if status.split()[1] != b"101":
            self._socket.close()
            raise HandshakeError(int(status.split()[1]))
        found = dict(line.lower().split(b": ", 1) for line in headers)
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        assert found[b"sec-websocket-accept"] == accept.lower()

    def __enter__(self) -> "WebSocketClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes, opcode: int = BINARY) -> None:
        """Send a message of one masked frame."""
        mask = os.urandom(4)
        size = len(data)
        head = bytes([0x80 | opcode])
        head += bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
        self._socket.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def receive(self) -> tuple[int, bytes]:
        """Return the next message: its opcode and data. Pings are answered."""
        whole, kind = b"", 0
        while True:
            first, second = self._exactly(2)
            size = second & 0x7F
            assert not second & 0x80, "a server's frames are not masked"
            if size == 126:
                (size,) = struct.unpack(">H", self._exactly(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._exactly(8))
            data = self._exactly(size)
            opcode = first & 0x0F
            if opcode == PING:
                self.send(data, PONG)
            elif opcode >= CLOSE:
                return opcode, data
            else:
                kind, whole = opcode or kind, whole + data
                if first & 0x80:
                    return kind, whole

    def close(self) -> None:
        """Send a close frame and wait for that of the server, which comes after all that it sent before."""
        self.send(struct.pack(">H", 1000), CLOSE)
        while self.receive()[0] != CLOSE:
            pass
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        while len(self._pending) < size:
            self._pending += self._receive()
        data, self._pending = self._pending[:size], self._pending[size:]
        return data

    def _receive(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection without a close frame")
        return data
