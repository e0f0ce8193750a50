"""The schedule.json of frab and pretalx, and what is wrong with such files in the wild."""

import json
import re
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


def test_a_time_that_the_clock_skips_is_reported():
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
    ("key", "wrong", "note"),
    [
        ("duration", None, r"rooms.Saal\[0\], the talk .*: it has no duration"),
        ("duration", "1:75", 'the duration "1:75" cannot be read'),
        ("duration", "135.0:00", 'the duration "135.0:00" cannot be read'),
        ("duration", 45, "the duration is the number 45, which was read as 45 minutes"),
        ("duration", [], "the duration list cannot be read"),
        ("duration", "-1:00", 'the duration "-1:00" cannot be read'),
        ("duration", "99:00", "lasts 4 days"),
        ("duration", "6944:11:40", "more than 14 days; its end was guessed"),
        ("persons", {"a": 1}, ""),
        ("persons", [7], r"persons\[0\]: found the number 7, expected a name; this value was ignored"),
        ("persons", "Ada", r'persons: found the text "Ada", expected a list'),
        ("room", ["x"], "room: found a list, expected a text; this value was ignored"),
        ("abstract", True, "abstract: found true, expected a text"),
        ("links", "none", "links: found the text"),
        ("title", None, "the talk has no title"),
        ("title", 42, ""),
    ],
)
def test_an_odd_value_costs_that_value_alone_and_is_noted(key, wrong, note, tmp_path):
    root = value()
    first_talk(root)[key] = wrong
    schedule = load(root, tmp_path)
    assert len(schedule.talks) == 5 and schedule.left_out == 0
    assert any(re.search(note, warning) for warning in schedule.warnings)


@pytest.mark.parametrize("wrong", ["yesterday", "0001-01-01T00:00:00+01:00", 7, [], True, {"a": "b"}])
def test_a_talk_without_a_readable_start_is_left_out_and_the_others_load(wrong, tmp_path):
    root = value()
    first_talk(root).update(date=wrong, start=None)
    schedule = load(root, tmp_path)
    assert (len(schedule.talks), schedule.left_out) == (4, 1)
    assert "this talk was left out" in schedule.warnings[0]


def test_a_file_without_any_usable_talk_is_refused_with_the_reason(tmp_path):
    root = value()
    for day in root["schedule"]["conference"]["days"]:
        for talks in day["rooms"].values():
            for talk in talks:
                talk.update(date="soon", start="later")
    with pytest.raises(ScheduleError, match=r'camp.json has no usable talk: none of its 5 records .*"later"'):
        load(root, tmp_path)


@pytest.mark.parametrize(
    ("date", "start", "taken"),
    [
        ("2024-03-29T09:30:00+01:00", "09:30", "09:30"),  # agree
        ("2024-03-29T08:30:00Z", "09:30", "09:30"),  # agree, written in UTC
        ("2024-03-29", "09:30", "09:30"),  # the date has no time
        ("2024-03-29T09:30:00+00:00", "09:30", "09:30"),  # the offset is wrong
        ("2024-03-29T11:00:00+01:00", "10:30", "11:00"),  # contradict: the date
        ("yesterday", "09:30", "09:30"),
    ],
)
def test_date_and_start_are_both_read_and_a_contradiction_is_noted(date, start, taken, tmp_path):
    root = value()
    first_talk(root).update(date=date, start=start, title="This one")
    schedule = load(root, tmp_path)
    found = by_title(schedule)["This one"].start
    assert found.isoformat() == f"2024-03-29T{taken}:00+01:00"
    agrees = date in {"2024-03-29T09:30:00+01:00", "2024-03-29T08:30:00Z", "2024-03-29"}
    assert any("This one" in warning and "overlap" not in warning for warning in schedule.warnings) != agrees


def test_texts_in_several_languages_are_read_in_english_or_the_first(tmp_path):
    root = value()
    first_talk(root).update(
        title={"de": "Hallo", "en": "Hello"},
        abstract={"de": "Nur deutsch", "en": None},
        room={"en": "Hall"},
        track={"de": None, "en": "Net"},
        persons=[{"public_name": {"en": "Ada"}}, "Grace"],
    )
    talk = by_title(load(root, tmp_path))["Hello"]
    assert (talk.abstract, talk.room, talk.track, talk.speakers) == ("Nur deutsch", "Hall", "Net", ("Ada", "Grace"))


