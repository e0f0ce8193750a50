"""The text listing of PyCon US: paragraphs, weekdays, and times as North America writes them."""

from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.base.errors import UsageError
from clapmark.schedule import LIGHTNING, Schedule, ScheduleError, load_schedule
from clapmark.schedule.readers.time_phrase import parse_times

LISTING = Path(__file__).parents[3] / "fixtures" / "listing.txt"
FRIDAY = date(2024, 5, 17)


def load(text: str, tmp_path: Path, zone: str = "America/New_York", start: date | None = FRIDAY) -> Schedule:
    path = tmp_path / "listing.txt"
    path.write_text(text, encoding="utf-8")
    return load_schedule(path, zone=zone, start=start, title="RiverConf")


def one_talk(when: str) -> str:
    return f"A title\n\nA Speaker\n{when}\n\nAn abstract.\n"


def test_every_talk_of_a_listing_is_found_with_its_parts():
    schedule = load_schedule(LISTING, zone="America/New_York", start=FRIDAY)
    assert (schedule.title, schedule.slug, schedule.zone) == ("RiverConf 2024", "riverconf-2024", "America/New_York")
    assert (schedule.start, schedule.end) == (FRIDAY, date(2024, 5, 19) - timedelta(days=1))
    nobody, late, boats = schedule.talks
    assert (nobody.title, nobody.speakers, nobody.room) == ("Nobody's Talk", (), "Hall 3")
    assert nobody.abstract.endswith("On Friday we shall all go home, in a boat.")
    assert late.speakers == ("Łukasz Ö. / The Team",)
    assert late.abstract.endswith("([link](")
    assert late.end.isoformat() == "2024-05-18T00:00:00-04:00"
    assert boats.title == "Boats & Buffers: “queues” that never sink"
    assert boats.speakers == ("Ada Lovelace", "Grace Hopper")
    assert boats.room == "Hall 1/2"
    assert (boats.start.isoformat(), boats.end.hour) == ("2024-05-18T11:30:00-04:00", 12)
    assert boats.abstract.split("\n\n")[1] == "A second paragraph, with a list:\n- one\n- two"
    assert schedule.warnings == ()


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(tmp_path):
    path = tmp_path / "listing.txt"
    path.write_bytes(b"\xef\xbb\xbf" + LISTING.read_bytes().replace(b"\n", b"\r\n"))
    assert load_schedule(path, zone="America/New_York", start=FRIDAY) == load_schedule(
        LISTING, zone="America/New_York", start=FRIDAY
    )


def test_ids_stay_when_talks_move_come_and_go(tmp_path):
    text = LISTING.read_text(encoding="utf-8")
    before = {talk.title: talk.id for talk in load(text, tmp_path).talks}
    moved = text.replace("Friday 3 p.m.–3:45 p.m. in Hall 3", "Sunday 4 p.m.–4:45 p.m. in Attic")
    after = {talk.title: talk.id for talk in load(moved + "\n\nNew\n\nFriday 1 p.m.–2 p.m. in X\n", tmp_path).talks}
    assert after.pop("New") not in before.values()
    assert after == before


def test_talks_of_one_title_get_different_ids(tmp_path):
    text = "".join(f"Lunch\n\nFriday {hour} p.m.–{hour + 1} p.m. in Hall\n\nFood.\n\n" for hour in (1, 2, 2, 3))
    ids = [talk.id for talk in load(text, tmp_path).talks]
    assert len(set(ids)) == 4
    assert all(talk_id.startswith("lunch-") for talk_id in ids)


def test_short_talks_are_lightning_talks(tmp_path):
    assert load(one_talk("Friday 5 p.m.–5:05 p.m. in A"), tmp_path).talks[0].kind == LIGHTNING


