"""Talks to a device. Written from docs/link.md and docs/journal.md alone; imports nothing of Clapmark."""

import base64
import os
import random
import select
import termios
import time
import tty
import zlib

from tests.support.second_lines import body_of, checked, crc32, fields_of

ANSWER_S = 1.5
ATTEMPTS = 8


class RefusedError(Exception):
    """The device answered `error`."""


class Client:
    """One conversation. `junk` counts lines that belonged to nothing."""

    def __init__(self, port: str) -> None:
        self._port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port)
        attributes = termios.tcgetattr(self._port)
        attributes[4] = attributes[5] = termios.B115200
        termios.tcsetattr(self._port, termios.TCSANOW, attributes)
        self._ident = random.randrange(1000)
        self._pending = b""
        self.junk = 0

    def close(self) -> None:
        if self._port >= 0:
            os.close(self._port)
        self._port = -1

    def hello(self) -> dict[str, bytes]:
        """Return what the device says of itself; it may be starting just now."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            ident = self._send(b"hello", {"protocol": 1})
            answer = self._answer(ident, b"hello", 0.5)
            if answer is not None:
                assert answer["protocol"] == b"1"
                return answer
        raise TimeoutError("no device")

    def ask(self, verb: bytes, most_bytes: int = 200, **values: object) -> dict[str, bytes]:
        """Send a request until it is answered; return the fields of the answer."""
        for _ in range(ATTEMPTS):
            answer = self._answer(self._send(verb, values, most_bytes), verb, ANSWER_S)
            if answer is not None:
                return answer
        raise TimeoutError(verb)

    def push(self, data: bytes) -> None:
        """Put a schedule on the device, in compressed blocks, as the page says."""
        whole = {"size": len(data), "crc": f"{crc32(data):08X}"}
        begun = self.ask(b"schedule", do="begin", **whole)
        most, line = int(begun["packed"]), int(begun["line"])
        offset = int(begun["offset"])
        while offset < len(data):
            length = 1000
            packer = zlib.compressobj(wbits=-10)
            block = packer.compress(data[offset : offset + length]) + packer.flush()
            assert len(block) <= most
            at = 0
            while at < len(block):
                part = block[at : at + (line - 90) // 4 * 3]
                values = {"do": "pack", "offset": offset, "at": at, "data": base64.b64encode(part).decode()}
                if at + len(part) == len(block):
                    values["length"] = min(length, len(data) - offset)
                answer = self.ask(b"schedule", most_bytes=line, **values)
                if int(answer["offset"]) != offset:
                    break
                at = int(answer["at"])
            offset = int(answer["offset"])
        self.ask(b"schedule", do="end", **whole)

    def fetch(self, from_seq: int, page_bytes: int = 16384):
        """Yield every record (seq, line) and every damaged place (None, (sector, offset, bytes)) from a SEQ on."""
        places = set()
        fruitless = 0
        while True:
            items, from_next, done = self._page(from_seq, page_bytes)
            fruitless = 0 if from_next > from_seq else fruitless + 1
            if fruitless == ATTEMPTS:
                raise TimeoutError("get")
            for seq, item in items:
                if seq is None:
                    if item[:2] in places:
                        continue
                    places.add(item[:2])
                yield seq, item
            from_seq = from_next
            if done:
                return

    def _page(self, from_seq: int, page_bytes: int):
        ident = self._send(b"get", {"from": from_seq, "bytes": page_bytes})
        if self._answer(ident, b"get", ANSWER_S) is None:
            return [], from_seq, False
        items = []  # None stands for junk
        parts = b""
        while (line := self._line(time.monotonic() + ANSWER_S)) is not None:
            verb, values = self._frame(line, ident)
            if verb == b"damaged":
                place = int(values["sector"]), int(values["offset"])
                parts = values["data"] if values["part"] == b"0" else parts + values["data"]
                if len(parts) == int(values["length"]):
                    items.append((None, (*place, parts)))
            elif verb == b"end":
                found = [item for item in items if item]
                if len(found) == int(values["items"]):
                    return found, int(values["next"]), values["done"] == b"1"
                break
            elif verb == b"error":
                raise RefusedError(values)
            else:
                body = body_of(line) or b""
                seq = int(body.split(b" ")[0]) if body[:1].isdigit() else 0
                newest = max((item[0] for item in items if item and item[0]), default=from_seq - 1)
                items.append((seq, line) if seq > newest else None)
        certain = []
        for item in items:
            if item is None or item[0] != from_seq:
                break
            certain.append(item)
            from_seq += 1
        return certain, from_seq, False

    def _send(self, verb: bytes, values: dict[str, object], most_bytes: int = 200) -> int:
        self._ident = (self._ident + 1) % 1000
        words = [b"?%d" % self._ident, verb, *(f"{key}={value}".encode() for key, value in values.items())]
        line = checked(b" ".join(words))
        assert len(line) <= most_bytes
        os.write(self._port, b"\n" + line)
        return self._ident

    def _answer(self, ident: int, verb: bytes, timeout_s: float) -> dict[str, bytes] | None:
        end = time.monotonic() + timeout_s
        while (line := self._line(end)) is not None:
            found, values = self._frame(line, ident)
            if found == b"error":
                raise RefusedError(values)
            if found == verb:
                return values
            self.junk += 1
        return None

    def _frame(self, line: bytes, ident: int) -> tuple[bytes, dict[str, bytes]]:
        words = (body_of(line) or b"").split(b" ")
        if words[0] != b"!%d" % ident:
            return b"", {}
        return words[1], fields_of(words[2:])

    def _line(self, end: float) -> bytes | None:
        while b"\n" not in self._pending:
            if not select.select([self._port], [], [], max(0, end - time.monotonic()))[0]:
                return None
            self._pending += os.read(self._port, 4096).replace(b"\r", b"\n")
        line, _, self._pending = self._pending.partition(b"\n")
        return line + b"\n" if line else self._line(end)
