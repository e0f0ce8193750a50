"""A schedule as CSV: one line names the columns, each further one is a talk (docs/cli.md lists the columns)."""

import csv
import io
from datetime import date
from zoneinfo import ZoneInfo

from clapmark.schedule.model import MAX_TALKS, Schedule
from clapmark.schedule.readers.table import HEADER_ROWS, Line, find_header, missing_columns, read_table

_HEAD = 20_000  # characters in which the names of the columns are searched
_DELIMITERS = ",;\t|"


def recognises(text: str) -> bool:
    """Return whether one of the first lines of `text` names columns, a title and a start among them."""
    return find_header(_head(text)) is not None


def what_is_missing(text: str) -> str:
    """Return what `text` lacks to be a schedule, if it is a table at all; "" otherwise."""
    return missing_columns(_head(text))


def read(text: str, *, file: str, zone: ZoneInfo, start: date | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the table `text`; times without an offset are local times of `zone`.

    `file` names the source in messages, and the conference if `title` is empty; weekdays are those from `start` on.
    Raises ScheduleError.
    """
    notes: list[str] = []
    lines = _lines(text, notes)
    header = find_header(lines) or 0
    return read_table(lines, header, file=file, zone=zone, title=title, slug=slug, start=start, notes=notes)


def _delimiter(text: str) -> str:
    """Return the delimiter: the one that Excel's first line `sep=;` names, else the one that gives a header."""
    first = text[:_HEAD].lstrip().partition("\n")[0].strip()
    if len(first) == 5 and first.lower().startswith("sep="):
        return first[4]
    candidates = sorted(_DELIMITERS, key=text[:_HEAD].count, reverse=True)
    rows = {one: _parsed(text[:_HEAD], one, HEADER_ROWS) for one in candidates}
    return next((one for one in candidates if find_header(rows[one]) is not None), candidates[0])


def _head(text: str) -> list[Line]:
    return _parsed(text[:_HEAD], _delimiter(text), HEADER_ROWS)


def _parsed(text: str, delimiter: str, limit: int) -> list[Line]:
    """Return the first rows, read without complaint: enough to find the names of the columns."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[Line] = []
    try:
        for row in rows:
            found.append(Line(f"line {rows.line_num}", row))
            if len(found) >= limit:
                break
    except csv.Error:
        pass
    return found


def _lines(text: str, notes: list[str]) -> list[Line]:
    """Return the rows. If a quotation mark has no partner, every line is a row of its own, and that is noted."""
    delimiter = _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[Line] = []
    try:
        for row in rows:
            found.append(Line(f"line {rows.line_num}", row))
            if len(found) > MAX_TALKS * 2:
                break
    except csv.Error:
        at = rows.line_num
    else:
        return found
    kept = [line for line in found if any(cell.strip() for cell in line.cells)]
    begin = int(found[-1].place.split()[1]) if found else 0
    notes.append(
        f"Line {begin + 1} has an unbalanced quotation mark; from there on each line was read separately."
        if begin + 1 <= at
        else "A quotation mark has no partner."
    )
    for number, line in enumerate(text.splitlines()[begin : begin + MAX_TALKS * 2], begin + 1):
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            cells = line.split(delimiter)
        kept.append(Line(f"line {number}", cells))
    return kept
