"""The sync: everything new from the device into the archive, on the disk, and only then may the device forget it.

hello, time if needed, get, write durably, commit. It can be cut at any instant: what was written stays and is
recognised by the next sync, what was not is still on the device. A sync with nothing new writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from clapmark.archive import record
from clapmark.archive.archive import Archive
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import KNOWN_KINDS
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, ExitCode
from clapmark.link.client import DeviceRefusedError
from clapmark.link.frame_reader import Damaged, Line
from clapmark.sync.device_clock import set_device_clock
from firmware.core.lines.fields import LineError

Progress = Callable[[int, int], None]

_FLUSH_BYTES = 65_536


class Greeting(Protocol):
    """What the sync needs to know of `clapmark.link.hello.Hello`."""

    @property
    def device(self) -> str: ...  # noqa: D102  a field of `hello`
    @property
    def epoch(self) -> str: ...  # noqa: D102  a field of `hello`
    @property
    def first_seq(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def last_seq(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def committed_seq(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def ms(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def utc_ms(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def clock_seq(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def clock_ms(self) -> int: ...  # noqa: D102  a field of `hello`


class Link(Protocol):
    """What the sync needs of `clapmark.link.client.LinkClient`."""

    def hello(self) -> Greeting:
        """Ask the device for its identity and state."""

    def set_time(self, utc_ms: int, err_ms: int, offset_s: int) -> int:
        """Set the clock; return the seq of the clock record."""

    def error_ms(self) -> int:
        """Return how wrong `set_time` may be."""

    def records(self, from_seq: int, progress: Progress | None = None) -> Iterator[Line | Damaged]:
        """Yield records and damaged places."""

    def commit(self, epoch: str, seq: int, crc: str) -> None:
        """Allow the device to erase records up to `seq`."""


@dataclass
class SyncResult:
    """What a sync did. Counts are of this sync alone."""

    device: str
    epoch: str
    new: int = 0  # records that the archive did not have
    already_there: int = 0  # records that came and were in the archive
    damaged: int = 0  # places in the flash that hold no whole record, not seen before; kept in EPOCH.damaged.log
    conflicts: int = 0  # new records whose number the archive has with another content; both are kept
    gaps: list[tuple[int, int]] = field(default_factory=list)  # first and last number that the device does not have
    other_archive: tuple[int, int] | None = None  # numbers that were fetched into another archive and then forgotten
    unknown_kinds: Counter[str] = field(default_factory=Counter)  # of new records, kept like all others
    damaged_known: bool = False  # a file told of damage, be it new or not
    time_set: bool = False
    committed_seq: int = 0  # up to where the device may forget, as of now
    commits_ahead: int = 0  # by how many numbers `committed_seq` was above the device's newest record

    @property
    def exit_code(self) -> ExitCode:
        """DAMAGED if something is damaged, missing, there twice with other content, or unknown here."""
        found = self.damaged or self.gaps or self.conflicts or self.unknown_kinds or self.commits_ahead
        return ExitCode.DAMAGED if found else ExitCode.OK


def sync(
    link: Link,
    archive: Archive,
    environment: Environment,
    progress: Progress | None = None,
    offset_s: int = 0,
    *,
    set_clock: bool = False,
) -> SyncResult:
    """Fetch what the archive does not have from the device at `link`, and return what that was.

    `progress(seq, last_seq)` is called as records arrive. `offset_s` is local time minus UTC, for the device's clock
    screen. With `set_clock` the laptop's clock overrides the device's (`sync.device_clock`). Takes the
    archive's lock. Raises LockedError, what the link raises, and OSError; the archive then holds what had arrived, and
    the device still has everything that was not committed.
    """
    with archive.lock():
        hello = link.hello()
        log = JournalLog(archive, hello.device, hello.epoch)
        result = SyncResult(hello.device, hello.epoch, committed_seq=hello.committed_seq)
        result.commits_ahead = max(0, hello.committed_seq - hello.last_seq)
        first_seq = max(hello.first_seq, 1)
        try:
            clock_seq = set_device_clock(link, hello, environment, offset_s, is_wanted=set_clock)
        except DeviceRefusedError as error:
            if error.code != "unsaved":
                raise
            # a full journal has no room for the clock record either, until what it holds is fetched and committed
            _Fetch(link, log, result, progress).run(first_seq, hello.last_seq)
            clock_seq = set_device_clock(link, hello, environment, offset_s, is_wanted=set_clock)
        last_seq = max(hello.last_seq, clock_seq)
        result.time_set = clock_seq > 0
        if last_seq > 0:
            _Fetch(link, log, result, progress).run(first_seq, last_seq)
        log.remember()
        return result


class _Fetch:
    """The way of the records from the link into the log."""

    def __init__(self, link: Link, log: JournalLog, result: SyncResult, progress: Progress | None) -> None:
        self._link = link
        self._log = log
        self._result = result
        self._progress = progress
        self._came: set[bytes] = set()
        self._newest = (0, "")  # seq and CRC of the last record that came from the device
        self._waiting_bytes = 0

    def run(self, first_seq: int, last_seq: int) -> None:
        log, result = self._log, self._result
        other_archive = log.unknown(1, first_seq - 1)
        if other_archive:
            result.other_archive = other_archive[0][0], other_archive[-1][1]
        self._get(self._start(first_seq, last_seq))
        if result.conflicts:  # the device started again at 1, or two have the same id: compare what was taken as known
            self._get(first_seq)
        if missing := self._missing(first_seq, last_seq):
            self._get(missing[0][0])  # ask again before reporting that a number does not exist
        for first, last in self._missing(first_seq, last_seq):
            log.add_missing(first, last)
            result.gaps.append((first, last))
        log.flush()
        seq, crc = self._newest
        if seq > result.committed_seq:
            log.make_durable()
            self._link.commit(result.epoch, seq, crc)
            result.committed_seq = seq

    def _start(self, first_seq: int, last_seq: int) -> int:
        """Return where to begin: at what is missing, and with one record at least that the archive has, to compare."""
        known_seq = min(self._log.last_seq, last_seq)
        unknown = self._log.unknown(first_seq, known_seq)
        start = unknown[0][0] if unknown else known_seq
        return max(start, first_seq)

    def _missing(self, first_seq: int, last_seq: int) -> list[tuple[int, int]]:
        return self._log.unknown(first_seq, max(last_seq, self._newest[0]))

    def _get(self, from_seq: int) -> None:
        try:
            for item in self._link.records(from_seq, self._progress):
                if isinstance(item, Damaged):
                    self._result.damaged += self._log.add_damage(item.sector, item.offset, item.data)
                elif item.data not in self._came:
                    self._came.add(item.data)
                    self._take(item.data)
                self._waiting_bytes += len(item.data)
                if self._waiting_bytes >= _FLUSH_BYTES:
                    self._waiting_bytes = 0
                    self._log.flush()
        finally:  # what came before the cable was pulled need not come again
            self._log.flush()

    def _take(self, line: bytes) -> None:
        try:
            entry = record.parse(line)
        except LineError as error:
            raise ClapmarkError(
                f"The link let a damaged record through ({error}). Nothing is lost, the device still has it: try again."
            ) from error
        if entry.seq >= self._newest[0]:
            self._newest = entry.seq, entry.crc.decode("ascii")
        if self._log.has_line(line):
            self._result.already_there += 1
            return
        self._result.conflicts += self._log.has_seq(entry.seq)
        self._result.new += 1
        if entry.kind not in KNOWN_KINDS:
            self._result.unknown_kinds[entry.kind.decode("ascii", "replace")] += 1
        self._log.add(entry.seq, line)
