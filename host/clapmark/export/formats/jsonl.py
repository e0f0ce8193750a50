"""Marks as JSON Lines: one object on each line, for programs. Source: jsonlines.org."""

import json
from collections.abc import Mapping, Sequence

from clapmark.export.formats.rows import rows_of
from clapmark.export.model import Format, Result, TalkMarks


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return one line for each mark."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(talks)]
    return Result("".join(lines).encode())


FORMAT = Format("jsonl", "all marks as JSON Lines", ".jsonl", write)
