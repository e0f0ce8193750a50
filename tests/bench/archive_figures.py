"""The archive: a sync into a long log compared with a short one, the rebuild of the index, and the help's time."""

import io
import subprocess
import sys
import tempfile
import time
from itertools import zip_longest
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journal_log import JournalLog
from clapmark.base.environment import Environment
from clapmark.index import open_index
from clapmark.sync.sync import sync
from tests.bench.support import scale
from tests.support.archive.conference import utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line
from tests.support.archive.notes_archive import afternoon, make_archive, write_notes
from tests.support.device.sync_device import JournalOnDevice, everything, laptop

LONG, SHORT = 1_000_000, 1_000  # records in the archive
NEW = 100
ON_DEVICE = 1_000  # records that the device still has of those
ROUNDS = 21
HELP_ROUNDS = 9
INDEX_RECORDS, INDEX_LOGS, INDEX_ROUNDS = 200_000, 8, 5


def bookmark(seq: int) -> bytes:
    """Return one record, of a boot of a thousand."""
    return line(seq, 1 + seq // 1_000, seq % 1_000 * 60_000, "bookmark", tag="note", talk="dicts")


class GrowingLog:
    """An archive with one log of `records`, synced again and again with a device that has NEW bookmarks each time."""

    def __init__(self, folder: Path, records: int) -> None:
        init_archive(folder)
        self.archive = Archive(folder)
        log = self.archive.log_path(DEVICE, EPOCH)
        log.parent.mkdir(parents=True)
        with log.open("wb") as file:
            for seq in range(1, records + 1):
                file.write(bookmark(seq))
        self.device = JournalOnDevice(JournalText(), self.archive)
        self.device.first = records - ON_DEVICE + 1
        self.device.items = [bookmark(seq) for seq in range(self.device.first, records + 1)]
        self.device.clock_seq, self.device.utc = records, 0
        self.environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
        self.environment.utc_ms = lambda: 0  # type: ignore[method-assign]
        self.device.commit = lambda *_: None  # type: ignore[method-assign]  # the test's double reads the whole log here
        self.last = records
        sync(self.device, self.archive, self.environment)  # the first one reads the log, once

    def sync(self) -> float:
        """Return the seconds that the sync of NEW bookmarks takes."""
        more = (bookmark(seq) for seq in range(self.last + 1, self.last + NEW + 1))
        self.device.items = [*self.device.items[NEW:], *more]
        self.last += NEW
        self.device.first = self.last - ON_DEVICE + 1
        began = time.perf_counter()
        result = sync(self.device, self.archive, self.environment)
        seconds = time.perf_counter() - began
        assert result.new == NEW, result
        assert JournalLog(self.archive, DEVICE, EPOCH).last_seq == self.last
        return seconds


def sync_seconds(folder: Path) -> tuple[float, float]:
    """Return what a sync takes with a SHORT and with a LONG log, the median of several in turn."""
    logs = [GrowingLog(folder / str(records), records) for records in (SHORT, LONG)]
    rounds = [[log.sync() for log in logs] for _ in range(ROUNDS)]
    short, long = (median(seconds) for seconds in zip(*rounds, strict=True))
    return short, long


def second_sync(folder: Path) -> tuple[int, int]:
    """Sync an afternoon and write the notes, twice; return the bytes and the files that the second time changed."""
    archive = make_archive(folder)
    archive.log_path(DEVICE, EPOCH).unlink()
    device = JournalOnDevice(afternoon(), archive)
    seen: list[dict[Path, tuple[bytes, int, int]]] = []
    for number in range(2):
        result = sync(device, archive, laptop())
        assert (result.new > 0) == (number == 0), result
        write_notes(archive)
        seen.append(everything(archive))
    before, after = seen
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    nothing = (b"", 0, 0)
    pairs = [(before.get(path, nothing)[0], after.get(path, nothing)[0]) for path in changed]
    return sum(sum(one != two for one, two in zip_longest(*pair)) for pair in pairs), len(changed)


def add_day(log: JournalText) -> None:
    """Add what a day of a conference leaves: ten talks with six bookmarks each, and three lightning talks timed."""
    log.boot += 1
    boot = log.boot
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("09:00", 3 + boot % 2), err=20, source="host")
    for talk in range(10):
        log.add(talk * 2_400_000, "talk", id="dicts" if talk % 2 else "bees", how="picked")
        for press in range(6):
            ms = talk * 2_400_000 + press * 300_000
            seq = log.add(ms, "bookmark", tag="note", talk="dicts" if talk % 2 else "")
            if press in {1, 4}:
                log.add(ms + 3_000, "retag", of=seq, tag="idea")
            elif press == 2:
                log.add(ms + 40_000, "span", of=seq, len=40_000)
    for run in range(3):
        ms = 28_000_000 + run * 400_000
        seq = log.add(ms, "countdown", do="start", plan=300_000, preset="lightning", talk="light-1")
        for number, stage in enumerate(("one-finger", "two-finger", "applause"), 1):
            log.add(ms + number * 90_000, "countdown", do="stage", run=seq, stage=stage)
        log.add(ms + 310_000, "countdown", do="stop", run=seq, left=-10_000)


