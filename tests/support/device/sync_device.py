"""A device for tests of the sync: what the link shows of a journal, with a cable that can be cut at any call."""

import io

from clapmark.archive.archive import Archive
from clapmark.archive.journals import parse_log
from clapmark.archive.record import parse
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.link.client import Hello
from clapmark.link.frame_reader import Damaged, Line
from tests.support.archive.conference import utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line


class CableCutError(ClapmarkError):
    pass


class JournalOnDevice:
    """A device as the link shows it: records and damaged places in the order of the flash, and what it may forget."""

    def __init__(self, log: JournalText, archive: Archive) -> None:
        self.items: list[bytes | Damaged] = list(log.lines)
        self.archive = archive
        self.committed = 0
        self.first = 1
        self.clock_seq = self.utc = self.offset_s = 0
        self.calls = 0
        self.cut_at = 0
        self.asked: list[int] = []

    @property
    def lines(self) -> list[bytes]:
        return [item for item in self.items if isinstance(item, bytes)]

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.cut_at:
            raise CableCutError("the cable was cut")

    def hello(self) -> Hello:
        self._call()
        last = parse(self.lines[-1]).seq if self.lines else 0
        counts = (1, self.first, last, self.committed, 1, 0)
        return Hello(1, DEVICE, "sim", "0", EPOCH, *counts, 1_000, self.utc, self.clock_seq, 0, 0, "")

    def error_ms(self) -> int:
        return 7

    def set_time(self, utc: int, err: int, offset: int) -> int:
        self._call()
        self.utc, self.offset_s = utc, offset
        self.clock_seq = parse(self.lines[-1]).seq + 1 if self.lines else 1
        self.items.append(line(self.clock_seq, 1, 1_000, "clock", utc=utc, err=err, source="host"))
        return self.clock_seq

    def records(self, from_seq, progress=None):
        self.asked.append(from_seq)
        for item in self.items:
            self._call()
            if isinstance(item, Damaged):
                yield item
            elif (seq := parse(item).seq) >= max(from_seq, self.first):
                yield Line(seq, item)

    def commit(self, epoch: str, seq: int, crc: str) -> None:
        """Promise 1, seen from the device: all that it may forget is in the archive's files, every single record."""
        self._call()
        data = self.archive.log_path(DEVICE, EPOCH).read_bytes()
        on_disk = {entry.line for entry in parse_log(DEVICE, EPOCH, data).records}
        assert epoch == EPOCH
        assert any(item for item in self.lines if parse(item).seq == seq and parse(item).crc.decode() == crc)
        assert {item for item in self.lines if parse(item).seq <= seq and parse(item).seq >= self.first} <= on_disk
        self.committed = seq


def laptop() -> Environment:
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    environment.utc_ms = lambda: utc_ms("18:00")  # type: ignore[method-assign]
    return environment


def journal_of(count: int) -> JournalText:
    log = JournalText()
    for number in range(count):
        log.add(number * 1_000, "bookmark", tag="note")
    return log


def everything(archive):
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in archive.folder.rglob("*")
        if path.is_file()
    }
