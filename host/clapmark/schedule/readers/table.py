"""Rows of cells, from CSV or from a workbook, as a schedule: one line names the columns, each further one is a talk."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from clapmark.schedule.errors import RecordError, ScheduleError
from clapmark.schedule.model import MAX_ABSTRACT, MAX_TALKS, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.columns import END_DATE, column_name, is_header, meanings
from clapmark.schedule.text import one_line, quoted, without_html
from clapmark.schedule.times.dates import (
    day_comes_first,
    is_ambiguous,
    parse_clock,
    parse_day,
    parse_moment,
    parse_range,
    split_moments,
    split_offset,
)
from clapmark.schedule.times.durations import parse_duration
from clapmark.schedule.zones import after, in_zone, resolve_end, resolve_local, without_zone_name

HEADER_ROWS = 30  # among which the names of the columns are searched: above them people write a title
_DATED = ("date", "start", "end", END_DATE)
Value = TypeVar("Value")
_CONTRADICTION = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """One row of the source: its place for messages, and its cells as text."""

    place: str
    cells: Sequence[str]


def find_header(lines: Sequence[Line]) -> int | None:
    """Return the position of the row that names the columns, None if there is none among the first rows."""
    return next((at for at, line in enumerate(lines[:HEADER_ROWS]) if is_header(meanings(line.cells))), None)


def missing_columns(lines: Sequence[Line]) -> str:
    """Return what a table lacks to be a schedule, as the end of a sentence; "" if it does not look like a table."""
    for line in lines[:HEADER_ROWS]:
        found = meanings(line.cells)
        if len([cell for cell in line.cells if cell.strip()]) < 2 or not any(found):
            continue
        listed = ", ".join(one_line(cell, 30) for cell in line.cells[:12] if cell.strip())
        lacking = [name for name in ("title", "start") if name not in found]
        return f"has the columns {listed}, but none called {' or '.join(lacking)} (docs/cli.md has the other names)"
    return ""


def read_table(
    lines: Sequence[Line],
    header: int,
    *,
    file: str,
    zone: ZoneInfo,
    title: str,
    slug: str,
    start: date | None,
    notes: list[str],
) -> Schedule:
    """Return the schedule in `lines`, whose columns the row at `header` names.

    Times without an offset are local times of `zone`; weekdays are those from `start` on. `notes` are added to.
    Raises ScheduleError if no row can be read, or if two columns have the same name.
    """
    headings = lines[header].cells
    found = meanings(headings)
    _refuse_double(headings, found, file)
    unknown = [
        one_line(cell, 40) for cell, meaning in zip(headings, found, strict=True) if cell.strip() and not meaning
    ]
    if unknown:
        notes.append(f"Columns that were not read: {', '.join(unknown[:10])}.")
    rows = [_Row(found, line, file) for line in lines[header + 1 :] if any(map(_has_content, line.cells))]
    reader = _Reader(zone, start, rows, notes)
    drafts: list[Draft] = []
    left_out: list[str] = []
    for row in rows:
        try:
            draft = reader.draft(row)
        except RecordError as error:
            left_out.append(f"{error.fact} (the talk {quoted(row['title'], 40)})" if row["title"] else error.fact)
        else:
            drafts += [draft] if draft else []
        if len(drafts) + len(left_out) > MAX_TALKS:
            raise too_many_talks(file)
    return build_schedule(
        drafts, file=file, title=title, zone=zone, slug=slug, url="", warnings=notes, left_out=left_out
    )


class _Row:
    """One talk's cells by the meaning of their columns, and its place in the file."""

    def __init__(self, found: Sequence[str], line: Line, file: str) -> None:
        self._cells: dict[str, str] = {}
        for meaning, cell in zip(found, line.cells, strict=False):
            text = cell.strip()
            if meaning == "speakers" and self._cells.get(meaning) and text:
                text = f"{self._cells[meaning]}\n{text}"
            if meaning and (text or meaning not in self._cells):
                self._cells[meaning] = text
        self.only = [cell.strip() for cell in line.cells if cell.strip()]
        self.place = line.place
        self.file = file

    def __getitem__(self, name: str) -> str:
        return self._cells.get(name, "")

    def wrong(self, name: str, expected: str) -> RecordError:
        """Return the error that the cell `name` does not hold what was `expected`."""
        cell = self[name]
        found = quoted(cell, 40) if cell else "nothing"
        return RecordError(self.file, f"{self.place}, column {name}: found {found}, expected {expected}")


