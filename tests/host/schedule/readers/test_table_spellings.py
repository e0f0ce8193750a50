"""Tables as programs and people of many countries write them: names of columns, dates, times, offsets."""

import io
from datetime import date

import openpyxl
import pytest

from clapmark.schedule.load import parse_schedule
from clapmark.schedule.zones import find_zone


def read(text: str | bytes, zone: str = "Europe/Berlin", **options):
    data = text.encode() if isinstance(text, str) else text
    return parse_schedule(data, "talks.csv", zone=find_zone(zone), title="X", **options)


def times(schedule) -> list[str]:
    return [f"{talk.start:%Y-%m-%d %H:%M}-{talk.end:%H:%M}" for talk in schedule.talks]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025-06-01 10:00:00 UTC", "2025-06-01 12:00"),
        ("2025-06-01 10:00 GMT", "2025-06-01 12:00"),
        ("2025-06-01T10:00:00.000Z", "2025-06-01 12:00"),
        ("2025-06-01 10:00 CEST", "2025-06-01 10:00"),
        ("2025-06-01 10:00 (MESZ)", "2025-06-01 10:00"),
        ("2025-06-01 10:00 CET", "2025-06-01 10:00"),
        ("2025-06-01 10:00 PST", None),
        ("Sun, 01 Jun 2025 10:00:00 +0200", "2025-06-01 10:00"),
        ("Sun Jun 01 2025 04:00:00 GMT-0400 (EDT)", "2025-06-01 10:00"),
        ("2025-06-01 10:00-04:00", "2025-06-01 16:00"),
        ("2025-06-01 10:00 UTC+5:30", "2025-06-01 06:30"),
        ("45809.4166666667", "2025-06-01 10:00"),
        ("2025年6月1日 10:00", "2025-06-01 10:00"),
        ("dimanche 1er juin 2025, 10h00", "2025-06-01 10:00"),
        ("søndag 1. juni 2025 10:00", "2025-06-01 10:00"),
        ("1 czerwca 2025 10:00", "2025-06-01 10:00"),
        ("1 Haziran 2025 10:00", "2025-06-01 10:00"),
        ("1 июня 2025 10:00", "2025-06-01 10:00"),
    ],
)
def test_a_moment_is_the_one_that_the_cell_says_in_every_spelling(cell, expected):
    schedule = read(f"title;start\nA;{cell}\nB;2025-06-02 09:00\n")
    found = {talk.title: f"{talk.start:%Y-%m-%d %H:%M}" for talk in schedule.talks}
    assert found.get("A") == expected
    assert found["B"] == "2025-06-02 09:00"
    assert (expected is None) == (schedule.left_out == 1)


def test_a_zone_behind_a_time_of_day_moves_it():
    schedule = read("title,date,start,end\nA,2025-06-01,10:00 UTC,10:45 UTC\nB,2025-06-01,23:30 GMT,00:15 GMT\n")
    assert times(schedule) == ["2025-06-01 12:00-12:45", "2025-06-02 01:30-02:15"]


def test_start_and_end_may_stand_in_one_cell_with_the_date():
    text = "title;when\nA;2025-06-01 10:00-10:45\nB;1 June 2025, 11:00 – 11:30 am\nC;2025-06-01 13:00-05:00\n"
    schedule = read(text)
    assert times(schedule)[:2] == ["2025-06-01 10:00-10:45", "2025-06-01 11:00-11:30"]
    assert times(schedule)[2].startswith("2025-06-01 20:00")  # an offset: it cannot end before it starts


@pytest.mark.parametrize(
    "header",
    [
        "Titre;Date;Heure de début;Heure de fin;Salle;Intervenant·e·s",
        "Titel;Datum;Beginn;Ende;Raum;Referent*innen",
        "Título;Fecha;Hora de inicio;Hora de fin;Sala;Ponente",
        "タイトル;日付;開始時間;終了時間;会場;登壇者",
        "标题;日期;开始时间;结束时间;地点;讲者",
        "제목;날짜;시작;종료;장소;발표자",
        "Tytuł;Data;Początek;Koniec;Sala;Prelegent",
        "Başlık;Tarih;Başlangıç;Bitiş;Salon;Konuşmacı",
        "Event Name;Event Start Date;Event Start Time;Event End Time;Venue;Speaker(s)",
        "Talk Title;Day;Start (CEST);End (CEST);Room / Location;Presenter(s)",
    ],
)
def test_the_columns_have_their_names_in_many_languages(header):
    talk = read(f"{header}\nA;2025-06-01;10:00;10:45;Hall;Ana\n").talks[0]
    assert (talk.title, talk.room, talk.speakers, f"{talk.start:%H:%M}-{talk.end:%H:%M}") == (
        "A", "Hall", ("Ana",), "10:00-10:45",
    )  # fmt: skip


def test_a_column_may_have_its_unit_in_its_name():
    assert times(read("Title,Start,Length (in minutes)\nA,2025-06-01 10:00,45\n")) == ["2025-06-01 10:00-10:45"]


def test_times_that_a_spreadsheet_wrote_as_parts_of_a_day_are_times():
    text = "title;date;start;end\nA;45809;0,4166666667;0,4479166667\nB;45809;0.5;0.5208333333\n"
    assert times(read(text)) == ["2025-06-01 10:00-10:45", "2025-06-01 12:00-12:30"]


def test_cells_of_a_workbook_without_a_format_are_read_in_the_same_way():
    book = openpyxl.Workbook()
    book.active.append(["title", "date", "start", "end"])
    book.active.append(["A", 45809, 0.25, 0.28125])
    out = io.BytesIO()
    book.save(out)
    assert times(read(out.getvalue())) == ["2025-06-01 06:00-06:45"]


def test_a_markdown_table_is_a_table_and_its_line_no_talk():
    text = "| Start | Title | Room |\n|:------|-------|-----:|\n| 2025-06-01 10:00 | A | R |\n"
    schedule = read(text)
    assert times(schedule) == ["2025-06-01 10:00-10:30"] and schedule.left_out == 0


def test_a_table_of_one_day_needs_only_that_day():
    text = "title,start,end\nA,10:00,10:45\n"
    assert times(read(text, start=date(2025, 6, 1))) == ["2025-06-01 10:00-10:45"]
    assert times(read("title,date,start\nA,Sunday 1 June,12 noon\n", start=date(2025, 5, 30))) == [
        "2025-06-01 12:00-12:30"
    ]
