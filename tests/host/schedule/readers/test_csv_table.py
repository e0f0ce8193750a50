"""CSV: columns by their names in the header, in any order, from any spreadsheet."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.schedule import LIGHTNING, Schedule, ScheduleError, load_schedule
from clapmark.schedule.readers.csv_table import COLUMNS
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
    assert "Columns that were not read: coffee." in schedule.warnings


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiters_of_all_spreadsheets_are_read(delimiter, tmp_path):
    rows = [["start", "TITLE", "Duration", "description"], ["2024-05-17 09:00", "A, b; c", "45", "x\ty"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    talk = load(out.getvalue(), tmp_path).talks[0]
    assert (talk.title, talk.abstract, talk.end.minute) == ("A, b; c", "x y", 45)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,3 May,,", r'line 2: "3 May" stands in the column start where a date and time'),
        ("A,,,", "line 2: nothing stands in the column start"),
        ("A,2024-05-17 09:00,noon,", '"noon" stands in the column end'),
        ("A,2024-05-17 09:00,25:00,", '"25:00" stands in the column end where a time such as 14:30'),
        ("A,2024-05-17 09:00,,soon", '"soon" stands in the column duration where minutes'),
        ("A,2024-05-17 09:00,,999999999", "720 hours after its start"),
        ("A,1024-05-17 09:00,,", "a year from 1980 to 2199"),
        ('"A,2024-05-17 09:00,,', "quotation mark without its partner"),
        ("A" * 200_000, "quotation mark without its partner"),
    ],
)
def test_a_wrong_cell_is_named_with_line_and_column(row, message, tmp_path):
    with pytest.raises(ScheduleError, match=message):
        load(f"title,start,end,duration\n{row}\n", tmp_path)


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
