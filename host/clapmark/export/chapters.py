"""Chapters made from marks: what the chapter formats have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from clapmark.export.model import MAX_LABEL, ExportError, TalkMarks
from clapmark.schedule.text import one_line

LEAST_LAST_MS = 10_000  # of the last chapter, where the talk's end in the recording is not known


@dataclass(frozen=True)
class Chapter:
    """From `start_ms` to `end_ms` of the recording; `title` on one line."""

    start_ms: int
    end_ms: int
    title: str
    link: str = ""


def chapters_of(talks: Sequence[TalkMarks], least_ms: int = 1_000) -> tuple[list[Chapter], list[str]]:
    """Return the chapters of the only talk in `talks`, and sentences about what was merged or left out.

    The first begins at 0 and carries the talk's title, unless a mark lies there. Marks less than `least_ms` behind the
    one before them share its chapter.
    """
    (one,) = talks
    remarks = left_out(one)
    starts: list[tuple[int, list[str], str]] = [(0, [], "")]
    merged = 0
    for start_ms, mark in one.placed:
        last_ms, titles, _ = starts[-1]
        if start_ms - last_ms < least_ms:
            merged += bool(titles)
            titles.append(mark.label)
        else:
            starts.append((start_ms, [mark.label], mark.link))
    if not starts[0][1]:
        link = one.video.at(0) if one.video else ""
        starts[0] = (0, [one.talk.title], link)
    if merged:
        remarks.append(f"Marks that share a chapter, since they are less than {least_ms // 1000} s apart: {merged}.")
    last_ms = max(one.end_ms or 0, starts[-1][0] + max(LEAST_LAST_MS, least_ms))
    ends = [start_ms for start_ms, _, _ in starts[1:]] + [last_ms]
    return [
        Chapter(start_ms, end_ms, _title(titles), link)
        for (start_ms, titles, link), end_ms in zip(starts, ends, strict=True)
    ], remarks


def left_out(one: TalkMarks) -> list[str]:
    """Return a sentence about marks outside the recording, if there are any. Raises ExportError if all are."""
    missing = len(one.marks) - len(one.placed)
    if not one.placed:
        raise ExportError(f"“{one.talk.title}” has no mark within its recording.")
    return [f"Marks outside the recording, left out: {missing}."] if missing else []


def _title(titles: Sequence[str]) -> str:
    text = one_line(" / ".join(titles), 4 * MAX_LABEL)
    return text if len(text) <= 2 * MAX_LABEL else text[: 2 * MAX_LABEL - 1] + "…"
