"""What CSV and JSON Lines have in common: one row for each mark."""

from collections.abc import Iterable, Sequence

from clapmark.export.model import Mark, TalkMarks


def rows_of(talks: Sequence[TalkMarks]) -> Iterable[dict[str, object]]:
    """Yield a row for each mark, its columns always the same; None where something is not known."""
    for one in talks:
        for mark in one.marks:
            yield _row(one, mark)


def _row(one: TalkMarks, mark: Mark) -> dict[str, object]:
    return {
        "id": mark.id,
        "conference": one.slug,
        "talk": one.talk.id,
        "title": one.talk.title,
        "speakers": ", ".join(one.talk.speakers),
        "room": one.talk.room,
        "time": mark.local_time or None,
        "utc_ms": mark.utc_ms,
        "error_ms": mark.error_ms,
        "tag": mark.tag,
        "length_s": mark.length_ms / 1000,
        "position_s": None if mark.position_ms is None else mark.position_ms / 1000,
        "start_s": None if mark.start_ms is None else mark.start_ms / 1000,
        "link": mark.link or None,
        "words": mark.words or None,
        "quote": mark.quote or None,
    }
