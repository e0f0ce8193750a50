"""Frames under noise, in five mixes: the reader accepts only what was sent."""

from collections.abc import Callable, Iterator
from random import Random

from clapmark.link import frame
from clapmark.link.frame_reader import Damaged, FrameReader, Line
from tests.faults.journal.day import checked
from tests.faults.ledger import Ledger

PAGES = 20  # in one unit
_RECORDS = 18  # in one page

BOOT_LOG = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x12 (SPI_FAST_FLASH_BOOT)\r\n"
    b"configsip: 0, SPIWP:0xee\r\nload:0x3fff0030,len:4728\r\nentry 0x400805cc\r\n"
)
_LOG_LINES = (
    BOOT_LOG,
    b"\nE (1234) task_wdt: Task watchdog got triggered.\n",
    b"\r\nMPY: soft reboot\r\n>>> ",
    b"AT+GCAP\r\n",
    b"!7 end",
    b"\n\n!",
)


def flip_bits(data: bytes, random: Random) -> bytes:
    """Flip about one bit in three hundred bytes."""
    noisy = bytearray(data)
    for _ in range(random.randint(0, len(data) // 150)):
        noisy[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(noisy)


def insert_logs(data: bytes, random: Random) -> bytes:
    """Put boot messages and log lines anywhere, also into the middle of frames, and repeat what was sent as an echo."""
    for _ in range(random.randint(0, 4)):
        place = random.randrange(1, len(data))
        start = random.randrange(place)
        echo = data[start : min(place, start + random.randrange(120))]
        data = data[:place] + random.choice((*_LOG_LINES, echo)) + data[place:]
    return data


def drop_bytes(data: bytes, random: Random) -> bytes:
    """Lose up to eight single bytes, or what a receiver that is full loses at once."""
    noisy = bytearray(data)
    for _ in range(random.randint(0, 8)):
        place = random.randrange(len(noisy) or 1)
        del noisy[place : place + random.choice((1, 1, 1, 2, 30, 120))]
    return bytes(noisy)


def insert_interrupts(data: bytes, random: Random) -> bytes:
    """Put 0x03, and other bytes that a terminal understands, anywhere."""
    noisy = bytearray(data)
    for _ in range(random.randint(0, 8)):
        place = random.randrange(len(noisy))
        noisy[place:place] = random.choice((b"\x03", b"\x04", b"\x00", b"\r", b"\n", b"\x1b[0m"))
    return bytes(noisy)


def burst(data: bytes, random: Random) -> bytes:
    """Replace up to two runs of up to 200 bytes by noise of the same length, or of another."""
    noisy = bytearray(data)
    for _ in range(random.randint(0, 2)):
        place = random.randrange(len(noisy))
        length = random.randint(1, 200)
        noisy[place : place + length] = random.randbytes(random.choice((length, length, random.randint(0, 200))))
    return bytes(noisy)


MIXES: tuple[Callable[[bytes, Random], bytes], ...] = (flip_bits, insert_logs, drop_bytes, insert_interrupts, burst)


class Wire:
    """A transport that has received `data`, in pieces, and nothing more comes."""

    name = "wire"

    def __init__(self, data: bytes, random: Random) -> None:
        self._pieces = list(_cut(data, random))

    def read(self, timeout_s: float) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def write(self, data: bytes) -> None:
        raise AssertionError("not asked for")

    def close(self) -> None:
        """Nothing to close."""


def _cut(data: bytes, random: Random) -> Iterator[bytes]:
    while data:
        length = random.randint(1, 256)
        yield data[:length]
        data = data[length:]


def answer(ident: int, verb: bytes, words: dict[bytes, bytes | int]) -> bytes:
    """Return the frame of an answer, without the LF before it."""
    writer = frame.FrameWriter(480)
    writer.begin(frame.ANSWER, ident, verb)
    for key, value in words.items():
        if isinstance(value, int):
            writer.number_field(key, value)
        else:
            writer.text_field(key, value)
    return bytes(writer.line[: writer.seal()])


class SentPage:
    """One answer to `get`: what is sent, and what a reader must make of it."""

    def __init__(self, from_seq: int, ident: int, random: Random) -> None:
        self.from_seq = from_seq
        self.ident = ident
        self.head = answer(ident, b"get", {b"from": from_seq})
        self.items: list[Line | Damaged] = []
        self.lines: list[bytes] = []
        seq = from_seq
        for _ in range(random.randint(1, _RECORDS)):
            if random.random() < 0.1:
                self._add_damage(random)
                seq += random.randint(0, 1)
            else:
                tag = random.choice((b"note", b"quote", b"idea"))
                line = checked(b"%d 1 %d bookmark tag=%s" % (seq, random.randrange(1 << 30), tag))
                self.items.append(Line(seq, line))
                self.lines.append(line)
                seq += 1
        self.next_seq = seq
        values: dict[bytes, bytes | int] = {b"next": seq, b"items": len(self.items), b"done": 1, b"last": seq - 1}
        self.end = answer(ident, frame.END, values)

    def _add_damage(self, random: Random) -> None:
        data = random.randbytes(random.randint(1, 150))
        sector, offset = random.randrange(64), random.randrange(4000)
        self.items.append(Damaged(sector, offset, data))
        for part in range(0, len(data), 64):
            place: dict[bytes, bytes | int] = {b"sector": sector, b"offset": offset, b"length": len(data)}
            piece = {b"part": part, b"data": data[part : part + 64]}
            self.lines.append(b"\n" + answer(self.ident, b"damaged", {**place, **piece}))

    @property
    def data(self) -> bytes:
        """What goes over the line."""
        return b"\n" + self.head + b"".join(self.lines) + b"\n" + self.end

    @property
    def frames(self) -> int:
        """How many frames and records that is."""
        return 2 + len(self.lines)


def frames_under_noise(number: int, ledger: Ledger) -> None:
    """Send pages through one mix of noise; look at what core.frame accepts, and at what the laptop's reader does."""
    random = Random(number)
    spoil = MIXES[number % len(MIXES)]
    for _ in range(PAGES):
        page = SentPage(random.randint(1, 5000), random.randrange(frame.IDS), random)
        ledger.injected += page.frames
        noisy = spoil(page.data, random)
        sent = {line.strip(b"\n") for line in (page.head, page.end, *page.lines)}
        for line in noisy.replace(b"\r", b"\n").split(b"\n"):
            if _accepts(line + b"\n") and line not in sent:
                ledger.fail(f"silent: {spoil.__name__} {number}: a frame was accepted that was never sent: {line!r}")
        _read(page, noisy, random, ledger, f"{spoil.__name__} {number}")


def _accepts(line: bytes) -> bool:
    try:
        frame.parse(line, frame.ANSWER)
    except ValueError:
        return False
    return True


def _read(page: SentPage, noisy: bytes, random: Random, ledger: Ledger, name: str) -> None:
    reader = FrameReader(Wire(noisy, random))
    first = reader.read_answer(page.ident, b"get", 0.0)
    if first is None:
        return  # it is asked again
    if first.words != [b"from=%d" % page.from_seq]:
        ledger.fail(f"silent: {name}: an answer that was never given: {first.words!r}")
    found = reader.read_page(page.ident, page.from_seq, 0.0)
    if found.is_whole:
        if (found.items, found.next_seq) != (page.items, page.next_seq):
            ledger.fail(f"silent: {name}: a page counts as whole and is not")
    elif found.items != page.items[: len(found.items)]:
        ledger.fail(f"silent: {name}: a part of a page holds what was not sent there: {found.items!r}")
