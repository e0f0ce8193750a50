"""Marks as CSV, for a spreadsheet. Source: RFC 4180; OWASP, "CSV Injection".

It begins with a byte order mark: without one Excel reads UTF-8 as Windows-1252.
"""

import csv
import io
from collections.abc import Mapping, Sequence

from clapmark.export.formats.rows import rows_of
from clapmark.export.model import Format, Result, TalkMarks


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return a header and one row for each mark."""
    file = io.StringIO(newline="")
    rows = list(rows_of(talks))
    writer = csv.DictWriter(file, list(rows[0]) if rows else ["id"])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return Result(file.getvalue().encode("utf-8-sig"))


def _cell(value: object) -> object:
    """Return text behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" and value else value


FORMAT = Format("csv", "all marks as a table", ".csv", write)
