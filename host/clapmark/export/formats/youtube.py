"""Chapters for the description of a YouTube video.

Source: YouTube Help, "Video chapters" (answer 9884579): a list of time stamps that begins with 0:00, at least three of
them, in ascending order, each chapter at least 10 seconds; "Edit video settings": a description has at most 5,000
characters and no angle brackets.
"""

from collections.abc import Mapping, Sequence

from clapmark.export.chapters import chapters_of
from clapmark.export.model import ExportError, Format, Result, TalkMarks
from clapmark.recordings.position_text import position_text

_LEAST_MS = 10_000
_LEAST_COUNT = 3
_MOST_CHARACTERS = 5_000
_BRACKETS = str.maketrans("<>", "‹›")


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return one line for each chapter: `12:31 what was marked`."""
    chapters, remarks = chapters_of(talks, _LEAST_MS)
    if len(chapters) < _LEAST_COUNT:
        raise ExportError(
            f"YouTube shows chapters only if there are at least {_LEAST_COUNT}, 10 s apart, and here are "
            f"{len(chapters)} with the one at 0:00. Nothing was written."
        )
    lines = [f"{position_text(chapter.start_ms)} {chapter.title.translate(_BRACKETS)}" for chapter in chapters]
    text = "\n".join(lines) + "\n"
    if len(text) > _MOST_CHARACTERS:
        remarks.append(f"A description has room for 5000 characters, and these are {len(text)}: shorten some lines.")
    return Result(text.encode(), tuple(remarks))


FORMAT = Format(
    "youtube", "chapters for the description of a YouTube video", ".txt", write, per_talk=True, needs_recording=True
)
