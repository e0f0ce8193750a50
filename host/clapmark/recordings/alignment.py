"""Calculates the position of a moment in a recording.

Anchors are known pairs of wall-clock and video time (DESIGN.md).

One anchor gives the offset. Two anchors of the same stretch narrow it down or, where the recording runs faster or
slower than the clock, give its rate. A recording that was cut is several segments, each with anchors of its own.

Between two moments of the same boot the device's own clock counts, which is exact to 50 ppm: bookmarks are placed
correctly even if the time of day is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from clapmark.archive.clock_fix import DRIFT_PPM
from clapmark.archive.wall_time import WallTime
from clapmark.base.errors import UsageError
from clapmark.bookmarks.fold import Bookmark
from clapmark.recordings.position_text import position_text

MIN_RATE, MAX_RATE = 0.75, 4 / 3  # beyond, a recording was cut, not stretched
MAX_ERROR_MS = 60_000  # a place that is known no better than this is no place to send a reader to


@dataclass(frozen=True)
class Elapsed:
    """A length of time, give or take `error_ms`."""

    ms: int
    error_ms: int


@dataclass(frozen=True)
class Moment:
    """When something was, by the wall clock and, where a device recorded it, by the clock of that boot."""

    when: WallTime
    boot: tuple[str, str, int] | None = None  # device, epoch, boot number
    ms: int = 0  # since that boot

    def until(self, other: "Moment") -> Elapsed | None:
        """Return the time from this moment to `other`, negative if that was before; None if it cannot be known."""
        if self == other:
            return Elapsed(0, 0)
        if self.boot is not None and self.boot == other.boot:
            ms = other.ms - self.ms
            return Elapsed(ms, abs(ms) * DRIFT_PPM // 1_000_000 + 1)
        here, there = self.when, other.when
        if here.utc_ms is None or here.error_ms is None or there.utc_ms is None or there.error_ms is None:
            return None
        return Elapsed(there.utc_ms - here.utc_ms, here.error_ms + there.error_ms)


def moment_of(bookmark: Bookmark) -> Moment:
    """Return the moment of a press."""
    return Moment(bookmark.when, (bookmark.device, bookmark.epoch, bookmark.boot), bookmark.ms)


@dataclass(frozen=True)
class Anchor:
    """At `moment` the recording was at `video_ms`, give or take `error_ms`. `name` is how messages speak of it."""

    moment: Moment
    video_ms: int
    error_ms: int
    name: str


class Lies(StrEnum):
    """Whether a moment is in the recording."""

    INSIDE = "inside"
    BEFORE = "before"  # the recording begins later
    CUT_OUT = "cut out"
    UNKNOWN = "unknown"  # no wall time that is good enough, and no anchor of its boot


@dataclass(frozen=True)
class Position:
    """The position of a moment in a recording; `ms` and `error_ms` are valid only INSIDE it."""

    lies: Lies
    ms: int = 0
    error_ms: int = 0


@dataclass(frozen=True)
class Segment:
    """A stretch of the recording without a cut: from `from_ms` to `to_ms` (None: its end), with one or two anchors."""

    from_ms: int
    to_ms: int | None
    anchors: tuple[Anchor, ...]

    @cached_property
    def rate(self) -> float:
        """How fast the recording runs by the clock: 1.0, unless two anchors contradict that beyond their errors."""
        if len(self.anchors) == 1:
            return 1.0
        first, second = self.anchors
        wall = first.moment.until(second.moment)
        video_ms = second.video_ms - first.video_ms
        if wall is None or wall.ms == 0 or abs(video_ms - wall.ms) <= wall.error_ms + first.error_ms + second.error_ms:
            return 1.0
        return video_ms / wall.ms

    def place(self, moment: Moment) -> Elapsed | None:
        """Return where `moment` would lie if this segment had no ends; None if it cannot be known."""
        found = [place for anchor in self.anchors if (place := self._from(anchor, moment))]
        if len(found) < 2:
            return found[0] if found else None
        if self.rate == 1.0:
            earliest = max(place.ms - place.error_ms for place in found)
            latest = min(place.ms + place.error_ms for place in found)
            return Elapsed((earliest + latest) // 2, max(latest - earliest, 0) // 2)
        return min(found, key=lambda place: place.error_ms)

    def _from(self, anchor: Anchor, moment: Moment) -> Elapsed | None:
        elapsed = anchor.moment.until(moment)
        if elapsed is None:
            return None
        video_ms = round(elapsed.ms * self.rate)
        error_ms = anchor.error_ms + elapsed.error_ms
        if self.rate != 1.0:  # the rate is known no better than the anchors that it comes from
            first, second = self.anchors
            wall = first.moment.until(second.moment)
            pair_error_ms = first.error_ms + second.error_ms + (wall.error_ms if wall else 0)
            error_ms += abs(video_ms) * pair_error_ms // max(second.video_ms - first.video_ms, 1)
        return Elapsed(anchor.video_ms + video_ms, error_ms)


@dataclass(frozen=True)
class Alignment:
    """The segments of one recording in their order; none where nothing is known yet."""

    segments: tuple[Segment, ...]

    def position(self, moment: Moment) -> Position:
        """Return the position of `moment` in the recording."""
        before = None  # the segment that ends before the moment, and the moment's position in it
        for segment in self.segments:
            place = segment.place(moment)
            if place is None or place.error_ms > MAX_ERROR_MS:
                continue
            if place.ms < segment.from_ms - place.error_ms:
                return Position(Lies.BEFORE if before is None and segment.from_ms == 0 else Lies.CUT_OUT)
            if segment.to_ms is None or place.ms < segment.to_ms:
                return Position(Lies.INSIDE, max(place.ms, segment.from_ms), place.error_ms)
            before = segment
        return Position(Lies.UNKNOWN if before is None else Lies.CUT_OUT)


def align(anchors: Sequence[Anchor], cuts_ms: Sequence[int] = ()) -> Alignment:
    """Return the alignment that `anchors` give a recording with cuts at the positions `cuts_ms`.

    Raises UsageError, in a sentence, where they contradict each other, or a segment has none or more than two.
    """
    if not anchors:
        return Alignment(())
    edges = [0, *sorted(set(cuts_ms) - {0})]
    segments = []
    for from_ms, to_ms in zip(edges, [*edges[1:], None], strict=True):
        inside = [
            anchor for anchor in anchors if from_ms <= anchor.video_ms and (to_ms is None or anchor.video_ms < to_ms)
        ]
        inside.sort(key=lambda anchor: anchor.video_ms)
        span = f"from {position_text(from_ms)} {f'to {position_text(to_ms)}' if to_ms is not None else 'on'}"
        if not inside:
            raise UsageError(f"The time of day is unknown {span}: align a bookmark there with --at.")
        if len(inside) > 2:
            raise UsageError(
                f"{len(inside)} anchors stand {span}, and two are enough. If the recording was cut between them, "
                "say where with --cut."
            )
        segments.append(Segment(from_ms, to_ms, tuple(inside)))
    for segment in segments:
        _check_pair(segment)
    for before, after in pairwise(segments):
        _check_cut(before, after)
    return Alignment(tuple(segments))


def cut_out(before: Segment, after: Segment) -> Elapsed | None:
    """Return how much time was cut out between two neighbours; None if that cannot be known."""
    last, first = before.anchors[-1], after.anchors[0]
    wall = last.moment.until(first.moment)
    if wall is None:
        return None
    kept_ms = (after.from_ms - last.video_ms) / before.rate + (first.video_ms - after.from_ms) / after.rate
    return Elapsed(round(wall.ms - kept_ms), wall.error_ms + last.error_ms + first.error_ms)


def _check_pair(segment: Segment) -> None:
    if len(segment.anchors) < 2:
        return
    first, second = segment.anchors
    wall = first.moment.until(second.moment)
    named = f"{first.name} at {position_text(first.video_ms)} and {second.name} at {position_text(second.video_ms)}"
    if wall is None:
        raise UsageError(f"{named} cannot be compared: the time between the two is not known. One of them is enough.")
    video_ms = second.video_ms - first.video_ms
    if first.moment == second.moment or video_ms == 0:
        raise UsageError(f"{named} contradict each other: one moment cannot be at two places of a recording.")
    if wall.ms <= 0 and abs(video_ms - wall.ms) > wall.error_ms + first.error_ms + second.error_ms:
        raise UsageError(
            f"{named} contradict each other: {second.name} was first, but comes later in the recording. "
            "One of the two is wrong."
        )
    if not MIN_RATE <= segment.rate <= MAX_RATE:
        raise UsageError(
            f"{named} contradict each other: between them {position_text(wall.ms)} passed, but the recording shows "
            f"{position_text(video_ms)}. One of them is wrong, or the recording was cut: then say where with --cut."
        )


def _check_cut(before: Segment, after: Segment) -> None:
    gap = cut_out(before, after)
    if gap is not None and gap.ms < -gap.error_ms:
        raise UsageError(
            f"{before.anchors[-1].name} and {after.anchors[0].name} contradict the cut at "
            f"{position_text(after.from_ms)}: by them the recording shows {position_text(-gap.ms)} more than the time "
            "that passed. One of them is wrong."
        )
