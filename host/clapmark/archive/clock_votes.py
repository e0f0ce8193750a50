"""Which clock records are believed where they contradict each other: a laptop with a wrong clock leaves wrong ones.

The rules, in this order (docs/archive.md):

1. Of the clock records of one boot, the largest group that agrees is believed.
2. Boots follow each other in time. Where they contradict each other, a date that is over twenty years after the oldest
   possible one is not believed: a mistaken epoch puts a clock thirty years ahead.
3. The clock of a boot that fits into none of the longest orders is not believed.
4. Where that leaves a tie, and the dates differ by more than a day, the later date is believed: a clock that has lost
   its time restarts in the past.
5. Else both may be right, and the uncertainty of the times says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from clapmark.archive.clock_fix import ClockFix, common

DAY_MS = 24 * 3600 * 1000
_FAR_MS = 20 * 365 * DAY_MS  # less than the thirty years between the epochs of 1970 and 2000
_OLDEST_UTC_MS = 1_451_606_400_000  # 2016: there was no ESP32 before


@dataclass(frozen=True)
class Span:
    """When a boot ran, as its own clock says: not before `end_ms` did it end, not after `start_ms` did it start."""

    start_ms: int
    end_ms: int
    votes: int  # clock records

    def may_precede(self, other: "Span") -> bool:
        """Return whether this boot can have ended before the other started."""
        return self.end_ms <= other.start_ms


def believed(fixes: Sequence[ClockFix]) -> list[ClockFix]:
    """Return the clock fixes of one boot (sorted) that are believed: all where they agree."""
    earliest_ms, latest_ms = common(fixes, fixes[0].ms)
    if earliest_ms <= latest_ms:
        return list(fixes)
    groups = _largest_groups(fixes)
    dates_ms = [group[-1].time_at(fixes[0].ms)[1] for group in groups]
    limit_ms = _limit_ms(dates_ms)
    newest_ms = max(date_ms for date_ms in dates_ms if date_ms <= limit_ms)
    oldest_ms = newest_ms - DAY_MS
    kept = [group for group, date_ms in zip(groups, dates_ms, strict=True) if oldest_ms <= date_ms <= limit_ms]
    return sorted({fix for group in kept for fix in group})


def outvoted(spans: Sequence[Span]) -> list[int]:
    """Return the positions of the boots, given in their order, whose clock is not believed."""
    if all(before.may_precede(after) for before, after in pairwise(spans)):
        return []
    limit_ms = _limit_ms([span.start_ms for span in spans])
    lost = {position for position, span in enumerate(spans) if span.start_ms > limit_ms}
    kept = [position for position in range(len(spans)) if position not in lost]
    return sorted(lost | {kept[position] for position in _out_of_order([spans[position] for position in kept])})


def _limit_ms(dates_ms: Sequence[int]) -> int:
    """Return the latest of contradicting dates that may be believed."""
    possible = [date_ms for date_ms in dates_ms if date_ms >= _OLDEST_UTC_MS]
    return min(possible, default=max(dates_ms)) + _FAR_MS


def _out_of_order(spans: Sequence[Span]) -> set[int]:
    """Return the positions of the boots that do not fit into the order of the others."""
    ahead = _best_chains(spans)
    reverse = [Span(-span.end_ms, -span.start_ms, span.votes) for span in reversed(spans)]
    behind = _best_chains(reverse)[::-1]
    through = [front + back - span.votes for front, back, span in zip(ahead, behind, spans, strict=True)]
    best = max(through)
    lost = {position for position, votes in enumerate(through) if votes < best}
    newest_end_ms: int | None = None
    for position, span in enumerate(spans):
        if position in lost:
            continue
        if newest_end_ms is not None and span.start_ms + DAY_MS < newest_end_ms:
            lost.add(position)  # dated long before a boot that came earlier
        else:
            newest_end_ms = max(span.end_ms, newest_end_ms or span.end_ms)
    return lost


def _largest_groups(fixes: Sequence[ClockFix]) -> list[list[ClockFix]]:
    """Return the groups of fixes that share a moment and are as large as any, by sweeping over their intervals."""
    spans = [fix.time_at(fixes[0].ms) for fix in fixes]
    edges = sorted([(start, 0) for start, _ in spans] + [(end, 1) for _, end in spans], key=itemgetter(0, 1))
    depth = most = 0
    places: list[int] = []
    for at_ms, is_end in edges:
        depth += -1 if is_end else 1
        if not is_end and depth > most:
            most, places = depth, [at_ms]
        elif not is_end and depth == most:
            places.append(at_ms)
    groups = []
    for at_ms in places:
        group = [fix for fix, (start, end) in zip(fixes, spans, strict=True) if start <= at_ms <= end]
        if group not in groups:
            groups.append(group)
    return groups


def _best_chains(spans: Sequence[Span]) -> list[int]:
    """Return, for each boot, the most votes of an order of boots that ends with it."""
    best: list[int] = []
    for position, span in enumerate(spans):
        before = (best[other] for other in range(position) if spans[other].may_precede(span))
        best.append(span.votes + max(before, default=0))
    return best
