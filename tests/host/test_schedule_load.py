"""Files that are no schedule: each is refused in one sentence that says what to do."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.errors import ClapmarkError, UsageError
from clapmark.schedule import ScheduleError, load_schedule, to_json

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"Hello, world\n", "is text without a line such as"),
        (b"\xff\xfe\x00\x01", "is no UTF-8 text"),
        (b"BEGIN:VCALENDAR\n", "is an iCalendar file"),
        (b"<?xml version='1.0'?><schedule/>", "is XML"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b'{"schedule": ', "is cut or damaged: line 1"),
        (b"{}", "no schedule that Clapmark knows"),
        (b"[1, 2]", "no schedule that Clapmark knows"),
        (b"[" * 200_000, "nested so deep"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "cannot be read as JSON"),
        (b'{"schedule": {"conference": 3}}', "conference: the number 3 stands where an object"),
        (b'{"schedule": {"conference": {"time_zone_name": "UTC"}}}', "holds no talk"),
        (b'{"format": "clapmark-schedule", "version": 99}', "is of version 99"),
        (b'{"format": "clapmark-schedule"}', "version: nothing stands where"),
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
    with pytest.raises(ScheduleError, match="no path"):
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


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_listing_is_taken_or_told_in_one_sentence(tmp_path_factory, data):
    content = bytearray((FIXTURES / data.draw(st.sampled_from(["listing.txt", "frab.json"]))).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    try:
        schedule = load_schedule(path, zone="Europe/Berlin", start=date(2024, 5, 17))
    except ClapmarkError as error:
        assert str(error).isprintable()
        return
    assert schedule.talks
