"""Chapters as Podcasting 2.0 JSON. Source: podcast-namespace, "JSON Chapters Format", version 1.2."""

import json
from collections.abc import Mapping, Sequence

from clapmark.export.chapters import Chapter, chapters_of
from clapmark.export.model import Format, Result, TalkMarks


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return the chapters object; times in seconds."""
    chapters, remarks = chapters_of(talks)
    (one,) = talks
    value = {
        "version": "1.2.0",
        "title": one.talk.title,
        "author": ", ".join(one.talk.speakers),
        "podcastName": one.conference,
        "chapters": [_value(chapter) for chapter in chapters],
    }
    return Result((json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode(), tuple(remarks))


def _value(chapter: Chapter) -> dict[str, object]:
    value: dict[str, object] = {
        "startTime": chapter.start_ms / 1000,
        "endTime": chapter.end_ms / 1000,
        "title": chapter.title,
    }
    return value | ({"url": chapter.link} if chapter.link else {})


FORMAT = Format("podcast", "chapters as Podcasting 2.0 JSON", ".json", write, per_talk=True, needs_recording=True)
