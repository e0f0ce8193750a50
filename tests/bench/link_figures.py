"""The link and the journal: line rate, bytes on the wire, time at the desk, boot scan, wear compared with LittleFS."""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from clapmark.archive import record
from clapmark.archive.archive import Archive, init_archive
from clapmark.firmware_build.micropython import find_micropython
from clapmark.link.client import LinkClient, SerialTransport
from clapmark.link.frame_reader import Line
from clapmark.schedule import to_device_format
from clapmark.sim import Event, EventKind, Simulation
from firmware.core.lines.sector import SECTOR_BYTES
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from tests.bench.support.many_talks import many_talks
from tests.faults.journal.day import DEVICE, formatted
from tests.faults.journal.flash import Flash

ROOT = Path(__file__).parents[2]
BAUD = 115_200
BYTES_PER_S = BAUD / 10
PARTITION_SECTORS = 64  # 256 KB, as clapmark flash makes it
LONG_SECTORS = 192  # room for 10,000 bookmarks that no laptop has fetched
BOOKMARKS = 10_000
NEW = 20
PLUG_INS = 5
ERASES_OF_A_SECTOR = 100_000  # what makers of NOR flash promise
PUSHED_TALKS = 200
TAGS = (b"note", b"quote", b"idea", b"question", b"todo")


class CountingFlash(Flash):
    """A flash with the rules of NOR, which counts."""

    def __init__(self, count: int, data: bytearray | None = None) -> None:
        super().__init__(count, data)
        self.programs = self.programmed_bytes = self.erases = 0

    def do(self, start: int, payload: bytes | None, *more: object) -> None:
        """Program or erase."""
        if payload is None:
            self.erases += 1
        else:
            self.programs += 1
            self.programmed_bytes += len(payload)
        super().do(start, payload, *more)


class Presses:
    """A journal that is written as a device writes it: a bookmark every half minute, idle work in between."""

    def __init__(self, flash: Flash) -> None:
        self.journal = Journal(flash, DEVICE)
        self.journal.mount()
        assert not self.journal.problem
        self.count = 0
        self.line_bytes = 0
        self._crc = b""  # of the newest record

    def press(self) -> bool:
        """Save one bookmark with a talk; return whether there was room."""
        writer = self.journal.begin(record.BOOKMARK, 1000 + 30_000 * self.count)
        writer.text_field(b"tag", TAGS[self.count % len(TAGS)])
        writer.text_field(b"talk", b"PQ3XYZ")
        if not self.journal.save():
            assert self.journal.problem == b"journal full"
            return False
        self.count += 1
        self.line_bytes += writer.length
        self._crc = bytes(writer.view[writer.length - 9 : writer.length - 1])
        while self.journal.prepare():
            pass
        return True

    def commit_all(self) -> None:
        """Do as a laptop that has everything."""
        assert commit(self.journal, self.journal.epoch, self.journal.last_seq, self._crc) == b""


def blank(count: int) -> CountingFlash:
    """Return a flash with an empty journal of a known epoch."""
    return CountingFlash(count, formatted(count).data)


def _app_copy(home: Path) -> Path:
    """Return a copy of the compiled app, which is not compiled again while it runs."""
    return Path(shutil.copytree(ROOT / "build" / "device", home / "app"))


