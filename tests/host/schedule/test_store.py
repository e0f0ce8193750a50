"""schedule.json in the archive: what was written is read back, byte for byte; damage is reported."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.schedule import (
    LIGHTNING,
    TALK,
    Schedule,
    ScheduleError,
    Talk,
    from_json,
    load_schedule,
    to_device_format,
    to_json,
)
from clapmark.schedule.ids import is_id, is_slug, slug_of, talk_ids
from clapmark.schedule.model import talk_order
from clapmark.schedule.text import one_line, paragraphs
from tests.support.archive.notes_archive import make_archive
from tests.support.command_line import type_

FRAB = Path(__file__).parents[2] / "fixtures" / "frab.json"
LINE = st.text(max_size=40).map(lambda text: one_line(text, 40))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
# the hours around both changes of the clock in Berlin, and some years
MOMENTS = (
    st.integers(1_711_839_600, 1_711_854_000)
    | st.integers(1_729_980_000, 1_730_000_000)
    | st.integers(400_000_000, 7_000_000_000)
)


@st.composite
def schedules(draw):
    zone = ZoneInfo(draw(ZONES))
    ids = draw(st.lists(st.from_regex(r"\A[A-Za-z0-9_-]{1,12}\Z"), max_size=8, unique_by=str.lower))
    talks = []
    for talk_id in ids:
        start = datetime.fromtimestamp(draw(MOMENTS), UTC)
        talks.append(
            Talk(
                id=talk_id,
                title=draw(LINE) or "T",
                start=start.astimezone(zone),
                end=(start + timedelta(seconds=draw(st.integers(0, 100_000)))).astimezone(zone),
                room=draw(LINE),
                speakers=tuple(name for name in draw(st.lists(LINE, max_size=3)) if name),
                abstract=paragraphs(draw(st.text(max_size=80)), 80),
                track=draw(LINE),
                kind=draw(st.sampled_from([TALK, LIGHTNING])),
                guid=draw(LINE),
                code=draw(LINE),
                source_id=draw(LINE),
                recording_url=draw(st.sampled_from(["", "https://video.example.org/1"])),
                vanished=draw(st.booleans()),
            )
        )
    talks.sort(key=talk_order)
    day = datetime(2024, 3, 31, tzinfo=zone).date()
    return Schedule(slug_of(draw(LINE)), draw(LINE) or "C", zone.key, day, day, tuple(talks))


@settings(deadline=None)
@given(schedules())
def test_a_schedule_comes_back_from_json_and_gives_the_same_bytes(schedule):
    data = to_json(schedule)
    again = from_json(data)
    assert again == schedule
    assert [talk.start_utc_s for talk in again.talks] == [talk.start_utc_s for talk in schedule.talks]
    assert to_json(again) == data
    assert data.endswith(b"}\n")
    to_device_format(schedule)


def test_times_are_written_as_local_time_with_offset():
    value = json.loads(to_json(load_schedule(FRAB)))
    assert value["version"] == 1
    assert value["talks"][1]["start"] == "2024-03-29T09:30:00+01:00"


@pytest.mark.parametrize(
    ("key", "wrong", "message"),
    [
        ("id", "a b", "an id of 1 to 12 letters"),
        ("id", "103", "two talks have the id"),
        ("id", 7, "id: found the number 7"),
        ("title", "", r"title: "),
        ("start", "2024-03-29T09:30:00", "a time with its offset"),
        ("start", "2024-03-30T09:30:00+01:00", "a time that is not before the start"),
        ("kind", "dance", '"talk" or "lightning"'),
        ("vanished", "no", "true or false"),
        ("speakers", ["a", 1], r"speakers\[1\]: found the number 1"),
    ],
)
def test_an_edit_that_breaks_the_file_is_named_with_its_place(key, wrong, message):
    value = json.loads(to_json(load_schedule(FRAB)))
    value["talks"][1][key] = wrong
    with pytest.raises(ScheduleError, match=message):
        from_json(json.dumps(value).encode())


def test_a_slug_that_leaves_the_archive_is_refused():
    value = json.loads(to_json(load_schedule(FRAB)))
    for slug in ("..", "a/b", "", "con", "A"):
        value["slug"] = slug
        with pytest.raises(ScheduleError, match="slug"):
            from_json(json.dumps(value).encode())


@given(st.text(max_size=80))
def test_every_title_gives_a_slug_that_may_name_a_folder(title):
    assert is_slug(slug_of(title))


def test_slugs_read_like_the_title():
    assert slug_of("PyCon US 2019") == "pycon-us-2019"
    assert slug_of("Łódź’s Größte Konferenz!") == "lodzs-grosste-konferenz"
    assert slug_of("A very long title of a conference that goes on and on") == "a-very-long-title-of-a-conference-that"
    assert slug_of("CON") == "conference-con"


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "7", "AB", "ab", "x y"]), st.sampled_from(["Lunch", "🚀", "A talk"])),
        max_size=12,
    )
)
def test_ids_are_different_and_can_be_ids(talks):
    ids = talk_ids([name for name, _ in talks], [(title, str(number)) for number, (_, title) in enumerate(talks)])
    assert all(is_id(talk_id) for talk_id in ids)
    assert len({talk_id.lower() for talk_id in ids}) == len(talks)


def test_a_talk_is_shown_on_one_line_where_no_terminal_sets_a_width(tmp_path):
    archive = make_archive(tmp_path)
    code, out, _ = type_("schedule", "show", "--archive", archive.folder)
    assert code == 0
    (line,) = (line for line in out.splitlines() if "bees" in line)
    assert all(word in line for word in ("13:40–14:10", "Hall A", "Bees & Sensors", "Bo Sample, Cy Sample"))