@pytest.mark.parametrize("rooms", [[], None, {}])
def test_a_day_without_rooms_costs_nothing(rooms, tmp_path):
    root = value()
    days = root["schedule"]["conference"]["days"]
    days.append(dict(days[0], rooms=rooms))
    assert len(load(root, tmp_path).talks) == 5


def test_a_list_of_rooms_and_rooms_whose_talks_php_numbered_are_read(tmp_path):
    root = value()
    day = root["schedule"]["conference"]["days"][0]
    count = len(load(root, tmp_path).talks)
    day["rooms"] = [
        {"name": name, "talks": {str(n): one for n, one in enumerate(talks)}} for name, talks in day["rooms"].items()
    ]
    assert len(load(root, tmp_path).talks) == count


HUB = {
    "schedule": {
        "version": "2024-12-26 20:23",
        "conference": {
            "acronym": "rc", "title": "RiverCamp", "time_zone_name": "Europe/Berlin", "url": "https://example.org/",
            "tracks": [{"slug": "hard", "name": "Hardware"}],
            "rooms": [{"name": "Deck", "slug": "deck", "guid": "r-1"}],
            "days": [{"index": 1, "date": "2024-12-27", "start": "2024-12-27T09:30:00+00:00"}],
        },
        "events": [
            {"guid": "g-1", "title": "Opening", "start": "2024-12-27T10:30:00+01:00",
             "end": "2024-12-27T11:00:00+01:00", "room": {"name": "Deck", "guid": "r-1"}, "track": {"slug": "hard"},
             "abstract": {"en": None, "de": "Hallo"},
             "participants": [{"name": "Ada", "role": "speaker"}, {"name": "Bo", "role": "angel"}]},
            {"guid": "g-2", "title": "By guid", "start": "2024-12-27T12:00:00+01:00", "duration": "00:30",
             "room": {"guid": "r-1"}, "track": None, "participants": None},
            {"guid": "g-3", "title": "Broken", "start": None, "end": None, "room": None},
        ],
    }
}  # fmt: skip


def test_the_second_version_of_the_hub_is_read(tmp_path):
    schedule = load(HUB, tmp_path)
    opening, second = schedule.talks
    assert (opening.room, opening.track, opening.speakers, opening.abstract) == ("Deck", "Hardware", ("Ada",), "Hallo")
    assert (second.room, second.end.isoformat()) == ("Deck", "2024-12-27T12:30:00+01:00")
    assert schedule.left_out == 1 and "Broken" in schedule.warnings[0]


TITLES = [
    "Never trust <script>: CSP",
    "The <p> soup",
    "<link>",
    "Use &nbsp; or &amp;",
    "Vec<T> and <b>bold</b>",
    "a & b",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_plain_text(title, tmp_path):
    root = value()
    first_talk(root)["title"] = title
    assert title in by_title(load(root, tmp_path))


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


def test_a_title_of_any_length_is_kept_to_a_thousand_characters_and_reported(tmp_path):
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
def test_any_value_in_any_place_is_taken_or_reported_in_one_sentence(tmp_path_factory, data):
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


def test_the_hubs_own_names_of_times_and_a_room_by_its_guid_are_read(tmp_path):
    event = {
        "guid": "e1",
        "title": {"de": "Eins", "en": "One"},
        "schedule_start": "2024-12-27T13:00:00+01:00",
        "schedule_end": "2024-12-27T14:00:00+01:00",
        "schedule_duration": "01:00:00",
        "room": "r1",
    }
    conference = {"title": "C", "time_zone_name": "Europe/Berlin", "rooms": [{"name": "Saal 1", "guid": "r1"}]}
    path = tmp_path / "hub.json"
    path.write_text(json.dumps({"schedule": {"conference": conference, "events": [event]}}))
    (talk,) = load_schedule(path).talks
    assert (talk.title, talk.room, f"{talk.start:%H:%M}-{talk.end:%H:%M}") == ("One", "Saal 1", "13:00-14:00")
