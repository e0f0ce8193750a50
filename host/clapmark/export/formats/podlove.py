"""Chapters as Podlove Simple Chapters. Source: podlove.org/simple-chapters, version 1.2."""

import html
from collections.abc import Mapping, Sequence

from clapmark.export.chapters import Chapter, chapters_of
from clapmark.export.model import Format, Result, TalkMarks
from clapmark.recordings.position_text import full_position_text


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return the chapters element; times are normal play time."""
    chapters, remarks = chapters_of(talks)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters" version="1.2">',
        *(_element(chapter) for chapter in chapters),
        "</psc:chapters>",
    ]
    return Result(("\n".join(lines) + "\n").encode(), tuple(remarks))


def _element(chapter: Chapter) -> str:
    href = f' href="{html.escape(chapter.link)}"' if chapter.link else ""
    start = full_position_text(chapter.start_ms)
    return f'  <psc:chapter start="{start}" title="{html.escape(chapter.title)}"{href}/>'


FORMAT = Format("podlove", "chapters as Podlove Simple Chapters", ".psc", write, per_talk=True, needs_recording=True)