def test_the_sample_is_three_talks_and_twelve_lightning_talks_in_one_room():
    sample = Path(__file__).parents[4] / "host" / "clapmark" / "sim" / "demo" / "pycon-us-afternoon.txt"
    schedule = load_schedule(sample, zone="America/New_York", start=date(2019, 5, 3))
    kinds = [talk.kind for talk in schedule.talks]
    assert kinds == ["talk"] * 3 + [LIGHTNING] * 12
    assert schedule.rooms() == ("Grand Ballroom C",)
    assert schedule.warnings == ()
    lightning = schedule.talks[3:]
    assert {talk.end_utc_s - talk.start_utc_s for talk in lightning} == {300}
    assert all(before.end == after.start for before, after in pairwise(lightning))
    assert all(talk.speakers and talk.abstract for talk in schedule.talks)


def test_overlapping_talks_in_one_room_are_reported_and_kept(tmp_path):
    text = "".join(f"{name}\n\nFriday {when} in {room}\n\n" for name, when, room in (
        ("First", "1 p.m.–2 p.m.", "A"), ("Second", "1:30 p.m.–2 p.m.", "A"), ("Third", "1:30 p.m.–2 p.m.", "B"),
    ))  # fmt: skip
    schedule = load(text, tmp_path)
    assert len(schedule.talks) == 3
    assert schedule.warnings == (
        "No talk has a speaker.",
        '"First" and "Second" overlap in "A" on 2024-05-17 at 13:30.',
    )


@pytest.mark.parametrize(
    ("when", "begins", "ends"),
    [
        ("Friday 3 p.m.–3:45 p.m. in A", "2024-05-17T15:00", "2024-05-17T15:45"),
        ("friday 11:30 AM - noon in A", "2024-05-17T11:30", "2024-05-17T12:00"),
        ("Friday noon–12:30 p.m. in A", "2024-05-17T12:00", "2024-05-17T12:30"),
        ("Friday midnight–12:30 a.m. in A", "2024-05-17T00:00", "2024-05-17T00:30"),
        ("Friday 11 p.m.–midnight in A", "2024-05-17T23:00", "2024-05-18T00:00"),
        ("Friday 11 p.m.–1 a.m. in A", "2024-05-17T23:00", "2024-05-18T01:00"),
        ("Thursday 9 a.m.—10 a.m. in A", "2024-05-23T09:00", "2024-05-23T10:00"),
        ("Friday 9 a.m.–10 a.m.", "2024-05-17T09:00", "2024-05-17T10:00"),
    ],
)
def test_times_of_day(when, begins, ends, tmp_path):
    talk = load(one_talk(when), tmp_path).talks[0]
    assert (talk.start.isoformat()[:16], talk.end.isoformat()[:16]) == (begins, ends)


@pytest.mark.parametrize(
    "when", ["Friday 13 p.m.–2 p.m. in A", "Friday 1:75 p.m.–2 p.m. in A", "Friday 3 p.m.–late in A"]
)
def test_a_time_that_is_none_is_named_with_its_line(when, tmp_path):
    with pytest.raises(ScheduleError, match="Line 4"):
        load(one_talk(when), tmp_path)


def test_a_talk_without_a_title_is_named_with_its_line(tmp_path):
    for text, count in (
        ("Friday 1 p.m.–2 p.m. in A\n", 0),
        (one_talk("Friday 1 p.m.–2 p.m. in A").replace("An abstract.", "Friday 3 p.m.–4 p.m. in B"), 1),
        (one_talk("Friday 1 p.m.–2 p.m. in A\nFriday 3 p.m.–4 p.m. in B"), 1),
    ):
        if not count:
            with pytest.raises(ScheduleError, match=r"ine \d: no title is before"):
                load(text, tmp_path)
            continue
        schedule = load(text, tmp_path)
        assert (len(schedule.talks), schedule.left_out) == (1, 1)
        assert "no title is before" in schedule.warnings[0]


def test_one_time_that_cannot_be_read_costs_its_talk_alone(tmp_path):
    text = one_talk("Friday 1 p.m.–2 p.m. in A") + "\nOther\n\nAda\nFriday 3 p.m.–late in A\n\nMore.\n"
    schedule = load(text, tmp_path)
    assert (len(schedule.talks), schedule.left_out) == (1, 1)
    assert "cannot be understood" in schedule.warnings[0] and "left out" in schedule.warnings[0]


LONG = "What this talk is about, in a few sentences of the usual length. " * 4


