"""Talks with the device: requests out, checked answers in. docs/link.md is the protocol.

Every request may be repeated without harm, so a lost or damaged one is simply sent again, a few times. All that is
not a frame (boot messages, echo, log lines) is skipped and counted.
"""

import math
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.link import frame, upload
from clapmark.link.answer import Answer, ProtocolError
from clapmark.link.frame_reader import Damaged, FrameReader, Line, Page
from clapmark.link.hello import Hello, parse_hello
from clapmark.link.refusal import DeviceRefusedError
from clapmark.link.serial_port import LinkLostError, SerialTransport, Transport, find_ports
from clapmark.link.watch import Watched, watched
from firmware.core.lines.sector import MAX_SEQ
from firmware.version import PROTOCOL

__all__ = [
    "Damaged", "DeviceRefusedError", "Hello", "Line", "LinkClient", "LinkLostError", "NoisyLinkError", "Picture",
    "ProtocolError", "SerialTransport", "Transport", "find_ports",
]  # fmt: skip

_HELLO_S = 5.0  # a board that resets when its port is opened needs 2.5 s
_MOST_STARTS = 3
_START_TIMES = 3  # a device that was seen to start is given so many times as long: 15 s
_HELLO_ANSWER_S = 0.5
_ANSWER_S = 1.5  # a flash erase stops the device for 0.15 s, a file system for several of them
_ATTEMPTS = 8
_SILENT_ATTEMPTS = 3  # without a single byte from the device
_PAGE_BYTES = 16384  # 1.4 s on the line
_VALUE_BYTES = 40  # escaped three bytes each at worst, which fits a request

# limits for a device that is not what it says: above what any of ours can need
_MOST_RECORDS = 700_000  # of the shortest kind fill 16 MB of flash
_MOST_NEW_RECORDS = 4_096  # that a device writes while it is read
_MOST_SHORT_PAGES = 64  # ours holds 16 KB of records unless it is the last one
_SHORT_PAGE_BYTES = 1_024
_MOST_SETTINGS_BYTES = 65_536
_MOST_SETTINGS_PARTS = 1_000
_MOST_SIDE_PIXELS = 1_024

Progress = Callable[[int, int], None]
_Values = Mapping[str, int | str | bytes]


class NoisyLinkError(ClapmarkError):
    """The line damages so much that nothing gets through."""


@dataclass(frozen=True)
class Picture:
    """The panel: `pixels[row * width + column]` is the number of a colour in `palette` (4 times red, green, blue)."""

    width: int
    height: int
    palette: tuple[tuple[int, int, int], ...]
    pixels: bytes


