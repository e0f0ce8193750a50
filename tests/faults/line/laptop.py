"""A laptop for the fault tests: the real sync into a real archive, from a journal in the same process."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clapmark.archive.archive import Archive, init_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.link.client import DeviceRefusedError, Hello
from clapmark.link.frame_reader import Damaged, Line
from clapmark.sync.sync import SyncResult, sync
from tests.faults.journal.day import DEVICE, Handheld, History, PromiseError, commit, items

NOW_UTC_MS = 1_778_812_345_678
_MEMORY = Path("/dev/shm")  # a disk is not what is tested here


class JournalLink:
    """What the link shows of a device's journal, without a line between."""

    def __init__(self, device: Handheld) -> None:
        self.device = device
        self._clock_seq = 0

    def hello(self) -> Hello:
        journal = self.device.journal
        counts = (journal.boot, journal.first_seq, journal.last_seq, journal.committed_seq, journal.percent)
        flash = (journal.damaged, self.device.ms, NOW_UTC_MS if self._clock_seq else 0, self._clock_seq, self.device.ms)
        return Hello(1, DEVICE.decode(), "sim", "0", journal.epoch.decode(), *counts, *flash, 0, "")

    def set_time(self, utc_ms: int, err_ms: int, offset_s: int) -> int:
        self._clock_seq = self.device.set_time()
        if not self._clock_seq:
            raise DeviceRefusedError("unsaved", "journal full")
        return self._clock_seq

    def error_ms(self) -> int:
        return 4

    def records(self, from_seq: int, progress: object = None) -> Iterator[Line | Damaged]:
        for seq, data, sector, offset in items(self.device.journal, from_seq):
            yield Line(seq, data) if seq else Damaged(sector, offset, data)

    def commit(self, epoch: str, seq: int, crc: str) -> None:
        reason = commit(self.device.journal, epoch.encode(), seq, crc.encode())
        if reason:
            raise DeviceRefusedError(reason.decode(), "no")


def environment() -> Environment:
    made = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    made.utc_ms = lambda: NOW_UTC_MS  # type: ignore[method-assign]
    return made


class Laptop:
    """An archive in a folder of its own; used over and over, `become` says what it has fetched so far."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None)
        root = Path(self._folder.name)
        init_archive(root)
        self.archive = Archive(root)
        self.environment = environment()
        self.result: SyncResult | None = None

    def become(self, epoch: bytes, lines: list[bytes]) -> None:
        """Forget everything but `lines`."""
        shutil.rmtree(self.archive.folder / "journal", ignore_errors=True)
        if lines:
            path = self.archive.log_path(DEVICE.decode(), epoch.decode())
            path.parent.mkdir(parents=True)
            path.write_bytes(b"".join(lines))

    def lines(self, epoch: bytes) -> list[bytes]:
        """Return the lines of the log, unchanged."""
        path = self.archive.log_path(DEVICE.decode(), epoch.decode())
        return path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def sync(self, device: Handheld) -> list[bytes]:
        """Sync for real; return all lines in the log. Raises PromiseError if the sync fails."""
        epoch = device.journal.epoch
        try:
            self.result = sync(JournalLink(device), self.archive, self.environment)
        except ClapmarkError as error:
            raise PromiseError(f"lost: the sync failed: {error}") from error
        return self.lines(epoch)


class SyncedLaptop:
    """The `sync` of cuts.recover: a laptop that has fetched, before its first sync, what the history says."""

    def __init__(self) -> None:
        self._laptop = Laptop()
        self._history: History | None = None
        self.results: list[SyncResult] = []

    def __call__(self, device: Handheld) -> list[bytes]:
        if self._history is not device.history:
            self._history = device.history
            self.results = []
            self._laptop.become(device.journal.epoch, device.history.fetched)
        lines = self._laptop.sync(device)
        assert self._laptop.result is not None
        self.results.append(self._laptop.result)
        return lines
