"""The moments of a talk: where so many people pressed that it says something of the talk, and nothing of any of them.

A pure function of the marks, in whole numbers: the order of the marks and the database that they come from make no
difference. Each press is moved back by the reaction time and counts as a triangle, 30 s to each side. A contributor has
one vote a minute, and at each point of the talk at most one. Nothing is shown where fewer than `threshold` people are.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import median_low
from typing import NamedTuple

from clapmark.crowd.uncertain import EXACT_S, Position, aligned_to

STEP_S = 5  # between two points of the heat line
HALF_S = 30  # of the triangle's base
APART_S = 60  # between two moments
VOTE_S = 60  # between two votes of a contributor: their triangles do not overlap
LEAST_PEOPLE = 3
SHARE_PERCENT = 5
MOST_ERROR_S = 60  # a mark that is known no better says nothing about where the talk was good
LEAST_VOTES_OF_A_BUTTON = 10  # one who presses so often, and in half of the minutes or more, marks nothing
MAX_DURATION_S = 24 * 3600
_UNIT = HALF_S  # the height of one vote at its middle
_NEAR = 2  # points to each side that a moment is higher than


class Vote(NamedTuple):
    """One mark as the database has it: `contributor` is any number that tells one person from another."""

    contributor: int
    at_s: int  # of the press, from the talk's start
    error_s: int
    tag: str
    length_s: int = 0


@dataclass(frozen=True)
class Moment:
    """A place in the talk that several people marked."""

    at_s: int  # from the talk's start, the reaction time taken off
    people: int
    tags: tuple[tuple[str, int], ...] = ()  # with the number of people, where they are enough; the most frequent first
    length_s: int = 0  # of the passage that they marked; 0 if too few marked one


@dataclass(frozen=True)
class TalkCrowd:
    """What a talk's audience marked, as everybody may see it."""

    duration_s: int
    contributors: int = 0  # 0 also where they are too few to be counted in public
    threshold: int = LEAST_PEOPLE
    moments: tuple[Moment, ...] = ()
    heat: tuple[int, ...] = ()  # 0 to 100 at every STEP_S; 0 where fewer than `threshold` people are
    tags: Mapping[str, tuple[Moment, ...]] = field(default_factory=dict)  # the moments of each tag alone


