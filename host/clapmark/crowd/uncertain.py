"""Marks whose time is uncertain: all of one contributor's marks in a talk share the error of one clock.

So they are moved together, never farther than their uncertainty allows: first into the talk, then, if there are several
of them, to where most of them meet what people with exact clocks marked.
"""

from collections.abc import Sequence

EXACT_S = 15  # a clock is right that is off by no more
_MOST_SHIFT_S = 900  # to each side: beyond, many places fit by chance
_LEAST_MARKS = 3  # that must meet what others marked

Position = tuple[int, int, str, int]  # seconds into the talk, error in seconds, tag, length in seconds


def aligned_to(marks: list[Position], duration_s: int, heat: Sequence[int], step_s: int, least: int) -> list[Position]:
    """Return one contributor's marks, moved together by no more than the least of their uncertainties.

    Args:
        marks: all marks of the contributor in the talk.
        duration_s: the talk's length.
        heat: the heat line of the contributors whose clocks are right.
        step_s: between two points of it, in seconds.
        least: the height from which on a point counts as marked.

    """
    if all(mark[1] <= EXACT_S for mark in marks):
        return marks
    shift_s = _to_consensus(marks, heat, step_s, least)
    if shift_s is None:
        return _moved(marks, _into_talk(marks, duration_s))
    return [(at_s, min(error, EXACT_S), tag, length) for at_s, error, tag, length in _moved(marks, shift_s)]


def _into_talk(marks: list[Position], duration_s: int) -> int:
    """Return the least shift that brings all marks into the talk, or what the uncertainty allows of it."""
    first_s, last_s = min(mark[0] for mark in marks), max(mark[0] for mark in marks)
    error_s = min(mark[1] for mark in marks)
    if last_s - first_s > duration_s:
        return 0  # no shift brings them in
    shift_s = -first_s if first_s < 0 else min(duration_s - last_s, 0)
    return max(-error_s, min(error_s, shift_s))


def _to_consensus(marks: list[Position], heat: Sequence[int], step_s: int, least: int) -> int | None:
    """Return the shift at which most marks meet the others' marks; None where that is not clear."""
    error_s = min(*(mark[1] for mark in marks), _MOST_SHIFT_S)
    if len(marks) < _LEAST_MARKS:
        return None
    best = (0, 0, 0)
    for shift_s in range(-(error_s // step_s) * step_s, error_s + 1, step_s):
        heights = [_at(heat, mark[0] + shift_s, step_s) for mark in marks]
        met = sum(height >= least for height in heights)
        if met >= _LEAST_MARKS and 2 * met >= len(marks):
            best = max(best, (sum(heights), -abs(shift_s), shift_s))
    return best[2] if best[0] else None


def _moved(marks: list[Position], shift_s: int) -> list[Position]:
    return [(at_s + shift_s, error_s, tag, length_s) for at_s, error_s, tag, length_s in marks]


def _at(heat: Sequence[int], second: int, step_s: int) -> int:
    point = (second + step_s // 2) // step_s
    return heat[point] if 0 <= point < len(heat) else 0
