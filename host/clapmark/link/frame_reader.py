"""Finds frames and records in what arrives from the device, between boot messages, echo and noise."""

import re
import time
from collections.abc import Container
from dataclasses import dataclass, field

from clapmark.archive import record
from clapmark.link import frame
from clapmark.link.answer import Answer
from clapmark.link.serial_port import Transport
from firmware.core.lines.fields import LineError
from firmware.core.lines.sector import MAX_SEQ

_MOST_PENDING_BYTES = 4096  # no line of ours is as long: more bytes without an LF are noise
_PROMPT = b">>> "
_BOOT_TEXT = b"rst:0x"  # the chip's ROM says so after each reset
_MOST_PAGE_BYTES = 262_144  # of records and damage in one answer; docs/link.md allows a request for 65,536
_RUN = re.compile(rb"([A-D])(\d{0,7})")


@dataclass(frozen=True)
class Line:
    """One record, byte for byte as in flash, LF included."""

    seq: int
    data: bytes


@dataclass(frozen=True)
class Damaged:
    """Bytes in flash that are no whole record, with their place: number of the sector, and offset in it."""

    sector: int
    offset: int
    data: bytes

    @property
    def place(self) -> tuple[int, int]:
        """The place, unique in the epoch."""
        return self.sector, self.offset


@dataclass
class Page:
    """The result of one `get`. If the line damaged part of it, only what is certain is here, and not `is_done`."""

    next_seq: int
    last_seq: int = 0
    items: list[Line | Damaged] = field(default_factory=list)
    is_whole: bool = False
    is_done: bool = False
    error: frame.Frame | None = None


