"""The schedule.json of frab and pretalx, and what is wrong with such files in the wild."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.schedule import LIGHTNING, Schedule, ScheduleError, from_json, load_schedule, to_device_format, to_json

FRAB = Path(__file__).parents[3] / "fixtures" / "frab.json"


def value() -> Any:
    return json.loads(FRAB.read_text(encoding="utf-8"))


def first_talk(root: Any) -> Any:
    return root["schedule"]["conference"]["days"][0]["rooms"]["Saal"][0]


def load(root: Any, tmp_path: Path, **options: Any) -> Schedule:
    path = tmp_path / "camp.json"
    path.write_text(json.dumps(root), encoding="utf-8")
    return load_schedule(path, **options)


def by_title(schedule: Schedule) -> dict[str, Any]:
    return {talk.title: talk for talk in schedule.talks}


def test_every_talk_of_a_frab_file_is_found_with_its_parts():
    schedule = load_schedule(FRAB)
    assert (schedule.title, schedule.slug, schedule.zone) == ("RiverConf 2024", "riverconf-2024", "Europe/Berlin")
    assert schedule.url == "https://example.org/2024/"
    talks = by_title(schedule)
    assert len(talks) == 5
    opening = talks["Opening"]
    assert (opening.id, opening.guid, opening.speakers) == ("101", "no-uuid-at-all", ("Ada", "Grace"))
    assert opening.abstract == "Tea & boats.\n\n- one\n- two"
    assert opening.start.isoformat() == "2024-03-29T09:30:00+01:00"
    assert opening.url == "https://example.org/2024/101"
    assert talks["Past midnight"].id == "EJWEMK"
    assert talks["Past midnight"].abstract == "a < b and b > c"


def test_nights_early_mornings_and_long_talks_fall_on_the_right_day():
    talks = by_title(load_schedule(FRAB))
    assert talks["Past midnight"].start.isoformat() == "2024-03-30T00:30:00+01:00"
    assert talks["Before the declared start"].start.isoformat() == "2024-03-29T08:30:00+01:00"
    assert talks["All-day workshop"].end.isoformat() == "2024-03-29T18:30:00+01:00"


def test_a_time_that_the_clock_skips_is_told():
    schedule = load_schedule(FRAB)
    assert by_title(schedule)["In the gap"].start.isoformat() == "2024-03-31T03:30:00+02:00"
    assert any("2024-03-31 02:30 does not exist in Europe/Berlin" in warning for warning in schedule.warnings)


def test_kind_comes_from_the_type_or_from_the_length():
    kinds = {title: talk.kind for title, talk in by_title(load_schedule(FRAB)).items()}
    assert [title for title, kind in kinds.items() if kind == LIGHTNING] == [
        "Before the declared start",
        "All-day workshop",
    ]


def test_an_address_that_is_no_web_address_is_left_out():
    assert by_title(load_schedule(FRAB))["Before the declared start"].url == ""


def test_a_file_without_zone_asks_for_it_and_takes_it(tmp_path):
    root = value()
    del root["schedule"]["conference"]["time_zone_name"]
    with pytest.raises(UsageError, match="--zone"):
        load(root, tmp_path)
    schedule = load(root, tmp_path, zone="America/New_York")
    opening = by_title(schedule)["Opening"]
    assert opening.start.isoformat() == "2024-03-29T04:30:00-04:00"


def test_a_zone_that_is_none_is_named_with_a_suggestion(tmp_path):
    root = value()
    root["schedule"]["conference"]["time_zone_name"] = "Europe/Berln"
    with pytest.raises(UsageError, match=r'"Europe/Berln": did you mean Europe/Berlin\?'):
        load(root, tmp_path)
    for zone in ("", "Europe", "../../etc/passwd", "/etc/localtime", "x" * 10_000, "\x00", "Mars/Olympus"):
        with pytest.raises(UsageError, match="There is no time zone"):
            load(value(), tmp_path, zone=zone)


@pytest.mark.parametrize(
    ("key", "wrong", "message"),
    [
        ("title", 42, r"rooms.Saal\[0\].title: the number 42 stands where a text"),
        ("duration", None, r"rooms.Saal\[0\].duration: nothing stands where"),
        ("duration", "1:75", r'duration: the text "1:75" stands where'),
        ("duration", "99:00", r"would end on 2024-04-02 at 13:30, 99 hours after its start"),
        ("date", "yesterday", r'date: the text "yesterday" stands where'),
        ("date", "0001-01-01T00:00:00+01:00", "a year from 1980 to 2199"),
        ("persons", {"a": 1}, "persons: an object stands where a list"),
        ("persons", ["Ada"], r'persons\[0\]: the text "Ada" stands where an object'),
        ("persons", [{"public_name": 7}], r"persons\[0\].public_name: the number 7"),
        ("room", ["x"], "room: a list stands where"),
        ("abstract", True, "abstract: true stands where"),
    ],
)
def test_a_wrong_value_is_named_with_file_and_place(key, wrong, message, tmp_path):
    root = value()
    first_talk(root)[key] = wrong
    with pytest.raises(ScheduleError, match=message) as caught:
        load(root, tmp_path)
    assert str(caught.value).startswith("camp.json, ")
    assert "\n" not in str(caught.value)


def test_hostile_texts_lose_their_teeth_and_keep_their_words(tmp_path):
    root = value()
    first_talk(root).update(
        title="Bell\x07 \x1b[31mred\x1b[0m \u202eevil\u202c 🚀 \ud800 שלום",
        guid="g\x00g",
        room="A\nB",
        url="https://x.y/\x1b",
    )
    talk = next(talk for talk in load(root, tmp_path).talks if talk.id == "101")
    assert (talk.title, talk.guid, talk.room, talk.url) == ("Bell red evil 🚀 שלום", "gg", "A B", "")


def test_a_title_of_any_length_is_kept_to_a_thousand_characters_and_told(tmp_path):
    root = value()
    first_talk(root)["title"] = "word " * 60  # 300 characters
    assert len(load(root, tmp_path).talks[1].title) == 299
    first_talk(root)["title"] = "x" * 5000
    schedule = load(root, tmp_path)
    assert max(len(talk.title) for talk in schedule.talks) == 1000
    assert any("was cut at 1000 characters" in warning for warning in schedule.warnings)
    first_talk(root)["title"] = "\x07 \u202e"
    assert any("has no title" in warning for warning in load(root, tmp_path).warnings)


def test_ids_that_cannot_be_or_come_twice_are_replaced(tmp_path):
    root = value()
    for talk in root["schedule"]["conference"]["days"][0]["rooms"]["Saal"]:
        talk["id"] = 7
        talk["code"] = None
    root["schedule"]["conference"]["days"][0]["rooms"]["Deck"][0]["id"] = "far too long for an id"
    ids = [talk.id for talk in load(root, tmp_path).talks]
    assert len(set(ids)) == 5
    assert "7" not in ids
    assert all(len(talk_id) <= 12 for talk_id in ids)


def test_more_talks_than_can_be_taken_are_refused(tmp_path):
    root = value()
    talk = first_talk(root)
    root["schedule"]["conference"]["days"][0]["rooms"]["Saal"] = [talk] * 5001
    with pytest.raises(ScheduleError, match="more than the 5000 talks"):
        load(root, tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in places(node[key])]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_taken_or_told_in_one_sentence(tmp_path_factory, data):
    root = value()
    parent, key = data.draw(st.sampled_from(places(root)))
    parent[key] = data.draw(JSON)
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    path.write_text(json.dumps(root), encoding="utf-8")
    try:
        schedule = load_schedule(path)
    except ClapmarkError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 400
        return
    assert from_json(to_json(schedule)) == schedule
    to_device_format(schedule)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("09:59", "2024-03-29 09:59"),  # before the declared start
        ("08:00", "2024-03-29 08:00"),
        ("10:00", "2024-03-29 10:00"),
        ("23:30", "2024-03-29 23:30"),
        ("00:00", "2024-03-30 00:00"),  # past midnight
        ("02:00", "2024-03-30 02:00"),  # at the declared end
        ("03:30", "2024-03-30 03:30"),  # and behind it
    ],
)
def test_a_talk_without_a_date_falls_into_the_day_or_next_to_it(clock, expected, tmp_path):
    day = {
        "date": "2024-03-29",
        "day_start": "2024-03-29T10:00:00+01:00",
        "day_end": "2024-03-30T02:00:00+01:00",
        "rooms": {"Saal": [{"title": "x", "start": clock, "duration": "00:30", "room": "Saal", "persons": []}]},
    }
    conference = {"title": "Night", "time_zone_name": "Europe/Berlin", "days": [day]}
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps({"schedule": {"conference": conference}}))
    (talk,) = load_schedule(path).talks
    assert f"{talk.start:%Y-%m-%d %H:%M}" == expected
