"""A schedule as CSV: one header line that names the columns, one line per talk (docs/cli.md lists the columns)."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR, MAX_ABSTRACT, MAX_TALKS, MAX_TITLE, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.text import one_line, quoted, without_html
from clapmark.schedule.zones import after, in_zone, resolve_end, resolve_local

COLUMNS = (
    "title", "date", "start", "end", "duration", "room", "speakers", "abstract", "url", "track", "kind", "id", "code",
    "guid", "recording_url",
)  # fmt: skip
_OTHER_NAMES = {
    "speaker": "speakers",
    "description": "abstract",
    "day": "date",
    "location": "room",
    "type": "kind",
    "link": "url",
    "recording": "recording_url",
}
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
_LONGEST = timedelta(days=30)  # as far as is computed; what a talk may last is judged later


def recognises(text: str) -> bool:
    """Return whether the first line of `text` names columns, `title` and `start` among them."""
    names = _header(text)
    return "title" in names and "start" in names


def read(text: str, *, file: str, zone: ZoneInfo, title: str, slug: str) -> Schedule:
    """Return the schedule in the table `text`; times without an offset are local times of `zone`.

    `file` names the source in messages, and the conference if `title` is empty. Raises ScheduleError.
    """
    names = _header(text)
    double = next((name for name in names if name in COLUMNS and names.count(name) > 1), None)
    if double:
        raise ScheduleError(f"{file} has two columns {double}. Rename one of them and load it again.")
    unknown = [one_line(name, 40) for name in names if name and name not in COLUMNS]
    warnings = [f"Columns that were not read: {', '.join(unknown[:10])}."] if unknown else []
    drafts: list[Draft] = []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header_is_past = False
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if header_is_past:
                drafts.append(_draft(_Row(names, row, f"line {rows.line_num}", file), zone, warnings))
            header_is_past = True
            if len(drafts) > MAX_TALKS:
                raise too_many_talks(file)
    except csv.Error as error:
        raise ScheduleError(
            f"{file}, line {rows.line_num}: {error}. Look for a quotation mark without its partner, and load it again."
        ) from error
    return build_schedule(drafts, file=file, title=title, zone=zone, slug=slug, url="", warnings=warnings)


class _Row:
    """One talk's cells by the names of their columns, and its place in the file."""

    def __init__(self, names: Sequence[str], cells: Sequence[str], place: str, file: str) -> None:
        self._cells = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
        self.place = place
        self._file = file

    def __getitem__(self, name: str) -> str:
        return self._cells.get(name, "")

    def wrong(self, name: str, expected: str) -> ScheduleError:
        """Return the error that the cell `name` does not hold what was `expected`."""
        cell = self[name]
        found = quoted(cell, 40) if cell else "nothing"
        return ScheduleError(
            f"{self._file}, {self.place}: {found} stands in the column {name} where {expected} is expected. "
            "Correct it and load it again."
        )


def _first_line(text: str) -> str:
    return next((line for line in text[:20_000].splitlines() if line.strip()), "")


def _delimiter(text: str) -> str:
    return max(",;\t", key=_first_line(text).count)


def _header(text: str) -> list[str]:
    try:
        cells = next(csv.reader([_first_line(text)], delimiter=_delimiter(text)), [])
    except csv.Error:
        return []
    names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells]
    return [_OTHER_NAMES.get(name, name) if _OTHER_NAMES.get(name) not in names else name for name in names]


def _draft(row: _Row, zone: ZoneInfo, warnings: list[str]) -> Draft:
    start, end, notes = _times(row, zone)
    warnings.extend(f"{row.place}: {note}." for note in notes if note)
    names = row["speakers"].split(";" if ";" in row["speakers"] else ",")
    return Draft(
        title=without_html(row["title"], MAX_TITLE),
        start=start,
        end=end,
        place=row.place,
        room=row["room"],
        speakers=tuple(name.strip() for name in names),
        abstract=without_html(row["abstract"], MAX_ABSTRACT),
        url=row["url"],
        track=row["track"],
        kind=row["kind"],
        guid=row["guid"],
        code=row["code"],
        source_id=row["id"],
        recording_url=row["recording_url"],
    )


def _times(row: _Row, zone: ZoneInfo) -> tuple[datetime, datetime | None, tuple[str, str]]:
    if row["date"] and _CLOCK.fullmatch(row["start"]):
        start, warning = resolve_local(_date(row), _clock(row, "start"), zone)
    else:
        start, warning = in_zone(_moment(row, "start"), zone)
    if not row["end"]:
        length = _length(row)
        return start, None if length is None else after(start, length), (warning, "")
    if _CLOCK.fullmatch(row["end"]):
        end, end_warning = resolve_end(start, _clock(row, "end"), zone)
    else:
        end, end_warning = in_zone(_moment(row, "end"), zone)
    return start, end, (warning, end_warning)


def _date(row: _Row) -> date:
    try:
        day = date.fromisoformat(row["date"])
    except ValueError as error:
        raise row.wrong("date", "a date such as 2019-05-03") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise row.wrong("date", f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _clock(row: _Row, name: str) -> time:
    match = _CLOCK.fullmatch(row[name])
    if match is None or int(match[1]) > 23:
        raise row.wrong(name, "a time such as 14:30")
    return time(int(match[1]), int(match[2]), int(match[3] or 0))


def _moment(row: _Row, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(row[name])
    except ValueError as error:
        raise row.wrong(name, "a date and time such as 2019-05-03 14:30") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise row.wrong(name, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _length(row: _Row) -> timedelta | None:
    text = row["duration"]
    if not text:
        return None
    match = _CLOCK.fullmatch(text)
    if match:
        return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3] or 0))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise row.wrong("duration", "minutes such as 45, or hours and minutes such as 1:30,")
    return min(timedelta(minutes=int(text)), _LONGEST)
