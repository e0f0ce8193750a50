"""A device on a pty that answers every request with frames whose CRC is right and whose content is wrong.

Each answer begins as an honest one and is then mutated by a seeded generator: numbers that are none, fields missing or
twice, text with terminal sequences, JSON that is none, pages without end, refusals in hostile words.
"""

import contextlib
import json
import os
import select
import threading
import tty
from collections.abc import Iterator
from random import Random

from clapmark.link import frame
from firmware.core import settings as device_settings
from firmware.core.lines.line import LineWriter
from firmware.version import PROTOCOL, VERSION

BAD_TEXTS = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "\u202etxt.exe", "\u2066x\u2069", "\x00\x07\x7f",
    "\x85a\u2028b", "a\nAll bookmarks are synced.", "\r\nok", "x" * 300, "\ud7ff\U000e0041", "\x1bP$q\x1b\\", "\x1b",
    "", "ä" * 40,
]  # fmt: skip
BAD_NUMBERS = [
    b"x", b"", b"-1", b"+1", b" 1", b"1_0", b"1e9", b"0x10", b"nan", b"9" * 15, b"9" * 60, b"1073741824", b"-0",
    b"\xc2\xb2", b"\xd9\xa3", b"1.5", b"4294967296",
]  # fmt: skip
BAD_JSON = [b"{", b"[]", b"null", b"7", b'"a"', b"[" * 90, b'{"presets": 1}', b'{"a": NaN}', b"\xff\xfe"]
BAD_JSON += [json.dumps({f"n{text}": [text], "room": text}).encode()[:3000] for text in BAD_TEXTS]

# what a device may do without end; each request is answered, and no answer is the last one
ENDLESS = ("pages", "page", "offset", "settings", "chatter")
_ENDLESS_BYTES = 1_000_000  # more than any command may take from one answer

Fields = list[tuple[bytes, bytes]]


def sealed(words: bytes) -> bytes:
    """Return a line with its CRC, for any content."""
    writer = LineWriter(len(words) + 40)
    writer.raw(words)
    return bytes(writer.line[: writer.seal()])


def answer(ident: int, verb: bytes, fields: Fields) -> bytes:
    """Return an answer frame with escaped fields."""
    writer = frame.FrameWriter(4096)
    writer.begin(frame.ANSWER, ident, verb)
    for key, value in fields:
        writer.text_field(key, value)
    return b"\n" + bytes(writer.line[: writer.seal()])


