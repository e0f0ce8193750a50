"""Files that are not schedule: each is refused in one sentence that says what to do."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.schedule import ScheduleError, from_json, load_schedule, to_device_format, to_json

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"Hello, world\n", "is text without a line that names columns"),
        (b"\x00\x01\x02\x03" * 9, "is not a text file"),
        (b"%PDF-1.7", "is a PDF"),
        (b"PK\x03\x04broken", "is a damaged ZIP archive or workbook"),
        (b"\xd0\xcf\x11\xe0", "old Excel"),
        (b"name,room\nA,B\n", "has the columns name, room, but none called start"),
        (b"BEGIN:VCALENDAR\n", "its VCALENDAR has no end"),
        (b"BEGIN:VCALENDAR\nX-WR-TIMEZONE:UTC\nEND:VCALENDAR\n", "holds no talk"),
        (b"<?xml version='1.0'?><schedule/>", "is XML, but no schedule"),
        (
            b"<schedule><conference><time_zone_name>UTC</time_zone_name></conference></schedule>",
            "holds no talk",
        ),
        (b"<schedule><conference>", "is cut or damaged"),
        (b"<center>News</center>", "is a web page"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b'{"schedule": ', "is cut or damaged: line 1"),
        (b"{}", "no schedule that Clapmark knows"),
        (b"[1, 2]", "no schedule that Clapmark knows"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "cannot be read as JSON"),
        (b'{"schedule": {"conference": 3}}', "conference: found the number 3, expected an object"),
        (b'{"schedule": {"conference": {"time_zone_name": "UTC"}}}', "holds no talk"),
        (b'{"format": "clapmark-schedule", "version": 99}', "is of version 99"),
        (b'{"format": "clapmark-schedule"}', "version: found nothing, expected"),
        (b" " * 20_000_001, "larger than 20 MB"),
    ],
)
def test_a_file_that_is_no_schedule_is_refused(content, message, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ScheduleError, match=message):
        load_schedule(path)


def test_a_path_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "missing.txt", tmp_path, tmp_path / "missing" / "file"):
        with pytest.raises(ScheduleError, match="cannot be read"):
            load_schedule(path)
    with pytest.raises(ScheduleError, match="not the path"):
        load_schedule(Path("a\x00b"))


@pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX")
def test_a_pipe_can_be_read(tmp_path):
    read_end, write_end = os.pipe()
    os.write(write_end, (FIXTURES / "frab.json").read_bytes())
    os.close(write_end)
    try:
        assert len(load_schedule(Path(f"/dev/fd/{read_end}")).talks) == 5
    finally:
        os.close(read_end)


def test_slug_and_title_replace_those_of_the_file(tmp_path):
    schedule = load_schedule(FIXTURES / "frab.json", slug="river", title="The River")
    assert (schedule.slug, schedule.title) == ("river", "The River")
    path = tmp_path / "schedule.json"
    path.write_bytes(to_json(schedule))
    assert load_schedule(path) == schedule
    assert load_schedule(path, slug="sea").slug == "sea"
    for slug in ("", "..", "A", "a/b", "con", "-a", "a" * 41):
        with pytest.raises(UsageError, match="cannot name a conference's folder"):
            load_schedule(path, slug=slug)


def test_a_first_day_in_another_age_is_refused():
    with pytest.raises(UsageError, match="1980 to 2199"):
        load_schedule(FIXTURES / "listing.txt", zone="UTC", start=date(9999, 12, 31))


EVERY_FORMAT = [
    "listing.txt",
    "frab.json",
    "frab.xml",
    "pretalx.ics",
    "sessionize-grid.json",
    "sessionize-all.json",
    "talks.csv",
]
# words that mean something to one format or another, so that damage is not only noise
MEANT = [
    b"\x00", b"\xff", b"\n", b"\r", b"\n\n", b'"', b"'", b",", b";", b":", b"<", b"&", b"]]>", b"<![CDATA[", b"\\",
    b"-1", b"0", b"99999999999", b"1e999", b"NaN", b"null", b"{}", b"[]", b"\xc2\xb2", b"\xe2\x80\xae", b"\x1b[31m",
    b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"END:VCALENDAR\n", b"RRULE:FREQ=SECONDLY\n", b"DTSTART:00010101T000000\n",
    b"DTSTART;TZID=../../etc/passwd:20240517T090000\n", b"DURATION:P99999999D\n", b"9999-12-31",
    b"0001-01-01T00:00:00Z", b"T25:61", b"+99:99", b"<!DOCTYPE a>", b"<event>", b"</room>", b"encoding='ebcdic'",
    b"%0A", b"a.m.", b"Friday 1 p.m.\xe2\x80\x932 p.m.",
]  # fmt: skip


def is_told_or_taken(path):
    """Load the file at `path`: it must give an error for a person, or a schedule that can be kept and sent."""
    try:
        schedule = load_schedule(path, zone="Europe/Berlin", start=date(2024, 5, 17))
    except ClapmarkError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 500
        return
    assert schedule.talks
    assert all(warning.isprintable() for warning in schedule.warnings)
    assert from_json(to_json(schedule)) == schedule
    to_device_format(schedule)


@pytest.mark.parametrize("name", EVERY_FORMAT)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_schedule_is_taken_or_reported_in_one_sentence(tmp_path_factory, name, data):
    content = bytearray((FIXTURES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        piece = data.draw(st.sampled_from(MEANT) | st.binary(max_size=20))
        content[start : start + data.draw(st.integers(0, 30))] = piece
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    is_told_or_taken(path)


@pytest.mark.parametrize("name", ["pretalx.ics", "talks.csv", "frab.xml"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_lines_that_were_lost_doubled_or_moved_are_taken_or_reported(tmp_path_factory, name, data):
    lines = (FIXTURES / name).read_bytes().splitlines(keepends=True)
    chosen = data.draw(st.lists(st.sampled_from(range(len(lines))), max_size=2 * len(lines)))
    kept = data.draw(st.integers(0, len(lines)))
    path = tmp_path_factory.getbasetemp() / "shuffled"
    path.write_bytes(b"".join(lines[:kept] + [lines[index] for index in chosen]))
    is_told_or_taken(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_every_format_is_read_in_the_encodings_of_windows(name, encoding, tmp_path):
    path = tmp_path / name
    path.write_bytes((FIXTURES / name).read_text(encoding="utf-8").encode(encoding))
    options = {"zone": "Europe/Berlin", "start": date(2024, 5, 17)}
    assert load_schedule(path, **options).talks == load_schedule(FIXTURES / name, **options).talks


def test_each_format_is_recognised_by_what_is_in_it(tmp_path):
    counts = {}
    for name in EVERY_FORMAT:
        path = tmp_path / "without-a-suffix"
        path.write_bytes(b"\xef\xbb\xbf" + (FIXTURES / name).read_bytes())
        counts[name] = len(load_schedule(path, zone="Europe/Berlin", start=date(2024, 5, 17)).talks)
    assert list(counts.values()) == [3, 5, 4, 3, 3, 1, 5]


@pytest.mark.parametrize("name", ["frab.xml", "sessionize-grid.json", "sessionize-all.json", "talks.csv"])
def test_a_format_that_names_no_zone_asks_for_it(name):
    with pytest.raises(UsageError, match=r"--zone \w+/\w+"):
        load_schedule(FIXTURES / name)