class _Reader:
    """Turns rows into drafts; knows how this table writes its dates, and the day of the rows above."""

    def __init__(self, zone: ZoneInfo, start: date | None, rows: Sequence[_Row], notes: list[str]) -> None:
        self._zone = zone
        self._first_day = start
        self._notes = notes
        self._day: date | None = None
        texts = [row[name] for row in rows for name in _DATED]
        known = day_comes_first(texts)
        self._day_first = known if known is not None else not zone.key.startswith(("America/", "US/", "Pacific/Hono"))
        unclear = next((text for text in texts if is_ambiguous(text)), "")
        if known is None and unclear:
            order = "the day" if self._day_first else "the month"
            notes.append(f"Dates such as {quoted(unclear, 30)} were read with {order} first.")

    def draft(self, row: _Row) -> Draft | None:
        """Return the draft of a row, None for a row that only names a day. Raises RecordError."""
        if len(row.only) == 1 and not (row["start"] or row["end"]):
            try:
                self._day = parse_day(row.only[0], self._day_first, self._first_day)
            except ValueError as error:
                raise RecordError(row.file, f"{row.place}: found only {quoted(row.only[0], 40)}") from error
            return None
        start, range_end = self._start(row)
        end = self._end(row, start, range_end)
        return Draft(
            title=row["title"],
            start=start,
            end=end,
            place=row.place,
            room=row["room"],
            speakers=_names(row["speakers"]),
            abstract=without_html(row["abstract"], MAX_ABSTRACT),
            url=row["url"],
            track=row["track"],
            kind=row["kind"],
            guid=row["guid"],
            code=row["code"],
            source_id=row["id"],
            recording_url=row["recording_url"],
        )

    def _start(self, row: _Row) -> tuple[datetime, timedelta | None]:
        """Return the start, and the end as a time of day if the same cell has it: `9:00–9:45`."""
        name = "start" if row["start"] else "date"
        text = without_zone_name(row[name], self._zone)
        both = parse_range(text) if name == "start" else None
        clock = both[0] if both else _or_none(lambda: parse_clock(text)) if name == "start" else None
        if clock is not None:
            return self._at(row, self._date(row), clock), both[1] if both else None
        plain_clock, offset = split_offset(text)
        clock = _or_none(lambda: parse_clock(plain_clock)) if name == "start" and offset is not None else None
        if clock is not None:
            local = datetime.combine(self._date(row), time(), offset) + clock
            return self._noted(row, *in_zone(local, self._zone)), None
        if name == "start" and row["date"] and (plain := _or_none(lambda: parse_day(text, self._day_first))):
            # the date is in the column of the start: a program writes both as one value, and a time of day in addition
            clock = _or_none(lambda: parse_clock(row["date"]))
            if clock is not None:
                return self._at(row, plain, clock), None
        text, until = split_moments(text)
        try:
            moment = parse_moment(text, self._day_first, self._first_day)
        except ValueError as error:
            day = _or_none(lambda: parse_day(text, self._day_first)) if name == "date" and text else None
            if day is not None:
                raise RecordError(row.file, f"{row.place}: a day without a time of day") from error
            raise row.wrong(name, str(error)) from error
        if moment.tzinfo is None:
            self._day = moment.date()
        return self._noted(row, *in_zone(moment, self._zone)), parse_clock(until) if until else None

    def _date(self, row: _Row) -> date:
        """Return the row's day; where the cell is empty, that of the row above: people write it once."""
        if not row["date"] and self._day is None and self._first_day is not None:
            self._day = self._first_day
        if not row["date"] and self._day is not None:
            return self._day
        try:
            self._day = parse_day(row["date"], self._day_first, self._first_day)
        except ValueError as error:
            hint = "" if row["date"] else " (or add --start with the day, if the table has only one)"
            raise row.wrong("date", f"{error}{hint}") from error
        return self._day

    def _end(self, row: _Row, start: datetime, range_end: timedelta | None) -> datetime | None:
        by_duration = self._by_duration(row, start)
        by_end = self._by_end(row, start, range_end)
        if by_end is None or by_duration is None:
            return by_end or by_duration
        if abs(by_end - by_duration) <= _CONTRADICTION:
            return by_end
        taken = by_end if timedelta() < by_end - start <= timedelta(days=1) else by_duration
        self._note(row, f"end and duration contradict each other; {taken:%H:%M} was taken as the end")
        return taken

    def _by_end(self, row: _Row, start: datetime, range_end: timedelta | None) -> datetime | None:
        text = without_zone_name(row["end"], self._zone)
        clock = range_end if not text else _or_none(lambda: parse_clock(text))
        if clock is not None:
            day = _or_none(lambda: parse_day(row[END_DATE], self._day_first)) if row[END_DATE] else None
            if day is not None:
                return self._at(row, day, clock)
            if clock == timedelta(days=1):
                clock = timedelta()
            return self._noted(row, *resolve_end(start, (datetime.min + clock).time(), self._zone))
        if not text:
            return None
        plain_clock, offset = split_offset(text)
        clock = _or_none(lambda: parse_clock(plain_clock)) if offset is not None else None
        if clock is not None:
            local = datetime.combine(start.astimezone(offset).date(), time(), offset) + clock
            local += timedelta(days=1) if local < start else timedelta()
            return self._noted(row, *in_zone(local, self._zone))
        try:
            moment = parse_moment(text, self._day_first, self._first_day)
        except ValueError as error:
            self._ignored(row.wrong("end", f"{error}, or a time such as 15:15"))
            return None
        return self._noted(row, *in_zone(moment, self._zone))

    def _by_duration(self, row: _Row, start: datetime) -> datetime | None:
        if not row["duration"]:
            return None
        try:
            length, note = parse_duration(row["duration"])
        except ValueError:
            self._ignored(row.wrong("duration", "minutes such as 45, or hours and minutes such as 1:30"))
            return None
        if note:
            self._note(row, note)
        return after(start, length)

    def _at(self, row: _Row, day: date, clock: timedelta) -> datetime:
        local = datetime.combine(day, time()) + clock  # 24:00 is the next day
        return self._noted(row, *resolve_local(local.date(), local.time(), self._zone))

    def _noted(self, row: _Row, moment: datetime, warning: str) -> datetime:
        if warning:
            self._note(row, warning)
        return moment

    def _note(self, row: _Row, text: str) -> None:
        self._notes.append(f"{row.place}: {text}.")

    def _ignored(self, error: RecordError) -> None:
        self._notes.append(f"{error.fact}; this value was ignored.")


def _names(text: str) -> tuple[str, ...]:
    """Return the names in a cell: parted by `;` or line ends, else by commas outside of brackets."""
    pieces = re.split(r"[;\n]", text) if re.search(r"[;\n]", text) else re.split(r",(?![^()]*\))", text)
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _has_content(cell: str) -> bool:
    """Return whether a cell says something; the lines of a Markdown table, `---` and `:---:`, do not."""
    return bool(cell.strip()) and re.fullmatch(r"\s*:?-{3,}:?\s*", cell) is None


def _or_none(parse: Callable[[], Value]) -> Value | None:
    try:
        return parse()
    except ValueError:
        return None


def _refuse_double(headings: Sequence[str], found: Iterable[str], file: str) -> None:
    seen: set[str] = set()
    for heading, meaning in zip(headings, found, strict=True):
        name = column_name(heading)
        if meaning:
            seen.add(meaning)
        elif name and name in seen:
            raise ScheduleError(f"{file} has two columns {name}. Rename one of them and load it again.")
