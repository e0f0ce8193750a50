"""Labels for Audacity (File > Import > Labels).

Source: Audacity Manual, "Importing and Exporting Labels": start, end and name with tabs between them, seconds with a
point, UTF-8; a point label has its start as its end.
"""

from collections.abc import Mapping, Sequence

from clapmark.export.chapters import left_out
from clapmark.export.model import Format, Result, TalkMarks


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return a point label for each moment and a region label for each passage."""
    (one,) = talks
    remarks = left_out(one)
    lines = [
        f"{start_ms / 1000:.6f}\t{(start_ms + mark.clip_ms) / 1000:.6f}\t{mark.label}\n"
        for start_ms, mark in one.placed
    ]
    return Result("".join(lines).encode(), tuple(remarks))


FORMAT = Format("audacity", "labels for Audacity", ".txt", write, per_talk=True, needs_recording=True)
