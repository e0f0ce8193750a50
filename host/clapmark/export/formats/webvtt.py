"""Chapters as WebVTT, for a <track kind="chapters">. Source: W3C WebVTT, 4.5 (chapter titles) and 4.2.2 (cue text)."""

import html
from collections.abc import Mapping, Sequence

from clapmark.export.chapters import chapters_of
from clapmark.export.model import Format, Result, TalkMarks
from clapmark.recordings.position_text import full_position_text


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return a cue for each chapter."""
    chapters, remarks = chapters_of(talks)
    cues = [
        f"{full_position_text(chapter.start_ms)} --> {full_position_text(chapter.end_ms)}\n"
        f"{html.escape(chapter.title, quote=False)}\n"
        for chapter in chapters
    ]
    return Result("\n".join(["WEBVTT\n", *cues]).encode(), tuple(remarks))


FORMAT = Format("webvtt", "chapters as WebVTT", ".vtt", write, per_talk=True, needs_recording=True)
