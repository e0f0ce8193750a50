"""A workbook of Excel (.xlsx) as a schedule, read by openpyxl: every sheet that names the columns of a table.

Cells with a date, a time or a duration become the text that the same cell has in a CSV.
"""

import io
import warnings
import zipfile
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.model import MAX_TALKS, Schedule
from clapmark.schedule.readers.table import Line, find_header, missing_columns, read_table
from clapmark.schedule.text import one_line, quoted

MAX_UNPACKED_BYTES = 200_000_000
_MAX_COLUMNS = 100
_SAVE_AS = "Save it as CSV (UTF-8) or as an Excel workbook (.xlsx), and load that."


def kind_of(data: bytes) -> str:
    """Return what a file that is no text is, as part of a sentence; "xlsx" for a workbook that can be read, or ""."""
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "a workbook or document of an old Excel or Word (.xls, .doc)"
    if data.startswith(b"%PDF"):
        return "a PDF"
    if data.startswith(b"\x1f\x8b"):
        return "a compressed file (gzip): unpack it, and load the file in it"
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        return "a picture"
    return ""


def refusal(file: str, kind: str) -> ScheduleError:
    """Return the error that `file` is of a kind that is not read, with what to do instead."""
    if "unpack" in kind:
        return ScheduleError(f"{file} is {kind}.")
    return ScheduleError(f"{file} is {kind}, which is not read. {_SAVE_AS}")


def read(data: bytes, *, file: str, zone: ZoneInfo, start: date | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the workbook `data`; the arguments, and what is raised, as for `csv_table.read`."""
    notes: list[str] = []
    sheets = _sheets(data, file)
    headers = {name: find_header(lines) for name, lines in sheets.items()}
    usable = [name for name in sheets if headers[name] is not None]
    if not usable:
        reasons = (missing_columns(lines) for lines in sheets.values())
        reason = next(filter(None, reasons), "has no sheet with a line that names a column title and a column start")
        raise ScheduleError(f"{file} is an Excel workbook; it {reason}. Name the columns and load it again.")
    others = [name for name in sheets if name not in usable and sheets[name]]
    if others:
        notes.append(f"Sheets that are no schedule were not read: {', '.join(one_line(name, 40) for name in others)}.")
    first = sheets[usable[0]]
    header = headers[usable[0]] or 0
    lines = list(first)
    for name in usable[1:]:
        again = headers[name] or 0
        if [cell.strip() for cell in sheets[name][again].cells] == [cell.strip() for cell in first[header].cells]:
            lines += sheets[name][again + 1 :]
        else:
            notes.append(
                f"The sheet {quoted(name, 40)} has other columns than {quoted(usable[0], 40)}; it was not read."
            )
    return read_table(lines, header, file=file, zone=zone, title=title, slug=slug, start=start, notes=notes)


def _kind_of_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
                return "a ZIP archive that unpacks to more than 200 MB"
            is_document = "mimetype" in names and archive.getinfo("mimetype").file_size < 200
            mimetype = archive.read("mimetype").decode("ascii", "replace") if is_document else ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return "a damaged ZIP archive or workbook; download or save it again"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "a binary workbook of Excel (.xlsb)"
    if "spreadsheet" in mimetype:
        return "a spreadsheet of LibreOffice (.ods)"
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "a spreadsheet of Apple Numbers"
    return "a Word document" if "word/document.xml" in names else "a ZIP archive: unpack it, and load the file in it"


def _sheets(data: bytes, file: str) -> dict[str, list[Line]]:
    import openpyxl  # # only this format needs it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and extensions that are of no use here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            found = {sheet.title: _rows(sheet) for sheet in book.worksheets}
            book.close()
    except Exception as error:  # on a damaged workbook, openpyxl passes on any error of its XML and ZIP parsers
        reason = one_line(str(error), 100) or type(error).__name__
        raise ScheduleError(f"{file} is an Excel workbook that cannot be read: {reason}. Save it again.") from error
    return found


def _rows(sheet: object) -> list[Line]:
    lines = []
    rows = sheet.iter_rows(values_only=True, max_row=MAX_TALKS * 2, max_col=_MAX_COLUMNS)  # type: ignore[attr-defined]
    for number, row in enumerate(rows, 1):
        cells = [_text(cell) for cell in row]
        if any(cells):
            lines.append(Line(f"sheet {quoted(sheet.title, 40)}, row {number}", cells))  # type: ignore[attr-defined]
    return lines


def _text(cell: object) -> str:
    """Return a cell as the text that CSV has for it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M:%S" if cell.second else "%H:%M")
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float) and 0 < cell < 1:
        return f"{cell:.6f}"  # part of a day: a time in a cell that has no format for it
    return str(cell).strip()
