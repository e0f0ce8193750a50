"""Wall time of records: calculated per boot from the clock records, with its uncertainty (DESIGN.md, promise 4).

A clock record says: at MS milliseconds after this boot the time was UTC, give or take ERR. Away from it the device's
crystal may drift by 50 ppm. Several clock records of one boot narrow each other down. A boot that has none lies
between its neighbours: its first record cannot be older than the last one of the boot before.

Some laptops have a wrong clock. Of clock records that contradict each other, `archive.clock_votes` decides which are
believed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clapmark.archive import record
from clapmark.archive.clock_fix import DEFAULT_ERROR_MS, DRIFT_PPM, ClockFix, common, slower_ms
from clapmark.archive.clock_votes import Span, believed, outvoted

__all__ = ["DRIFT_PPM", "Clock", "ClockFix", "WallTime", "between_fixes", "clock_fix_of"]

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


@dataclass
class _Boot:
    fixes: list[ClockFix] = field(default_factory=list)
    last_ms: int = 0  # of all its records
    # for a boot without clock: bounds of the UTC at which it started and at which its last record was written
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
                boot = self._boots[entry.boot] = _Boot()
            boot.last_ms = max(boot.last_ms, entry.ms)
            fix = clock_fix_of(entry) if entry.kind == record.CLOCK else None
            if fix:
                boot.fixes.append(fix)
        self._contradicting: set[int] = set()
        for number, boot in self._boots.items():
            boot.fixes.sort()
            if len(boot.fixes) > 1:
                kept = believed(boot.fixes)
                if kept != boot.fixes or _contradict(kept):
                    self._contradicting.add(number)
                boot.fixes = kept
        self._drop_outvoted_boots()
        self._bound_the_others()

    def time_at(self, boot: int, ms: int) -> WallTime:
        """Return the wall time of the moment `ms` milliseconds after the start of boot number `boot`."""
        known = self._boots.get(boot)
        if known is None:
            return WallTime()
        if known.fixes:
            return between_fixes(known.fixes, ms)
        earliest, latest = known.start_earliest_ms, known.end_latest_ms
        earliest = None if earliest is None else earliest + slower_ms(ms)
        latest = None if latest is None else latest - slower_ms(max(known.last_ms - ms, 0))
        if earliest is not None and latest is not None and earliest > latest:
            # the clocks of the neighbours contradict each other
            earliest, latest = latest, earliest
        return WallTime(earliest, latest)

    @property
    def contradicting_boots(self) -> list[int]:
        """The boots whose clock records cannot all be right: a clock was set wrong, or jumped."""
        return sorted(self._contradicting)

    def _drop_outvoted_boots(self) -> None:
        """Ignore the clock of a boot that cannot have been at that time, as most of the other boots say."""
        numbers = [number for number in sorted(self._boots) if self._boots[number].fixes]
        for position in outvoted([_span(self._boots[number]) for number in numbers]):
            self._boots[numbers[position]].fixes = []
            self._contradicting.add(numbers[position])

    def _bound_the_others(self) -> None:
        numbers = sorted(self._boots)
        end_ms: int | None = None  # the earliest UTC at which the boots so far can have ended
        for number in numbers:
            boot = self._boots[number]
            if boot.fixes:
                end_ms = between_fixes(boot.fixes, boot.last_ms).earliest_ms
            else:
                boot.start_earliest_ms = end_ms
                end_ms = None if end_ms is None else end_ms + slower_ms(boot.last_ms)
        start_ms: int | None = None  # the latest UTC at which the boots from here on can have started
        for number in reversed(numbers):
            boot = self._boots[number]
            if boot.fixes:
                start_ms = between_fixes(boot.fixes, 0).latest_ms
            else:
                boot.end_latest_ms = start_ms
                start_ms = None if start_ms is None else start_ms - slower_ms(boot.last_ms)


def clock_fix_of(entry: record.Record) -> ClockFix | None:
    """Return the clock fix in a record, or None if it is no clock record, or one that cannot be meant."""
    if entry.kind != record.CLOCK:
        return None
    utc_ms = entry.number("utc")
    error_ms = entry.number("err", DEFAULT_ERROR_MS)
    if not 0 < utc_ms <= _MAX_UTC_MS or not 0 <= error_ms <= _MAX_UTC_MS:
        return None
    return ClockFix(entry.ms, utc_ms, error_ms)


def between_fixes(fixes: Sequence[ClockFix], ms: int) -> WallTime:
    """Return the wall time at `ms` of a boot from its clock fixes (sorted, at least one).

    All must agree on an interval. Where they do not, because a clock was set wrong or jumped, the nearest before and
    the nearest after count, and if these two contradict each other, everything between them is possible.
    """
    if len(fixes) == 1:  # quick: most boots have one
        return WallTime(*fixes[0].time_at(ms))
    earliest_ms, latest_ms = common(fixes, ms)
    if earliest_ms <= latest_ms:
        return WallTime(earliest_ms, latest_ms)
    position = bisect_left(fixes, ClockFix(ms, 0, 0))
    near = fixes[max(position - 1, 0) : position + 1]
    earliest_ms, latest_ms = common(near, ms)
    if earliest_ms > latest_ms:
        spans = [fix.time_at(ms) for fix in near]
        earliest_ms, latest_ms = min(span[0] for span in spans), max(span[1] for span in spans)
    return WallTime(earliest_ms, latest_ms)


def _span(boot: _Boot) -> Span:
    """Return when a boot with a clock ran; where its own clock records contradict each other, any may be right."""
    fixes, last_ms = boot.fixes, boot.last_ms
    if not _contradict(fixes):
        return Span(common(fixes, 0)[1], common(fixes, last_ms)[0], len(fixes))
    return Span(max(fix.time_at(0)[1] for fix in fixes), min(fix.time_at(last_ms)[0] for fix in fixes), 1)


def _contradict(fixes: Sequence[ClockFix]) -> bool:
    earliest_ms, latest_ms = common(fixes, fixes[0].ms)
    return earliest_ms > latest_ms