@contextmanager
def device(home: Path, flash: Flash, on_event: Callable[[Event], None] = lambda _: None) -> Iterator[Path]:
    """Run the real firmware on `flash` behind a line of 115,200 baud; give its port."""
    state = home / "device"
    state.mkdir(parents=True)
    (state / "flash.bin").write_bytes(flash.data)
    (state / "device-id").write_bytes(DEVICE + b"\n")
    port = home / "port"
    simulation = Simulation(state, link=port, baud=BAUD, app=_app_copy(home), on_event=on_event)
    thread = threading.Thread(target=simulation.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not port.exists() and time.monotonic() < end:
        time.sleep(0.05)
    with LinkClient(SerialTransport(port)) as client:
        client.hello(30)
    try:
        yield port
    finally:
        simulation.stop()
        thread.join(30)


def line_rate(home: Path) -> dict[str, float]:
    """Fetch 10,000 bookmarks over the slow line."""
    flash = blank(LONG_SECTORS)
    presses = Presses(flash)
    while presses.count < BOOKMARKS:
        assert presses.press()
    with device(home, flash) as port, LinkClient(SerialTransport(port)) as client:
        hello = client.hello()
        before = client.reader.received_bytes
        began = time.monotonic()
        lines = [item.data for item in client.records(1) if isinstance(item, Line)]
        seconds = time.monotonic() - began
        wire_bytes = client.reader.received_bytes - before
    journal_bytes = sum(map(len, lines))
    assert len(lines) >= BOOKMARKS and hello.device == DEVICE.decode()
    return {
        "link.line_rate_ratio": round(wire_bytes / seconds / BYTES_PER_S, 3),
        "link.wire_bytes_per_journal_byte": round(wire_bytes / journal_bytes, 3),
        "link.fetch_10000_s": round(seconds, 1),
        "link.retries": client.retries,
    }


def plug_in(home: Path) -> float:
    """Return how long `clapmark sync`, its start included, takes for 20 new bookmarks beyond the line's own time.

    The median of five.
    """
    flash = blank(PARTITION_SECTORS)
    presses = Presses(flash)
    while presses.count < 3000:
        presses.press()
    init_archive(home / "archive")
    command = [sys.executable, "-m", "clapmark", "sync", "--json", "--archive", str(home / "archive"), "--port"]
    taken = []
    for number in range(PLUG_INS + 1):
        with device(home / str(number), flash) as port:
            began = time.monotonic()
            answer = subprocess.run([*command, str(port)], check=False, capture_output=True, text=True)
            assert answer.returncode == 0, answer.stdout + answer.stderr
            seconds = time.monotonic() - began
        values = json.loads(answer.stdout)
        flash.data[:] = (home / str(number) / "device" / "flash.bin").read_bytes()
        flash.touched[:] = bytes(0 if byte == 0xFF else 1 for byte in flash.data)
        if number:  # the first one fetched the 3,000
            log = Archive(home / "archive").log_path(values["device"], values["epoch"])
            new = log.read_bytes().splitlines(keepends=True)[-values["new"] :]
            assert NEW <= values["new"] <= NEW + 4, values
            taken.append(seconds - sum(map(len, new)) / BYTES_PER_S)
        presses = Presses(flash)
        for _ in range(NEW):
            presses.press()
    return median(taken)


def push(home: Path) -> dict[str, float]:
    """Push a schedule of 200 talks over the slow line, and count what the receive ring could not hold."""
    data = to_device_format(many_talks(PUSHED_TALKS))
    lost: list[Event] = []
    with device(home, blank(PARTITION_SECTORS), lost.append) as port, LinkClient(SerialTransport(port)) as client:
        client.hello()
        transport = _Counting(client)
        began = time.monotonic()
        client.put_schedule(data)
        seconds = time.monotonic() - began
        assert client.hello().problem == ""
        heap_free = int(client.status()["heap_free"])
    assert (home / "device" / "files" / "schedule.txt").read_bytes() == data
    return {
        "link.push_200_s": round(seconds, 2),
        "link.push_200_line_s": round(transport.sent_bytes / BYTES_PER_S, 2),
        "link.push_200_file_bytes": len(data),
        "link.push_200_sent_bytes": transport.sent_bytes,
        "link.push_200_requests": transport.requests,
        "link.push_200_overruns": sum(event.kind == EventKind.OVERRUN for event in lost),
        "link.push_200_heap_free": heap_free,
    }


class _Counting:
    """Counts what a client sends."""

    def __init__(self, client: LinkClient) -> None:
        self.sent_bytes = self.requests = 0
        self._write = client._transport.write
        client._transport.write = self._count  # type: ignore[method-assign]

    def _count(self, data: bytes) -> None:
        self.sent_bytes += len(data)
        self.requests += 1
        self._write(data)


def wear() -> dict[str, float]:
    """Write 10,000 bookmarks into a 256 KB journal, synced whenever it is full, and into a file of LittleFS."""
    flash = blank(PARTITION_SECTORS)
    presses = Presses(flash)
    capacity = 0
    while presses.count < BOOKMARKS:
        if not presses.press():
            capacity = capacity or presses.count
            presses.commit_all()
    mean_bytes = round(presses.line_bytes / presses.count)
    theirs = on_micropython("littlefs", str(BOOKMARKS), str(mean_bytes))
    return {
        "flash.erases_per_10000": flash.erases,
        "flash.programs_per_10000": flash.programs,
        "flash.programmed_bytes_per_10000": flash.programmed_bytes,
        "flash.capacity_bookmarks": capacity,
        "flash.bookmark_bytes": mean_bytes,
        "littlefs.erases_per_10000": theirs["erases"],
        "littlefs.programs_per_10000": theirs["programs"],
        "littlefs.programmed_bytes_per_10000": theirs["programmed_bytes"],
    }


def boot_scan(home: Path) -> dict[str, float]:
    """Mount a full journal on the 32-bit port."""
    flash = blank(PARTITION_SECTORS)
    presses = Presses(flash)
    while presses.press():
        pass
    image = home / "full.bin"
    image.write_bytes(flash.data)
    found = on_micropython("boot_scan", str(image))
    assert found["last_seq"] == presses.count
    return {
        "boot_scan.read_ratio": round(found["read_bytes"] / (PARTITION_SECTORS * SECTOR_BYTES), 4),
        "boot_scan.read_bytes": found["read_bytes"],
        "boot_scan.ms": round(found["ms"], 1),
    }


def on_micropython(*arguments: str) -> dict[str, float]:
    """Run tests/bench/support/on_micropython.py on the 32-bit port and return its figures."""
    command = [*find_micropython(32), "-X", "heapsize=16M", "tests/bench/support/on_micropython.py", *arguments]
    answer = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, env={"MICROPYPATH": f"{ROOT}:.frozen"}
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def measure(console: Console) -> dict[str, float]:
    """Print the tables and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        figures = line_rate(home / "rate")
        figures["link.plug_in_s"] = round(plug_in(home / "plug"), 2)
        figures |= push(home / "push")
        figures |= boot_scan(home)
    figures |= wear()
    _print_link(console, figures)
    _print_wear(console, figures)
    return figures


def _print_link(console: Console, figures: dict[str, float]) -> None:
    table = Table("figure", "value", "must reach", title="The link at 115,200 baud, the boot", title_justify="left")
    table.add_row("10,000 bookmarks fetched in", f"{figures['link.fetch_10000_s']} s", "")
    table.add_row("  of the line's byte rate", f"{figures['link.line_rate_ratio']:.1%}", "90%")
    table.add_row("  bytes on the wire per byte of journal", f"{figures['link.wire_bytes_per_journal_byte']}", "1.1")
    table.add_row("20 new bookmarks, beyond the line's time", f"{figures['link.plug_in_s']} s", "1 s")
    needs = f"{figures['link.push_200_line_s']} s of it the bytes alone"
    table.add_row("a schedule of 200 talks pushed in", f"{figures['link.push_200_s']} s ({needs})", "8 s")
    table.add_row("  bytes that found the receive ring full", f"{figures['link.push_200_overruns']}", "0")
    table.add_row("boot scan of a full 256 KB journal, read", f"{figures['boot_scan.read_ratio']:.2%}", "4%")
    table.add_row("  on the 32-bit port of this machine", f"{figures['boot_scan.ms']} ms", "")
    console.print(table)


def _print_wear(console: Console, figures: dict[str, float]) -> None:
    table = Table("10,000 bookmarks", "journal", "LittleFS append", title="The flash", title_justify="left")
    for name, key in (("erases", "erases"), ("programs", "programs"), ("bytes programmed", "programmed_bytes")):
        ours, theirs = (figures[f"{place}.{key}_per_10000"] for place in ("flash", "littlefs"))
        table.add_row(name, f"{ours:,}", f"{theirs:,}")
    console.print(table)
    capacity = round(figures["flash.capacity_bookmarks"])
    laps = ERASES_OF_A_SECTOR * capacity
    console.print(
        f"256 KB hold {capacity:,} bookmarks of {figures['flash.bookmark_bytes']} bytes; "
        f"{ERASES_OF_A_SECTOR:,} erases of each sector are {laps / 1e6:,.0f} million bookmarks."
    )
