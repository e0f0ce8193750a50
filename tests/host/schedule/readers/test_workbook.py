"""Workbooks of Excel: their cells hold dates, times and durations, not texts."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest

from clapmark.schedule import ScheduleError, load_schedule


def load(sheets: dict[str, list[list[object]]], tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = tmp_path / "programme.xlsx"
    book.save(path)
    return load_schedule(path, zone="Europe/Berlin", title="RiverConf")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["Titel", "Datum", "Beginn", "Dauer"], ["A", date(2024, 5, 17), time(9), timedelta(minutes=45)]),
        (["Titel", "Datum", "Beginn", "Ende"], ["A", datetime(2024, 5, 17), time(9), time(9, 45)]),
        (["title", "start", "end"], ["A", datetime(2024, 5, 17, 9), datetime(2024, 5, 17, 9, 45)]),
        (["title", "start", "duration"], ["A", datetime(2024, 5, 17, 9), 45]),
        (["title", "start", "duration"], ["A", datetime(2024, 5, 17, 9), time(0, 45)]),
        (["title", "start", "duration"], ["A", "17.05.2024 9:00", "0:45"]),
    ],
)
def test_dates_times_and_durations_are_read_from_their_cells(header, row, tmp_path):
    schedule = load({"Programm": [["RiverConf 2024"], [], [*header, "Raum"], [*row, "Saal"]]}, tmp_path)
    (talk,) = schedule.talks
    assert (talk.title, talk.room) == ("A", "Saal")
    assert (talk.start.isoformat()[:16], talk.end.isoformat()[:16]) == ("2024-05-17T09:00", "2024-05-17T09:45")


def test_all_sheets_with_the_same_columns_are_read_and_others_are_noted(tmp_path):
    header = ["title", "start"]
    schedule = load(
        {
            "Friday": [header, ["A", datetime(2024, 5, 17, 9)]],
            "Saturday": [header, ["B", datetime(2024, 5, 18, 9)], ["C", "later"]],
            "Budget": [["item", "cost"], ["coffee", 3]],
        },
        tmp_path,
    )
    assert [talk.title for talk in schedule.talks] == ["A", "B"] and schedule.left_out == 1
    assert any("Budget" in note for note in schedule.warnings)
    assert 'sheet "Saturday", row 3, column' in schedule.warnings[0]


def test_a_workbook_without_the_columns_says_which_is_missing(tmp_path):
    with pytest.raises(ScheduleError, match="has the columns Titel, Raum, but none called start"):
        load({"A": [["Titel", "Raum"], ["x", "y"]]}, tmp_path)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "a spreadsheet of LibreOffice"),
        ({"Index/Document.iwa": ""}, "a spreadsheet of Apple Numbers"),
        ({"word/document.xml": ""}, "a Word document"),
        ({"talks.csv": ""}, "a ZIP archive: unpack it"),
        ({"xl/workbook.xml": "<broken"}, "an Excel workbook that cannot be read"),
    ],
)
def test_other_files_of_that_kind_are_named(names, kind, tmp_path):
    path = tmp_path / "file"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    path.write_bytes(data.getvalue())
    with pytest.raises(ScheduleError, match=kind):
        load_schedule(path, zone="Europe/Berlin")