def threshold_of(contributors: int) -> int:
    """Return how many people a moment needs: max(3, 5 % of the talk's contributors, rounded up)."""
    return max(LEAST_PEOPLE, -(-contributors * SHARE_PERCENT // 100))


def moments(votes: Iterable[Vote], duration_s: int, lead_s: int = 10) -> TalkCrowd:
    """Return the moments of one talk.

    Args:
        votes: the marks of all contributors, in any order.
        duration_s: the talk's length in the schedule, in seconds.
        lead_s: how long after a moment people press, in seconds.

    """
    duration_s = min(max(duration_s, STEP_S), MAX_DURATION_S)
    people = _people(votes, duration_s, lead_s)
    threshold = threshold_of(len(people))
    if len(people) < threshold:
        return TalkCrowd(duration_s)
    heat, counts, found = _found([_one_a_minute(marks) for marks in people], duration_s, threshold)
    top = max((height for height, number in zip(heat, counts, strict=True) if number >= threshold), default=0)
    shown = tuple(
        -(-100 * height // top) if number >= threshold else 0 for height, number in zip(heat, counts, strict=True)
    )
    return TalkCrowd(duration_s, len(people), threshold, found, shown, _by_tag(people, duration_s, threshold))


def _by_tag(people: Sequence[list[Position]], duration_s: int, threshold: int) -> dict[str, tuple[Moment, ...]]:
    """Return the moments of each tag; a tag that fewer than `threshold` people used is not even named."""
    users: dict[str, list[list[Position]]] = {}
    for marks in people:
        own: dict[str, list[Position]] = {}
        for mark in marks:
            own.setdefault(mark[2], []).append(mark)
        for tag, part in own.items():
            users.setdefault(tag, []).append(part)
    found = {}
    for tag in sorted(tag for tag, parts in users.items() if tag and len(parts) >= threshold):
        _, _, peaks = _found([_one_a_minute(part) for part in users[tag]], duration_s, threshold)
        if peaks:
            found[tag] = peaks
    return found


def _people(votes: Iterable[Vote], duration_s: int, lead_s: int) -> list[list[Position]]:
    """Return the marks of each contributor that can be placed, by time, aligned to the talk."""
    by_person: dict[int, list[Position]] = {}
    for contributor, at_s, error_s, tag, length_s in votes:
        by_person.setdefault(contributor, []).append((at_s - lead_s, error_s, tag, length_s))
    exact: list[list[Position]] = []
    uncertain: list[list[Position]] = []
    for marks in by_person.values():
        marks.sort()
        (exact if all(mark[1] <= EXACT_S for mark in marks) else uncertain).append(marks)
    exact = [marks for marks in exact if not _is_button(marks, duration_s)]
    exact = _inside(exact, duration_s)
    if uncertain:
        heat, _ = _heat([_one_a_minute(marks) for marks in exact], duration_s)
        uncertain = [aligned_to(marks, duration_s, heat, STEP_S, 2 * _UNIT) for marks in uncertain]
        uncertain = [marks for marks in uncertain if not _is_button(marks, duration_s)]
    return exact + _inside(uncertain, duration_s)


def _inside(people: Sequence[list[Position]], duration_s: int) -> list[list[Position]]:
    """Return the marks that are in the talk and certain enough, of the people who have some."""
    first_s, last_s = -HALF_S, duration_s + HALF_S
    inside = ([mark for mark in marks if first_s < mark[0] < last_s and mark[1] <= MOST_ERROR_S] for marks in people)
    return [marks for marks in inside if marks]


def _one_a_minute(marks: Sequence[Position]) -> list[Position]:
    """Return the marks that count: of those within VOTE_S the first."""
    last_s = marks[0][0] - VOTE_S
    kept = []
    for mark in marks:
        if mark[0] - last_s >= VOTE_S:
            last_s = mark[0]
            kept.append(mark)
    return kept


def _is_button(marks: Sequence[Position], duration_s: int) -> bool:
    """Return whether somebody pressed all the time: in half of the talk's minutes or more."""
    least = max(LEAST_VOTES_OF_A_BUTTON, duration_s // 120)
    return len(marks) >= least and len({mark[0] // 60 for mark in marks}) >= least


def _heat(people: Sequence[Sequence[Position]], duration_s: int) -> tuple[list[int], list[int]]:
    """Return for each point of the talk its height, and how many people are within HALF_S of it.

    The triangle is a box of HALF_S that is applied twice, as sums of sums: the cost is that of the talk's length,
    however many marks it has. Marks with an uncertain time have a lower, wider triangle each.
    """
    size = duration_s + 2 * HALF_S + 1
    pressed = [0] * size  # by second, from -HALF_S on
    wide = []
    for marks in people:
        for mark in marks:
            if mark[1] <= EXACT_S:
                pressed[mark[0] + HALF_S] += 1
            else:
                wide.append(mark)
    sums = [0, *accumulate(pressed)]
    box = [sums[second + HALF_S] - sums[second] for second in range(size - HALF_S + 1)]
    boxes = [0, *accumulate(box)]
    points = range(HALF_S, HALF_S + duration_s + 1, STEP_S)
    heat = [boxes[point + 1] - boxes[point - HALF_S + 1] for point in points]
    counts = [sums[point + HALF_S] - sums[point - HALF_S + 1] for point in points]
    for at_s, error_s, _, _ in wide:
        half_s = HALF_S + error_s
        for point in range(max((at_s - half_s) // STEP_S, 0), min((at_s + half_s) // STEP_S + 1, len(heat))):
            away_s = abs(point * STEP_S - at_s)
            heat[point] += max(_UNIT * HALF_S * (half_s - away_s) // (half_s * half_s), 0)
            counts[point] += away_s < HALF_S
    return heat, counts


def _found(
    people: Sequence[Sequence[Position]], duration_s: int, threshold: int
) -> tuple[list[int], list[int], tuple[Moment, ...]]:
    """Return heights and numbers of people along the talk, and its moments."""
    heat, counts = _heat(people, duration_s)
    flat = sorted(mark for marks in people for mark in marks)
    times = [mark[0] for mark in flat]
    found = []
    for point in _peaks(heat, counts, threshold):
        at_s = point * STEP_S
        near = flat[bisect_left(times, at_s - HALF_S + 1) : bisect_left(times, at_s + HALF_S)]
        found.append(_moment(at_s, counts[point], near, threshold))
    return heat, counts, tuple(found)


def _peaks(heat: Sequence[int], counts: Sequence[int], threshold: int) -> list[int]:
    """Return the highest points that are APART_S from each other, in their order."""
    candidates = [
        point
        for point, number in enumerate(counts)
        if number >= threshold and heat[point] == max(heat[max(point - _NEAR, 0) : point + _NEAR + 1])
    ]
    chosen: list[int] = []
    for point in sorted(candidates, key=lambda point: (-heat[point], point)):
        if all(abs(point - other) * STEP_S >= APART_S for other in chosen):
            chosen.append(point)
    return sorted(chosen)


def _moment(at_s: int, people: int, near: Sequence[Position], threshold: int) -> Moment:
    """Return the moment at `at_s`; `near` has one mark of each of the people there."""
    tags = Counter(mark[2] for mark in near)
    shown = sorted(
        (tag for tag, number in tags.items() if tag and number >= threshold), key=lambda tag: (-tags[tag], tag)
    )
    lengths = [mark[3] for mark in near if mark[3] > 0]
    length_s = median_low(lengths) if len(lengths) >= threshold else 0
    return Moment(at_s, people, tuple((tag, tags[tag]) for tag in shown), length_s)
