"""A line in virtual time, with a function at its other end that answers: nobody waits for a real second."""

import re
from collections.abc import Callable

from clapmark.link import client, frame_reader
from clapmark.link.client import LinkClient
from firmware.core.lines.fields import fields

_MOST_READS = 10_000  # no test needs as many
_START_S = 4096.0  # a power of two: halves of seconds stay exact
_REQUEST = re.compile(rb"\n\?(\d+) (\S+)([^\n]*) \*[0-9A-F]{8}\n")


def at(second: float) -> float:
    """Return what `VirtualLine.monotonic` returns at that second, for a deadline."""
    return _START_S + second


class Request:
    """A request as it was sent: the second (from 0), its number from 1, its frame's `ident`, its verb and fields."""

    def __init__(self, at_s: float, number: int, ident: int, verb: bytes, values: dict[str, bytes]) -> None:
        self.at_s = at_s
        self.number = number
        self.ident = ident
        self.verb = verb
        self.values = values


class VirtualLine:
    """A transport and its clock. `answer(request)` returns what comes back, or several (seconds until then, bytes).

    `now_s` starts at 0 and passes only while the laptop reads; `requests` has what was sent.
    """

    name = "line"

    def __init__(self, answer: Callable[[Request], bytes | list[tuple[float, bytes]]] = lambda _: b"") -> None:
        self.answer = answer
        self.now_s = 0.0
        self.requests: list[Request] = []
        self.other_bytes = b""  # that were written outside of requests
        self.answer_others: Callable[[bytes], bytes] = lambda _: b""
        self.is_closed = False
        self._reads = 0
        self._arriving: list[tuple[float, bytes]] = []

    def monotonic(self) -> float:
        """Return the clock, as `time.monotonic` does: not from 0."""
        return _START_S + self.now_s

    def arrive(self, after_s: float, data: bytes) -> None:
        """Let `data` arrive so many seconds from now."""
        if data:
            self._arriving.append((self.now_s + after_s, data))
            self._arriving.sort(key=lambda one: one[0])

    def write(self, data: bytes) -> None:
        """Take a request, and have it answered."""
        found = _REQUEST.fullmatch(data)
        if found is None:
            self.other_bytes += data
            self.arrive(0, self.answer_others(data))
            return
        values = fields(found[3].split())
        request = Request(self.now_s, len(self.requests) + 1, int(found[1]), found[2], values)
        self.requests.append(request)
        answer = self.answer(request)
        for after_s, piece in [(0.0, answer)] if isinstance(answer, bytes) else answer:
            self.arrive(after_s, piece)

    def read(self, timeout_s: float) -> bytes:
        """Return what arrives next, or b"" after `timeout_s`."""
        self._reads += 1
        assert self._reads < _MOST_READS, "the laptop never stops reading"
        end_s = self.now_s + max(0.0, timeout_s)
        if not self._arriving or self._arriving[0][0] > end_s:
            self.now_s = end_s
            return b""
        at_s, data = self._arriving.pop(0)
        self.now_s = max(self.now_s, at_s)
        return data

    def close(self) -> None:
        """Close the line."""
        self.is_closed = True


def laptop_at(line: VirtualLine, monkeypatch) -> LinkClient:
    """Return a client at the line, whose clock is the line's."""
    monkeypatch.setattr(client, "time", line)
    monkeypatch.setattr(frame_reader, "time", line)
    return LinkClient(line)
