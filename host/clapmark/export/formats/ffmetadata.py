r"""Chapters for ffmpeg: `ffmpeg -i talk.mp4 -i talk.ffmeta -map_metadata 1 -map_chapters 1 -codec copy out.mp4`.

Source: FFmpeg Formats Documentation, "Metadata": the characters = ; # \ and the line end are escaped with a backslash.
"""

import re
from collections.abc import Mapping, Sequence

from clapmark.export.chapters import chapters_of
from clapmark.export.model import Format, Result, TalkMarks


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return the talk's title and artist, and a section for each chapter, in milliseconds."""
    chapters, remarks = chapters_of(talks)
    (one,) = talks
    lines = [
        ";FFMETADATA1",
        f"title={_escaped(one.talk.title)}",
        f"artist={_escaped(', '.join(one.talk.speakers))}",
        f"album={_escaped(one.conference)}",
    ]
    for chapter in chapters:
        lines += ["", "[CHAPTER]", "TIMEBASE=1/1000", f"START={chapter.start_ms}", f"END={chapter.end_ms}"]
        lines.append(f"title={_escaped(chapter.title)}")
    return Result(("\n".join(lines) + "\n").encode(), tuple(remarks))


def _escaped(text: str) -> str:
    escaped = re.sub(r"([=;#\\\n])", r"\\\1", text)
    # ffmpeg takes a backslash before the line end for an escape, even one that is escaped (libavformat/ffmetadec.c)
    return f"{escaped} " if escaped.endswith("\\") else escaped


FORMAT = Format("ffmetadata", "chapters for ffmpeg", ".ffmeta", write, per_talk=True, needs_recording=True)