def test_abstracts_before_the_times_are_not_read_as_titles(tmp_path):
    text = "".join(
        f"{name}\n\n{LONG}\n\nAda {name}\nFriday {hour} p.m.–{hour}:30 p.m. in A\n\n"
        for name, hour in (("One", 1), ("Two", 2))
    )
    schedule = load(text, tmp_path)
    assert [(talk.title, talk.abstract, talk.speakers) for talk in schedule.talks] == [
        ("One", LONG.strip(), ("Ada One",)), ("Two", LONG.strip(), ("Ada Two",))
    ]  # fmt: skip
    assert any("abstracts come before the times" in note for note in schedule.warnings)
    without_titles = "".join(f"{LONG * 2}\n\nAda\nFriday {hour} p.m.–{hour}:30 p.m. in A\n\n" for hour in (1, 2, 3))
    with pytest.raises(ScheduleError, match="where the title is expected"):
        load(without_titles, tmp_path)


def test_what_is_missing_is_asked_for_by_its_option(tmp_path):
    with pytest.raises(UsageError, match="--start"):
        load(one_talk("Friday 1 p.m.–2 p.m. in A"), tmp_path, start=None)
    with pytest.raises(UsageError, match="--zone"):
        load_schedule(LISTING, start=FRIDAY)


def test_a_first_day_without_talks_is_questioned(tmp_path):
    schedule = load(one_talk("Friday 1 p.m.–2 p.m. in A"), tmp_path, start=date(2024, 5, 13))
    assert schedule.talks[0].start.date() == FRIDAY
    assert schedule.warnings == ("No talk is on 2024-05-13, which is a Monday: is --start the first day?",)


def test_a_night_when_the_clock_is_changed_is_resolved_and_reported(tmp_path):
    spring = load(one_talk("Sunday 2:30 a.m.–3:30 a.m. in A"), tmp_path, "Europe/Berlin", date(2024, 3, 31))
    assert spring.talks[0].start.isoformat() == "2024-03-31T03:30:00+02:00"
    assert "does not exist" in spring.warnings[0]
    autumn = load(one_talk("Sunday 2:30 a.m.–3:30 a.m. in A"), tmp_path, "Europe/Berlin", date(2024, 10, 27))
    assert autumn.talks[0].start.isoformat() == "2024-10-27T02:30:00+02:00"
    assert autumn.talks[0].end_utc_s - autumn.talks[0].start_utc_s == 7200
    assert "comes twice" in autumn.warnings[0]
    twice = load(one_talk("Sunday 2:45 a.m.–2:15 a.m. in A"), tmp_path, "Europe/Berlin", date(2024, 10, 27))
    assert twice.talks[0].end.isoformat() == "2024-10-27T02:15:00+01:00"


def phrase_of(clock: time, style: int) -> str:
    if clock == time(12) and style % 2:
        return "noon"
    if clock == time(0) and style % 2:
        return "midnight"
    minutes = f":{clock.minute:02}" if clock.minute or style & 2 else ""
    half = ("a.m.", "p.m.") if style & 4 else ("am", "pm")
    return f"{(clock.hour - 1) % 12 + 1}{minutes} {half[clock.hour // 12]}"


CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(CLOCKS, CLOCKS, st.integers(0, 7), st.sampled_from(["–", "-", " – ", "—", " to "]))
def test_every_time_of_day_in_every_spelling_is_read_back(start, end, style, dash):
    assert parse_times(phrase_of(start, style) + dash + phrase_of(end, style)) == (start, end)


@given(st.text(max_size=40) | st.from_regex(r"[0-9:apm.\- noo]{0,30}"))
def test_any_other_phrase_is_a_value_error(phrase):
    try:
        start, end = parse_times(phrase)
    except ValueError:
        return
    assert isinstance(start, time) and isinstance(end, time)


def test_zone_is_the_real_one(tmp_path):
    talk = load(one_talk("Friday 1 p.m.–2 p.m. in A"), tmp_path, "Australia/Adelaide").talks[0]
    assert talk.start.tzinfo == ZoneInfo("Australia/Adelaide")
    assert talk.start.isoformat().endswith("+09:30")