class LinkClient:
    """One conversation with one device.

    `retries` counts the requests that noise has damaged, as far as the laptop can tell: one whose answer came late, or
    that a starting device could not hear, is none. `on_starting` is called once if the device is seen to start.
    """

    def __init__(self, transport: Transport, on_starting: Callable[[], None] = lambda: None) -> None:
        self.reader = FrameReader(transport)
        self.retries = 0
        self._on_starting = on_starting
        self._is_starting = False
        self._earlier: set[int] = set()  # the numbers of the same request, asked before
        self.greeting: Hello | None = None  # what the last hello returned
        self.round_trip_ms = 0.0  # of the last answer to a short request
        self._transport = transport
        self._writer = frame.FrameWriter(frame.MAX_REQUEST_BYTES)
        self._long_writer = frame.FrameWriter(frame.LONG_REQUEST_BYTES)  # `schedule` alone may be that long
        self._ident = secrets.randbelow(frame.IDS)  # answers that a killed laptop left behind must not fit

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the port."""
        self._transport.close()

    def hello(self, timeout_s: float = _HELLO_S) -> Hello:
        """Ask the device who it is; wait up to `timeout_s` for one that is just starting.

        Raises NoDeviceError without an answer, with a message that fits the bytes, and ProtocolError if device and
        laptop have no protocol in common.
        """
        end = time.monotonic() + timeout_s
        last_end = end + _MOST_STARTS * timeout_s  # a board may start over and over
        prompts_seen = 0
        retries = self.retries
        self._earlier.clear()
        self.reader.forget_prompt()
        while True:
            answer = self._try("hello", {"protocol": PROTOCOL}, _HELLO_ANSWER_S)
            if self.reader.take_boot_text():
                end = min(time.monotonic() + _START_TIMES * timeout_s, last_end)
                if not self._is_starting:
                    self._is_starting = True
                    self._on_starting()
            if answer is not None:
                if self._is_starting:
                    self.retries = retries
                self.greeting = parse_hello(answer)
                return self.greeting
            prompts_seen += self.reader.take_prompt()
            if prompts_seen >= 2 or time.monotonic() >= end:
                raise self._nobody(at_prompt=prompts_seen > 0)
            self._transport.write(b"\r\n")  # a prompt that stood there before shows itself; an app skips it
            self.retries += 1

    def set_time(self, utc_ms: int, err_ms: int, offset_s: int) -> int:
        """Set the device's clock and return the seq of the clock record that this leaves.

        `utc_ms` is the wall clock at the moment of the call; time that passes here until the device has it is added.
        `err_ms` is how wrong that may be, `offset_s` local time minus UTC.
        """
        asked = time.monotonic()

        def values() -> _Values:
            waited_ms = (time.monotonic() - asked) * 1000
            return {"utc": utc_ms + round(waited_ms), "err": err_ms, "offset": offset_s}

        return self._ask("time", values).number("seq", 0, MAX_SEQ)

    def error_ms(self) -> int:
        """Return how wrong the clock may be that `set_time` sets now: half the last round trip, rounded up."""
        return max(1, math.ceil(self.round_trip_ms / 2))

    def records(self, from_seq: int, progress: Progress | None = None) -> Iterator[Line | Damaged]:
        """Yield all records from `from_seq` on, and the damaged places between them, in the order of the flash.

        Each record comes once. `progress(seq, last_seq)` is called as they arrive. Raises NoisyLinkError if the line
        lets nothing through, LinkLostError if the device goes away.
        """
        next_seq = from_seq
        seen: set[tuple[int, int]] = set()
        fruitless = 0
        limits = _FetchLimits(from_seq, self.greeting)
        while True:
            page = self._page(next_seq)
            limits.check(page)
            for item in page.items:
                if isinstance(item, Damaged):
                    if item.place in seen:
                        continue
                    seen.add(item.place)
                yield item
            if progress:
                progress(page.next_seq - 1, max(page.last_seq, page.next_seq - 1))
            if page.is_done:
                return
            self.retries += not page.is_whole
            fruitless = 0 if page.next_seq > next_seq else fruitless + 1
            if fruitless >= _ATTEMPTS:
                raise self._too_noisy()
            next_seq = page.next_seq

    def commit(self, epoch: str, seq: int, crc: str) -> None:
        """Tell the device that everything up to `seq` is on disk for good; `crc` is that record's, eight digits.

        Raises DeviceRefusedError if the device has another record there; then it keeps everything.
        """
        self._ask("commit", {"epoch": epoch, "seq": seq, "crc": crc})

    def put_schedule(self, data: bytes, progress: Progress | None = None) -> None:
        """Send a compact schedule to the device; `progress(bytes, all_bytes)`. After a break, call it again."""
        upload.send_schedule(partial(self._ask, "schedule"), data, progress)

    def get_setting(self, key: str = "") -> bytes:
        """Return a setting as JSON, or all settings for "". Raises DeviceRefusedError for an unknown name."""
        value = b""
        for _ in range(_MOST_SETTINGS_PARTS):
            answer = self._ask("settings", {"key": key, "at": len(value)})
            size = answer.number("size", 0, _MOST_SETTINGS_BYTES)
            part = answer.data("value")
            value += part
            if len(value) >= size:
                return value
            if not part:
                break
        raise answer.wrong("it is shorter than its size says")

    def put_setting(self, key: str, value: bytes) -> None:
        """Change a setting to the JSON in `value`. Raises DeviceRefusedError, with the reason, if it cannot be."""
        at = 0
        while True:
            part = value[at : at + _VALUE_BYTES]
            more: _Values = {"more": 1} if at + len(part) < len(value) else {}
            self._ask("settings", {"key": key, "at": at, **more, "value": part})
            at += len(part)
            if not more:
                return

    def status(self) -> dict[str, bytes]:
        """Return the live state, by name."""
        return self._ask("status").values

    def watch(self, mark: int, wait_ms: int) -> Watched:
        """Return the countdown as soon as it differs from what `mark` stands for, or after `wait_ms` (at most 2000)."""
        return watched(self._ask("watch", {"at": mark, "wait": wait_ms}))

    def control(self, ident: int, do: str, boot: int, number: int | None = None, talk: str = "") -> str:
        """Do a command of the countdown; return why its record could not be saved, "" if it was.

        A command that is sent again keeps its `ident` and the `boot` of its first time: it is done once. Raises
        DeviceRefusedError, with the reason, if it cannot be done.
        """
        values: dict[str, int | str | bytes] = {"id": ident, "do": do, "boot": boot}
        if number is not None:
            values["number"] = number
        if talk:
            values["talk"] = talk
        return self._ask("control", values).text("problem")

    def screen(self) -> Picture:
        """Return what the panel shows."""
        for _ in range(_ATTEMPTS):
            answer = self._ask("screen")
            width = answer.number("width", 1, _MOST_SIDE_PIXELS)
            height = answer.number("height", 1, _MOST_SIDE_PIXELS)
            palette = _palette(answer)
            pixels = self.reader.read_runs(self._ident, width * height, _ANSWER_S)
            if pixels is not None:
                return Picture(width, height, palette, pixels)
            self.retries += 1
        raise self._too_noisy()

    def press(self, button: str, ms: int) -> None:
        """Press a button of a simulated board for `ms`. Raises DeviceRefusedError on a real one."""
        self._ask("press", {"button": button, "ms": ms})

    def leave_to_repl(self) -> None:
        """End the app on the device, so that mpremote finds its prompt."""
        self._ask("repl")

    def _page(self, from_seq: int) -> Page:
        self._ask("get", {"from": from_seq, "bytes": _PAGE_BYTES}, {"from": from_seq})
        page = self.reader.read_page(self._ident, from_seq, _ANSWER_S)
        if page.error is not None:
            raise _refusal(Answer(page.error.verb, page.error.words))
        return page

    def _ask(
        self,
        verb: str,
        values: _Values | Callable[[], _Values] | None = None,
        expected: _Values | None = None,
    ) -> Answer:
        silent = 0
        self._earlier.clear()
        for attempt in range(_ATTEMPTS):
            self.retries += attempt > 0
            before = self.reader.received_bytes
            answer = self._try(verb, values() if callable(values) else values or {}, _ANSWER_S, expected or {})
            if answer is not None:
                return answer
            silent = silent + 1 if self.reader.received_bytes == before else 0
            if silent == _SILENT_ATTEMPTS:
                break
        if self.reader.take_prompt():
            raise self._nobody(at_prompt=True)
        raise LinkLostError(
            f"The device at {self._transport.name} no longer answers. Fetched records are safe, and the device "
            "still has the others. Plug it in again and repeat the command."
        )

    def _try(self, verb: str, values: _Values, timeout_s: float, expected: _Values | None = None) -> Answer | None:
        self._ident = (self._ident + 1) % frame.IDS
        writer = self._long_writer if verb == "schedule" else self._writer
        writer.begin(frame.REQUEST, self._ident, verb.encode())
        for key, value in values.items():
            text = str(value) if isinstance(value, int) else value
            writer.data_field(key.encode(), text if isinstance(text, bytes) else text.encode())
        line = bytes(writer.line[: writer.seal()])
        sent = time.monotonic()
        self._transport.write(b"\n" + line)
        late = self.reader.late_answers
        found = self.reader.read_answer(self._ident, verb.encode(), sent + timeout_s, self._earlier)
        self.retries = max(0, self.retries - (self.reader.late_answers - late))
        self._earlier.add(self._ident)
        if found is None:
            return None
        self.round_trip_ms = (time.monotonic() - sent) * 1000
        answer = Answer(found.verb, found.words)
        if found.verb == frame.ERROR:
            raise _refusal(answer)
        if any(answer.values.get(key) != str(value).encode() for key, value in (expected or {}).items()):
            return None
        return answer

    def _nobody(self, at_prompt: bool) -> NoDeviceError:
        name = self._transport.name
        if at_prompt:
            return NoDeviceError(
                f"The device at {name} is at the MicroPython prompt (>>>): the Clapmark app is not running. "
                "Reset the device; if it comes back to the prompt, run clapmark deploy."
            )
        if self.reader.junk_bytes:
            return NoDeviceError(
                f"Something at {name} sends bytes ({self.reader.junk_bytes} so far), but they are no answer of "
                "Clapmark. Is this the right port? If it is, reset the device and try again."
            )
        return NoDeviceError(
            f"No answer at {name}. Is the device switched on, and is this its port? clapmark devices lists the ports."
        )

    def _too_noisy(self) -> NoisyLinkError:
        return NoisyLinkError(
            f"The line to {self._transport.name} damages nearly everything ({self.reader.junk_bytes} bytes of noise). "
            "Nothing is lost: use another cable or USB port and repeat the command."
        )


class _FetchLimits:
    """Ends a fetch from a device that sends more than a flash holds, or next to nothing in each of endless pages."""

    def __init__(self, from_seq: int, greeting: Hello | None) -> None:
        last_seq = greeting.last_seq if greeting else from_seq + _MOST_RECORDS
        self._last_seq = min(max(last_seq, from_seq) + _MOST_NEW_RECORDS, from_seq + _MOST_RECORDS)
        self._short_pages = 0

    def check(self, page: Page) -> None:
        """Count a page. Raises ProtocolError."""
        if page.next_seq - 1 > self._last_seq:
            raise ProtocolError(
                "The device sends more records than it can hold. What arrived is kept; the device was asked to forget "
                "nothing. Reset it and try again; if it happens again, `clapmark rescue --port PORT` reads its flash."
            )
        is_short = page.is_whole and not page.is_done and sum(len(item.data) for item in page.items) < _SHORT_PAGE_BYTES
        self._short_pages += is_short
        if self._short_pages > _MOST_SHORT_PAGES:
            raise ProtocolError(
                "The device keeps sending almost nothing and never says that it is done. What arrived is kept; reset "
                "the device and try again."
            )


def _palette(answer: Answer) -> tuple[tuple[int, int, int], ...]:
    try:
        colours = bytes.fromhex(answer.data("palette").decode("ascii"))
        return tuple((colours[at], colours[at + 1], colours[at + 2]) for at in range(0, len(colours), 3))
    except (ValueError, IndexError) as error:
        raise answer.wrong("its palette is not a list of colours") from error


def _refusal(answer: Answer) -> DeviceRefusedError:
    return DeviceRefusedError(answer.text("code", 20) or "error", answer.text("say"))
