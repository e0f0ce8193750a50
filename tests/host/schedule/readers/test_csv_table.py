"""CSV: columns by their names in the header, in any order, from any spreadsheet."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.schedule import LIGHTNING, Schedule, ScheduleError, load_schedule
from clapmark.schedule.readers.columns import COLUMNS
from clapmark.schedule.text import one_line

TALKS = Path(__file__).parents[3] / "fixtures" / "talks.csv"
DOCS = Path(__file__).parents[4] / "docs" / "cli.md"


def load(text: str, tmp_path: Path) -> Schedule:
    path = tmp_path / "talks.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return load_schedule(path, zone="Europe/Berlin", title="RiverConf")


def test_every_talk_of_a_table_is_found_with_its_parts():
    schedule = load_schedule(TALKS, zone="Europe/Berlin", title="RiverConf")
    boats, night, stamped, offset, unknown = schedule.talks
    assert (boats.id, boats.code, boats.title) == ("EJWEMK", "EJWEMK", "Boats & Buffers")
    assert boats.speakers == ("Ada Lovelace", "Grace Hopper")
    assert boats.abstract == 'Queues, “that” never sink.\nA second line with a "quotation".'
    assert (boats.url, boats.recording_url) == ("https://example.org/1", "https://video.example.org/1")
    assert night.end.isoformat() == "2024-05-18T00:30:00+02:00"
    assert night.abstract == "<b> is a tag"
    assert (stamped.speakers, stamped.url, stamped.kind) == (("Ada", "Grace"), "", LIGHTNING)
    assert stamped.end - stamped.start == timedelta(minutes=50)
    assert offset.start.isoformat() == "2024-05-18T10:00:00+02:00"
    assert unknown.end.isoformat() == "2024-05-18T13:30:00+02:00"
    assert "Columns that were not read: Coffee." in schedule.warnings


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiters_of_all_spreadsheets_are_read(delimiter, tmp_path):
    rows = [["start", "TITLE", "Duration", "description"], ["2024-05-17 09:00", "A, b; c", "45", "x\ty"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    talk = load(out.getvalue(), tmp_path).talks[0]
    assert (talk.title, talk.abstract, talk.end.minute) == ("A, b; c", "x y", 45)


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ("A,3 May,,", r'line 3, column start: found "3 May", expected a date and time.*this talk was left out'),
        ("A,,,", 'line 3: found only "A"'),
        ("A,2024-05-17 09:00,late,", 'column end: found "late"'),
        ("A,2024-05-17 09:00,25:00,", 'column end: found "25:00", expected .*a time such as 15:15'),
        ("A,2024-05-17 09:00,,soon", 'column duration: found "soon", expected minutes'),
        ("A,2024-05-17 09:00,,999999999", "impossible|column duration: found"),
        ("A,1024-05-17 09:00,,", "a year from 1980 to 2199"),
        ('"A,2024-05-17 09:00,,', "unbalanced quotation mark"),
        ('A "B" C,2024-05-17 09:00,10:00,', ""),
        ("A,2024-05-17 09:00,24:00,", ""),
        ("A,2024-05-17 24:00,,30", ""),
        ("A,2024-05-17,,", 'found "2024-05-17"'),
        ("A,2024-05-17 09:00,10:00,30", "end and duration contradict each other"),
    ],
)
def test_an_odd_row_is_noted_and_the_others_load(row, note, tmp_path):
    schedule = load(f"title,start,end,duration\nGood,2024-05-17 08:00,08:30,\n{row}\n", tmp_path)
    assert "Good" in [talk.title for talk in schedule.talks]
    assert len(schedule.talks) + schedule.left_out == 2
    assert any(re.search(note, warning) for warning in schedule.warnings), schedule.warnings


def test_24_00_is_the_end_of_the_day(tmp_path):
    text = "title,date,start,end\nA,2024-05-17,23:00,24:00\nB,2024-05-17,24:00,0:30\n"
    one, other = load(text, tmp_path).talks
    assert one.end == other.start and other.start.isoformat() == "2024-05-18T00:00:00+02:00"
    assert other.end.isoformat() == "2024-05-18T00:30:00+02:00"


def test_a_table_without_any_usable_row_is_refused_with_the_reason(tmp_path):
    with pytest.raises(
        ScheduleError, match=r'no usable talk: its only record cannot be read. Line 2, column start.*"3 May"'
    ):
        load("title,start\nA,3 May\n", tmp_path)


HEADERS = [
    ("Titel;Datum;Beginn;Ende;Raum;Referent", "A;17.05.2024;9:00;9:45;Saal 1;Ada"),
    (
        "Subject,Start Date,Start Time,End Date,End Time,Location,Presenter",
        "A,5/17/2024,9:00 AM,5/17/2024,9:45 AM,Saal 1,Ada",
    ),
    ("starttime,endtime,Talk Title,Room Name,fullname", "2024-05-17 09:00,2024-05-17 09:45,A,Saal 1,Ada"),
    ("Day\tTime\tSession\tWhere\tSpeaker 1\tSpeaker 2", "Fri 17 May 2024\t9:00–9:45\tA\tSaal 1\tAda\t"),
    ("startsAt|endsAt|title|location|speakers", "2024-05-17T09:00|2024-05-17T09:45|A|Saal 1|Ada"),
    ("Vortrag;Uhrzeit;Dauer;Tag;Ort;Sprecherin", "A;9 Uhr;45 min;17. Mai 2024;Saal 1;Ada"),
    ("sep=;\ntitle;from;to;date;hall;author", "A;09.00;09.45;2024-05-17;Saal 1;Ada"),
    ("RiverConf programme\n\ntitle,begin,until,day,room,speaker(s)", "A,9:00,9:45,17/05/2024,Saal 1,Ada"),
]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(("header", "row"), HEADERS)
def test_the_columns_of_other_programs_and_languages_are_read(header, row, encoding, tmp_path):
    path = tmp_path / "talks.csv"
    path.write_bytes(f"{header}\r\n{row.replace('A', 'Größe', 1)}\r\n".encode(encoding))
    (talk,) = load_schedule(path, zone="Europe/Berlin", title="RiverConf").talks
    assert (talk.title, talk.room, talk.speakers) == ("Größe", "Saal 1", ("Ada",))
    assert (f"{talk.start:%Y-%m-%d %H:%M}", f"{talk.end:%H:%M}") == ("2024-05-17 09:00", "09:45")


def test_a_day_that_is_written_once_holds_for_the_rows_below(tmp_path):
    text = "day,time,title\n17.05.2024,9:00,A\n,10:00,B\nSamstag 18. Mai 2024,,\n,9:00,C\n"
    starts = {talk.title: f"{talk.start:%d %H}" for talk in load(text, tmp_path).talks}
    assert starts == {"A": "17 09", "B": "17 10", "C": "18 09"}


@pytest.mark.parametrize(
    ("dates", "days"), [(["03/05/2024", "13/05/2024"], ["03", "13"]), (["05/03/2024", "05/13/2024"], ["03", "13"])]
)
def test_the_order_of_day_and_month_is_that_of_the_whole_table(dates, days, tmp_path):
    text = "title,date,start\n" + "".join(f"{day},{day},9:00\n" for day in dates)
    assert [f"{talk.start:%d}" for talk in load(text, tmp_path).talks] == days


def test_dates_that_nothing_tells_apart_are_noted(tmp_path):
    schedule = load("title,date,start\nA,03/05/2024,9:00\n", tmp_path)
    assert f"{schedule.talks[0].start:%Y-%m-%d}" == "2024-05-03"
    assert any('Dates such as "03/05/2024" were read with the day first' in note for note in schedule.warnings)


def test_a_stray_byte_is_noted_with_its_line(tmp_path):
    path = tmp_path / "talks.csv"
    path.write_bytes("title,start\nÜber,2024-05-17 09:00\nGr".encode() + b"\xf6\xdfe,2024-05-17 10:00\n")
    schedule = load_schedule(path, zone="Europe/Berlin", title="X")
    assert [talk.title for talk in schedule.talks] == ["Über", "Größe"]
    assert "From line 3 on, bytes are not UTF-8" in schedule.warnings[0]


def test_a_header_that_names_a_column_twice_or_no_talk_is_refused(tmp_path):
    with pytest.raises(ScheduleError, match="two columns room"):
        load("title,start,room,ROOM\n", tmp_path)
    with pytest.raises(ScheduleError, match="holds no talk"):
        load("title,start\n\n", tmp_path)


def test_the_columns_are_those_of_the_documentation():
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"`{column}`" in text for column in COLUMNS)


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: one_line(text, 30))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(CELL.filter(bool), CELL, st.integers(0, 10_000), st.integers(1, 300)), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
    st.permutations(["title", "room", "start", "duration"]),
)
def test_what_a_spreadsheet_writes_is_read_back(tmp_path_factory, talks, delimiter, columns):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=delimiter)
    writer.writeheader()
    for title, room, minute, length in talks:
        day, clock = divmod(minute, 1440)
        start = f"2024-05-{17 + day} {clock // 60:02}:{clock % 60:02}"
        writer.writerow({"title": title, "room": room, "start": start, "duration": length})
    schedule = load(out.getvalue(), tmp_path_factory.getbasetemp())
    found = sorted((talk.start.day, talk.start.hour * 60 + talk.start.minute) for talk in schedule.talks)
    assert found == sorted((17 + minute // 1440, minute % 1440) for _, _, minute, _ in talks)
    if not any("&" in text or "<" in text for title, room, _, _ in talks for text in (title, room)):
        assert sorted(talk.title for talk in schedule.talks) == sorted(title for title, *_ in talks)
        assert sorted(talk.room for talk in schedule.talks) == sorted(room for _, room, *_ in talks)