def index_records_per_s(folder: Path) -> float:
    """Return how many records a second the rebuild of the index takes, the best of several."""
    archive = make_archive(folder, JournalText())
    records = 0
    for number in range(INDEX_LOGS):
        log = JournalText(0)
        while len(log.lines) < INDEX_RECORDS // INDEX_LOGS:
            add_day(log)
        archive.log_path(DEVICE, f"{number:08X}").write_bytes(log.data)
        records += len(log.lines)
    seconds = []
    for _ in range(INDEX_ROUNDS):
        began = time.perf_counter()
        with open_index(archive, rebuild=True) as index:
            seconds.append(time.perf_counter() - began)
            found = index.connection.execute("SELECT count(*) FROM bookmarks").fetchone()[0]
    assert found > records // 3, found
    return records / min(seconds)


def help_seconds() -> tuple[float, float]:
    """Return what `clapmark --help` and `mpremote --help` take, the median of several in turn."""
    folder = Path(sys.executable).parent
    taken: dict[str, list[float]] = {"clapmark": [], "mpremote": []}
    for _ in range(HELP_ROUNDS):
        for name, seconds in taken.items():
            began = time.perf_counter()
            subprocess.run([folder / name, "--help"], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - began)
    return median(taken["clapmark"]), median(taken["mpremote"])


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = sync_seconds(Path(folder))
        second_bytes, second_files = second_sync(Path(folder) / "second")
        index_per_s = index_records_per_s(Path(folder) / "index")
    ours, theirs = help_seconds()
    figures = {
        "sync.second_bytes_changed": second_bytes,
        "sync.second_files_written": second_files,
        "sync.scale_ratio": round(long / short, 2),
        "index.records_per_s": round(index_per_s),
        "cli.help_ratio": round(ours / theirs, 2),
    }
    table = Table("figure", "value", "must reach", title="The archive", title_justify="left")
    table.add_row("bytes that a second sync changes, notes written again", f"{second_bytes}", "0")
    table.add_row("  files that it writes, derived ones too", f"{second_files}", "0")
    table.add_row(f"sync of {NEW} new bookmarks into {SHORT:,} records", f"{short * 1000:.1f} ms", "")
    table.add_row(f"  the same into {LONG:,} records", f"{long * 1000:.1f} ms", "")
    table.add_row("  ratio", f"{figures['sync.scale_ratio']}", "1.5")
    table.add_row(f"rebuild of the index, {INDEX_RECORDS:,} records", f"{index_per_s:,.0f} records/s", "50,000")
    table.add_row("clapmark --help", f"{ours * 1000:.0f} ms", "")
    table.add_row("  mpremote --help", f"{theirs * 1000:.0f} ms", "")
    table.add_row("  ratio", f"{figures['cli.help_ratio']}", "1")
    console.print(table)
    return figures | scale.measure(console)