class FrameReader:
    """Reads lines from a transport.

    `junk_bytes` and `junk_lines` count what belonged to no answer, `late_answers` the answers to a request that was
    repeated because they took so long.
    """

    def __init__(self, transport: Transport) -> None:
        self.late_answers = 0
        self.received_bytes = 0
        self.junk_bytes = 0
        self.junk_lines = 0
        self._transport = transport
        self._pending = bytearray()
        self._lines: list[bytes] = []
        self._saw_prompt = False
        self._saw_boot = False
        self._last_read_at = float("-inf")

    def forget_prompt(self) -> None:
        """Detect a prompt from now on."""
        self._saw_prompt = False

    def take_prompt(self) -> bool:
        """Return whether a MicroPython prompt was seen since the last call."""
        if _PROMPT in self._pending:  # followed by the request: a real prompt echoes it
            self._junk(bytes(self._pending))
            self._pending.clear()
        saw, self._saw_prompt = self._saw_prompt, False
        return saw

    def take_boot_text(self) -> bool:
        """Return whether the chip was seen to start since the last call."""
        saw, self._saw_boot = self._saw_boot, False
        return saw

    def read_answer(self, ident: int, verb: bytes, deadline: float, earlier: Container[int] = ()) -> frame.Frame | None:
        """Return the first frame of the answer to request `ident`, or None if none came before `deadline`.

        `earlier` are the numbers under which the same request was sent before.
        """
        while (line := self._next_line(deadline)) is not None:
            found = self._frame(line)
            if found is None:
                self._junk(line)
            elif found.ident == ident and found.verb in (verb, frame.ERROR):
                return found
            elif found.ident in earlier and found.verb in (verb, frame.ERROR):
                self.late_answers += 1
            if not self._lines and time.monotonic() >= deadline:
                return None
        return None

    def read_page(self, ident: int, from_seq: int, timeout_s: float) -> Page:
        """Return the records after the first frame of an answer to `get`; `timeout_s` is the longest silence.

        Noise is silence too: a board that only chatters must not hold the laptop.

        The last frame says how many items there were. If some are missing, only the records before the first
        noise, damage or missing number are taken: nothing can have been lost between those.
        """
        page = Page(from_seq)
        items: list[Line | Damaged] = []
        newest_seq = from_seq - 1  # a record that is not above it is an echo, and must not stand for a lost one
        certain = None  # how many of the items came before the first noise
        damage = _DamageParts()
        most_bytes = self.received_bytes + _MOST_PAGE_BYTES
        deadline = time.monotonic() + timeout_s
        while self.received_bytes < most_bytes and (line := self._next_line(deadline)) is not None:
            found = self._frame(line)
            if found is None:
                entry = _record(line)
                if entry is not None and entry.seq > newest_seq:
                    newest_seq = entry.seq
                    items.append(entry)
                    deadline = time.monotonic() + timeout_s
                    continue
                certain = len(items) if certain is None else certain
                self._junk(line)
                if not self._lines and time.monotonic() >= deadline:
                    break
            elif found.ident != ident:
                pass  # it answers an earlier request
            elif found.verb == b"damaged":
                deadline = time.monotonic() + timeout_s
                items += [item for item in damage.add(Answer(found.verb, found.words)) if item not in items]
            elif found.verb == frame.END:
                answer = Answer(found.verb, found.words)
                page.last_seq = answer.number("last", 0, MAX_SEQ)
                next_seq, is_done = answer.number("next", from_seq, MAX_SEQ), answer.number("done", 0, 1) == 1
                if answer.number("items") != len(items):
                    break
                page.items = items
                page.next_seq = next_seq
                page.is_whole = True
                page.is_done = is_done
                return page
            elif found.verb == frame.ERROR:
                page.error = found
                break
        for item in items[:certain]:
            if isinstance(item, Damaged) or item.seq != page.next_seq:
                break
            page.items.append(item)
            page.next_seq += 1
        return page

    def read_runs(self, ident: int, pixel_count: int, timeout_s: float) -> bytes | None:
        """Return the colour numbers after the first frame of an answer to `screen`, or None if some were lost."""
        pixels = bytearray()
        deadline = time.monotonic() + timeout_s
        while (line := self._next_line(deadline)) is not None:
            found = self._frame(line)
            if found is None:
                self._junk(line)
                if not self._lines and time.monotonic() >= deadline:
                    return None
            elif found.ident == ident and found.verb == b"runs":
                deadline = time.monotonic() + timeout_s
                answer = Answer(found.verb, found.words)
                if answer.number("at") == len(pixels):
                    for colour, length in _RUN.findall(answer.data("data")):
                        pixels += bytes((colour[0] - ord("A"),)) * min(int(length or 1), pixel_count + 1)
                if len(pixels) > pixel_count:
                    return None
            elif found.ident == ident and found.verb == frame.END:
                return bytes(pixels) if len(pixels) == pixel_count else None
        return None

    def _next_line(self, deadline: float) -> bytes | None:
        if not self._lines and self._last_read_at > deadline:
            return None  # the last look came after the deadline: a device that never falls silent ends here, too
        while not self._lines:
            self._last_read_at = time.monotonic()
            is_late = self._last_read_at >= deadline
            data = self._transport.read(deadline - time.monotonic())
            self.received_bytes += len(data)
            self._pending += data
            *lines, rest = self._pending.split(b"\n")
            self._pending = bytearray(rest)
            self._lines = [line.removesuffix(b"\r") + b"\n" for line in map(bytes, lines) if line not in (b"", b"\r")]
            self._lines.reverse()
            if len(self._pending) > _MOST_PENDING_BYTES:
                self._junk(bytes(self._pending))
                self._pending.clear()
            if is_late and not self._lines:
                return None
        return self._lines.pop()

    def _frame(self, line: bytes) -> frame.Frame | None:
        if not line.startswith(frame.ANSWER):
            return None
        try:
            found: frame.Frame = frame.parse(line, frame.ANSWER)
        except LineError:
            return None
        return found

    def _junk(self, line: bytes) -> None:
        self.junk_lines += 1
        self.junk_bytes += len(line)
        self._saw_prompt = self._saw_prompt or _PROMPT in line
        self._saw_boot = self._saw_boot or _BOOT_TEXT in line


class _DamageParts:
    """Puts damaged places together, which come in parts of up to 64 bytes."""

    def __init__(self) -> None:
        self._place: tuple[int, int] | None = None
        self._data = b""

    def add(self, answer: Answer) -> list[Line | Damaged]:
        """Take one part; return the place in a list once it is complete, else nothing."""
        place = (answer.number("sector"), answer.number("offset"))
        part, length = answer.number("part"), answer.number("length")
        if part == 0:
            self._place = place
            self._data = b""
        if place != self._place or part != len(self._data):
            return []
        self._data += answer.data("data")
        return [Damaged(*place, self._data)] if len(self._data) == length else []


def _record(line: bytes) -> Line | None:
    try:
        return Line(record.parse(line).seq, line)
    except (LineError, UnicodeError):
        return None
