"""Wall time of records: worked out per boot from the clock records, with its uncertainty (DESIGN.md, promise 4).

A clock record says: at MS milliseconds after this boot the time was UTC, give or take ERR. Away from it the device's
crystal may drift by 50 ppm. Several clock records of one boot narrow each other down. A boot that has none lies
between its neighbours: its first record cannot be older than the last one of the boot before.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clapmark.archive import record

DRIFT_PPM = 50  # a 40 MHz crystal of an ESP32 board: 10 to 20 ppm at room temperature, and its ageing and a cold hall
DEFAULT_ERROR_MS = 2_000  # of a clock record that does not say
_MAX_UTC_MS = 253_402_300_799_000  # the last second of the year 9999


@dataclass(frozen=True)
class WallTime:
    """When something was: not before `earliest_ms`, not after `latest_ms` (UTC since 1970; None: no bound is known)."""

    earliest_ms: int | None = None
    latest_ms: int | None = None

    @property
    def utc_ms(self) -> int | None:
        """The middle of the interval, or None if an end is open."""
        if self.earliest_ms is None or self.latest_ms is None:
            return None
        return (self.earliest_ms + self.latest_ms) // 2

    @property
    def error_ms(self) -> int | None:
        """Half the width of the interval, or None if an end is open."""
        if self.earliest_ms is None or self.latest_ms is None:
            return None
        return (self.latest_ms - self.earliest_ms + 1) // 2

    @property
    def sort_ms(self) -> int:
        """A number to sort by: the middle, else the end that is known, else 0."""
        middle = self.utc_ms
        if middle is not None:
            return middle
        return self.earliest_ms if self.earliest_ms is not None else self.latest_ms or 0


@dataclass(frozen=True, order=True)
class Anchor:
    """One clock record: `ms` since boot was `utc_ms`, give or take `error_ms`."""

    ms: int
    utc_ms: int
    error_ms: int

    def time_at(self, ms: int) -> tuple[int, int]:
        """Return the earliest and latest UTC of another moment `ms` of the same boot, in milliseconds."""
        distance_ms = ms - self.ms
        error_ms = self.error_ms + (abs(distance_ms) * DRIFT_PPM + 999_999) // 1_000_000
        return self.utc_ms + distance_ms - error_ms, self.utc_ms + distance_ms + error_ms


@dataclass
class _Boot:
    anchors: list[Anchor]
    last_ms: int  # of all its records
    # for a boot without anchors: bounds of the UTC at which it started and at which its last record was written
    start_earliest_ms: int | None = None
    end_latest_ms: int | None = None


class Clock:
    """The wall time of every moment of one journal (one epoch of one device)."""

    def __init__(self, records: Iterable[record.Record]) -> None:
        """Take all records of the journal, in any order."""
        self._boots: dict[int, _Boot] = {}
        for entry in records:
            boot = self._boots.get(entry.boot)
            if boot is None:
                boot = self._boots[entry.boot] = _Boot([], 0)
            boot.last_ms = max(boot.last_ms, entry.ms)
            anchor = anchor_of(entry) if entry.kind == record.CLOCK else None
            if anchor:
                boot.anchors.append(anchor)
        for boot in self._boots.values():
            boot.anchors.sort()
        self._bound_the_others()

    def time_at(self, boot: int, ms: int) -> WallTime:
        """Return the wall time of the moment `ms` milliseconds after the start of boot number `boot`."""
        known = self._boots.get(boot)
        if known is None:
            return WallTime()
        if known.anchors:
            return between_anchors(known.anchors, ms)
        earliest, latest = known.start_earliest_ms, known.end_latest_ms
        earliest = None if earliest is None else earliest + _slower(ms)
        latest = None if latest is None else latest - _slower(max(known.last_ms - ms, 0))
        if earliest is not None and latest is not None and earliest > latest:
            # the clocks of the neighbours contradict each other
            earliest, latest = latest, earliest
        return WallTime(earliest, latest)

    @property
    def contradicting_boots(self) -> list[int]:
        """The boots whose clock records cannot all be right: a clock was set wrong, or jumped."""
        found = []
        for number, boot in sorted(self._boots.items()):
            if boot.anchors:
                earliest_ms, latest_ms = _common(boot.anchors, boot.anchors[0].ms)
                if earliest_ms > latest_ms:
                    found.append(number)
        return found

    def _bound_the_others(self) -> None:
        numbers = sorted(self._boots)
        end_ms: int | None = None  # the earliest UTC at which the boots so far can have ended
        for number in numbers:
            boot = self._boots[number]
            if boot.anchors:
                end_ms = between_anchors(boot.anchors, boot.last_ms).earliest_ms
            else:
                boot.start_earliest_ms = end_ms
                end_ms = None if end_ms is None else end_ms + _slower(boot.last_ms)
        start_ms: int | None = None  # the latest UTC at which the boots from here on can have started
        for number in reversed(numbers):
            boot = self._boots[number]
            if boot.anchors:
                start_ms = between_anchors(boot.anchors, 0).latest_ms
            else:
                boot.end_latest_ms = start_ms
                start_ms = None if start_ms is None else start_ms - _slower(boot.last_ms)


def anchor_of(entry: record.Record) -> Anchor | None:
    """Return the anchor in a record, or None if it is no clock record, or one that cannot be meant."""
    if entry.kind != record.CLOCK:
        return None
    utc_ms = entry.number("utc")
    error_ms = entry.number("err", DEFAULT_ERROR_MS)
    if not 0 < utc_ms <= _MAX_UTC_MS or not 0 <= error_ms <= _MAX_UTC_MS:
        return None
    return Anchor(entry.ms, utc_ms, error_ms)


def between_anchors(anchors: Sequence[Anchor], ms: int) -> WallTime:
    """Return the wall time at `ms` of a boot from its anchors (sorted, at least one).

    All anchors must agree on an interval; where they do not, because a clock was set wrong or jumped, the nearest
    anchor before and the nearest after count, and if these two contradict each other, everything between them may be.
    """
    if len(anchors) == 1:  # quick: most boots have one
        return WallTime(*anchors[0].time_at(ms))
    earliest_ms, latest_ms = _common(anchors, ms)
    if earliest_ms <= latest_ms:
        return WallTime(earliest_ms, latest_ms)
    position = bisect_left(anchors, Anchor(ms, 0, 0))
    near = anchors[max(position - 1, 0) : position + 1]
    earliest_ms, latest_ms = _common(near, ms)
    if earliest_ms > latest_ms:
        spans = [anchor.time_at(ms) for anchor in near]
        earliest_ms, latest_ms = min(span[0] for span in spans), max(span[1] for span in spans)
    return WallTime(earliest_ms, latest_ms)


def _common(anchors: Sequence[Anchor], ms: int) -> tuple[int, int]:
    spans = [anchor.time_at(ms) for anchor in anchors]
    return max(span[0] for span in spans), min(span[1] for span in spans)


def _slower(ms: int) -> int:
    """Return the least real time that `ms` of the device's clock can have taken."""
    return ms - (ms * DRIFT_PPM + 999_999) // 1_000_000