class HostileDevice:
    """`port` is where the laptop finds it; `requests` are the verbs that it was asked."""

    def __init__(self, seed: int, rate: float = 0.3, endless: str = "") -> None:
        """`rate` is how many of the fields and frames are mutated, `endless` one of ENDLESS."""
        self._endless = endless
        self.requests: list[bytes] = []
        self._random = Random(seed)
        self._rate = rate
        self._sent_settings: bytes | None = None
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Unplug it."""
        self._stop.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _serve(self) -> None:
        pending = b""
        while not self._stop.is_set():
            if not select.select((self._master,), (), (), 0.05)[0]:
                continue
            with contextlib.suppress(OSError):
                pending += os.read(self._master, 4096)
            *lines, pending = pending.split(b"\n")
            for line in lines:
                self._answer(line + b"\n")

    def _answer(self, line: bytes) -> None:
        try:
            asked = frame.parse(line, frame.REQUEST)
        except ValueError:
            return
        self.requests.append(asked.verb)
        for piece in self._frames(asked):
            self._write(piece)

    def _write(self, data: bytes) -> None:
        while data and not self._stop.is_set():
            if select.select((), (self._master,), (), 0.05)[1]:
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(self._master, data) :]

    def _is_bad(self) -> bool:
        return self._random.random() < self._rate

    def _frames(self, asked: frame.Frame) -> Iterator[bytes]:
        random, ident = self._random, asked.ident
        values = dict(word.split(b"=", 1) for word in asked.words if b"=" in word)
        if self._endless:
            yield from self._without_end(asked, values)
            return
        if asked.verb == b"hello" and random.random() < 0.8:  # else no command would get any further
            yield answer(ident, b"hello", self._honest(b"hello", values))
            return
        kind = random.random() if self._is_bad() else 1.0
        if kind < 0.15:
            text = random.choice(BAD_TEXTS).encode("utf-8", "surrogatepass")
            yield answer(ident, b"error", [(b"code", random.choice([b"key", text])), (b"say", text)])
            return
        if kind < 0.25:
            junk = random.choice([b"novalue", b"a=1 a=2", b"\xff\xfe=1", b"x=%zz", b"=", b"x=%"])
            yield b"\n" + sealed(b"!%d %s %s" % (ident, asked.verb, junk))
            return
        yield answer(ident, asked.verb, self._mutated(self._honest(asked.verb, values)))
        if asked.verb == b"get":
            yield from self._page(ident, int(values.get(b"from", b"1")))
        elif asked.verb == b"screen":
            for at in range(0, 32768, 8192):
                yield answer(ident, b"runs", self._mutated([(b"at", b"%d" % at), (b"data", b"A8192")]))
            yield answer(ident, b"end", [])

    def _without_end(self, asked: frame.Frame, values: dict[bytes, bytes]) -> Iterator[bytes]:
        ident, endless, verb = asked.ident, self._endless, asked.verb
        if endless == "settings" and verb == b"settings":
            yield answer(ident, verb, [(b"size", b"%d" % (1 << 40)), (b"value", b" " * 100)])
        elif endless == "offset" and verb == b"schedule":
            yield answer(ident, verb, [(b"offset", b"0")])
        elif endless == "chatter" and verb != b"hello":
            for _ in range(_ENDLESS_BYTES // 20):
                yield answer((ident + 1) % frame.IDS, b"get", [])
        elif endless == "pages" and verb == b"get":
            at = int(values.get(b"from", b"1"))
            yield answer(ident, verb, self._honest(verb, values))
            yield answer(
                ident, b"end", [(b"next", b"%d" % (at + 1)), (b"items", b"0"), (b"done", b"0"), (b"last", b"1")]
            )
        elif endless == "page" and verb == b"get":
            yield answer(ident, verb, self._honest(verb, values))
            for seq in range(int(values.get(b"from", b"1")), _ENDLESS_BYTES // 20):
                yield sealed(b"%d 1 1 bookmark" % seq)
        else:
            yield answer(ident, verb, self._honest(verb, values))
            if verb == b"get":
                yield from self._page(ident, int(values.get(b"from", b"1")))

    def _honest(self, verb: bytes, values: dict[bytes, bytes]) -> Fields:
        if verb == b"hello":
            return [
                (b"protocol", b"%d" % PROTOCOL), (b"firmware", VERSION), (b"device", b"a1b2c3d4e5f6"),
                (b"board", b"sim"), (b"epoch", b"9ACE8F55"), (b"boot", b"1"), (b"first", b"1"), (b"last", b"40"),
                (b"committed", b"0"), (b"percent", b"1"), (b"damaged", b"0"), (b"ms", b"9000"), (b"utc", b"0"),
                (b"clock", b"0"), (b"clock_ms", b"0"), (b"faults", b"0"), (b"problem", b"The panel is cold"),
            ]  # fmt: skip
        if verb == b"get":
            return [(b"from", values.get(b"from", b"1"))]
        if verb == b"settings":
            if self._sent_settings is None or values.get(b"at", b"0") == b"0":
                honest = json.dumps(device_settings.defaults()).encode()
                self._sent_settings = self._random.choice(BAD_JSON) if self._is_bad() else honest
            at = int(values.get(b"at", b"0"))
            return [(b"size", b"%d" % len(self._sent_settings)), (b"value", self._sent_settings[at : at + 100])]
        if verb == b"schedule":
            return [(b"offset", b"%d" % (int(values.get(b"offset", b"-99")) + 99))]
        return {
            b"time": [(b"seq", b"41")],
            b"status": [(b"heap_free", b"50000"), (b"heap_used", b"40000"), (b"unsynced", b"4")],
            b"screen": [(b"width", b"135"), (b"height", b"240"), (b"palette", b"000000ffffff112233445566")],
        }.get(verb, [])

    def _page(self, ident: int, from_seq: int) -> Iterator[bytes]:
        random = self._random
        items, next_seq = 0, from_seq
        while next_seq <= 41 and items < 20:
            tag = random.choice(BAD_TEXTS) if self._is_bad() else "note"
            writer = LineWriter(4096)
            writer.raw(b"%d 1 %d %s" % (next_seq, next_seq * 900, random.choice([b"bookmark", b"fault", b"boot"])))
            for key in (b"tag", b"error", b"mp", b"reset"):
                writer.text_field(key, tag[:8].encode("utf-8", "surrogatepass"))
            yield bytes(writer.line[: writer.seal()])
            items, next_seq = items + 1, next_seq + 1
            if self._is_bad() and random.random() < 0.2:
                place = [
                    (b"sector", b"1"),
                    (b"offset", b"9"),
                    (b"length", b"4"),
                    (b"part", b"0"),
                    (b"data", b"\x1b[3J"),
                ]
                yield answer(ident, b"damaged", self._mutated(place))
                items += 1
        done = b"1" if next_seq > 41 else b"0"
        end = [(b"next", b"%d" % next_seq), (b"items", b"%d" % items), (b"done", done), (b"last", b"41")]
        yield answer(ident, b"end", self._mutated(end))

    def _mutated(self, fields: Fields) -> Fields:
        random, out = self._random, list(fields)
        for at, (key, value) in enumerate(fields):
            if not self._is_bad() or random.random() < 0.7:
                continue
            if value.isdigit() and random.random() < 0.8:
                out[at] = key, random.choice(BAD_NUMBERS)
            else:
                out[at] = key, random.choice(BAD_TEXTS).encode("utf-8", "surrogatepass")
        if out and self._is_bad() and random.random() < 0.2:
            out.pop(random.randrange(len(out)))
        return out
