"""A journal's log of which only the boots that are asked for are read."""

import contextlib
from collections.abc import Iterable
from functools import cached_property

from clapmark.archive.archive import Archive
from clapmark.archive.boot_index import BootIndex, joined
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import Journal, parse_log
from clapmark.archive.wall_time import Clock, WallTime


class PartialLog:
    """One journal of the archive: the times of all its boots, and the records of some.

    A log whose content is not known (`clapmark.archive.log_cache`) is read once as a whole.
    """

    def __init__(self, archive: Archive, device: str, epoch: str) -> None:
        """Find the boots. Raises OSError."""
        self.device = device
        self.epoch = epoch
        self._path = archive.log_path(device, epoch)
        log = JournalLog(archive, device, epoch)
        self.index: BootIndex = log.boots
        self._outline = parse_log(device, epoch, self.index.outline())
        self.clock = Clock(self._outline.records)
        with contextlib.suppress(OSError):  # derived: in a read-only archive, the log is read again next time
            log.remember()

    @property
    def boots(self) -> list[int]:
        """The numbers of all boots."""
        return sorted(self.index.boots)

    def span(self, boot: int) -> WallTime:
        """Return the time in which everything in a boot happened, as far as it is known."""
        return self._spans[boot]

    @cached_property
    def _spans(self) -> dict[int, WallTime]:
        return {boot: self._span(boot) for boot in self.index.boots}

    def _span(self, boot: int) -> WallTime:
        first = self.clock.time_at(boot, 0)
        last = self.clock.time_at(boot, max(self.index.boots[boot].last_ms, 0))
        return WallTime(first.earliest_ms, last.latest_ms)

    def key(self, boot: int) -> str:
        """Return a text that changes whenever a record of the boot, or the time of one, changes."""
        entry = self.index.boots[boot]
        first, last = self.clock.time_at(boot, 0), self.clock.time_at(boot, max(entry.last_ms, 0))
        times = (first.earliest_ms, first.latest_ms, last.earliest_ms, last.latest_ms)
        return f"{self.device} {self.epoch} {boot} {entry.crc:08X} {times}"

    @property
    def shared_key(self) -> str:
        """A text that changes with the records that several boots need."""
        return repr(self.index.shared)

    def read(self, boots: Iterable[int]) -> Journal:
        """Return the records of these boots, with those of others that speak of them."""
        wanted = set(boots)
        ranges = joined(one for boot in wanted for one in self.index.boots[boot].ranges)
        pieces = [b"".join(line + b"\n" for line in self.index.shared)]
        if ranges:
            with self._path.open("rb") as file:
                for begin, end in ranges:
                    file.seek(begin)
                    pieces.append(file.read(end - begin))
        return parse_log(self.device, self.epoch, b"".join(pieces))
