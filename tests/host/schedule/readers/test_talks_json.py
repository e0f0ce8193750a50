"""JSON of other programs: talks are found by what their fields are called, and what is missing is said."""

import json

import pytest

from clapmark.base.errors import UsageError
from clapmark.schedule import ScheduleError, load_schedule


def load(value, tmp_path, zone="Europe/Berlin"):
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return load_schedule(path, zone=zone, title="RiverConf")


APP = {
    "sessions": [
        {"id": "1", "title": "A", "speakerIds": ["s1"], "location": "Saal", "startsAt": "2024-05-17T09:00",
         "endsAt": "2024-05-17T09:45"}
    ],
    "speakers": [{"id": "s1", "name": "Ada"}],
}  # fmt: skip
DEVOXX = [
    {"id": 1, "fromDate": "2024-05-17T07:00:00Z", "toDate": "2024-05-17T07:45:00Z", "room": {"id": 2, "name": "Saal"},
     "timezone": "Europe/Berlin",
     "proposal": {"id": 9, "title": "A", "summary": "x", "speakers": [{"fullName": "Ada"}]}}
]  # fmt: skip
EVENTYAY = [
    {"id": 1, "title": "A", "start_time": "2024-05-17T09:00:00+02:00", "end_time": "2024-05-17T09:45:00+02:00",
     "microlocation": {"id": 2, "name": "Saal"}, "speakers": [{"id": 1, "name": "Ada"}], "track": {"name": "t"}}
]  # fmt: skip
JSON_API = {
    "data": [
        {"type": "session", "id": "1", "attributes": {"title": "A", "starts-at": "2024-05-17T09:00:00+02:00",
         "ends-at": "2024-05-17T09:45:00+02:00", "room": "Saal", "speakers": "Ada"}}
    ]
}  # fmt: skip
INDICO = {
    "results": [
        {"title": "RiverConf", "timezone": "Europe/Berlin", "contributions": [
            {"id": "1", "title": "A", "room": "Saal", "duration": 45,
             "speakers": [{"first_name": "Ada", "last_name": ""}],
             "startDate": {"date": "2024-05-17", "time": "09:00:00", "tz": "Europe/Berlin"}},
        ]}
    ]
}  # fmt: skip
BY_DAY = {
    "friday": [
        {"name": "A", "date": "2024-05-17", "time": "09:00", "duration": "45", "room": "Saal", "speaker": "Ada"}
    ],
    "saturday": [],
}
EPOCH = {"talks": {"x1": {"title": "A", "start": 1715929200, "end": 1715931900000, "room": "Saal", "speakers": ["Ada"]},
                   "x2": {"title": "B", "start": 1715932800, "end": 1715935500000, "room": "Saal",
                          "speakers": ["Bo"]}}}  # fmt: skip


@pytest.mark.parametrize("value", [APP, DEVOXX, EVENTYAY, JSON_API, INDICO, BY_DAY, EPOCH], ids=lambda v: str(v)[:24])
def test_talks_of_other_programs_keep_their_rooms_and_speakers(value, tmp_path):
    schedule = load(value, tmp_path)
    talk = schedule.talks[0]
    assert (talk.title, talk.room, talk.speakers) == ("A", "Saal", ("Ada",))
    assert (talk.start.isoformat(), f"{talk.end:%H:%M}") == ("2024-05-17T09:00:00+02:00", "09:45")
    assert any("JSON of a program that Clapmark does not know" in note for note in schedule.warnings)


def test_one_odd_talk_is_left_out_and_named(tmp_path):
    sessions = APP["sessions"]
    odd = [dict(sessions[0], id="2", title="Odd", startsAt="soon"), dict(sessions[0], id="3", endsAt=["x"])]
    schedule = load(dict(APP, sessions=[*sessions, *odd]), tmp_path)
    assert (len(schedule.talks), schedule.left_out) == (2, 1)
    assert '"Odd"' in schedule.warnings[0]


def test_sessions_without_rooms_and_speakers_are_said_to_have_none(tmp_path):
    sessions = [{"title": name, "startsAt": f"2024-05-17T{hour}:00"} for name, hour in (("A", "09"), ("B", "10"))]
    notes = " ".join(load({"sessions": sessions}, tmp_path).warnings)
    assert "No talk has a room" in notes and "No talk has a speaker" in notes


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"speakers": [{"id": 1, "fullName": "Ada"}]}, "have the fields id, fullName, but no title and no start"),
        ({"talks": [{"title": "A", "room": "B"}]}, "but no start"),
        ({"a": 1}, "it has no list of objects"),
    ],
)
def test_what_is_missing_is_named(value, message, tmp_path):
    with pytest.raises(ScheduleError, match=message):
        load(value, tmp_path)


def test_a_list_without_a_zone_asks_for_it(tmp_path):
    with pytest.raises(UsageError, match="--zone"):
        load(APP, tmp_path, zone=None)
    assert load(DEVOXX, tmp_path, zone=None).zone == "Europe/Berlin"


def test_google_calendars_api_has_its_times_in_objects_and_days_without_one(tmp_path):
    items = [
        {"id": "a", "summary": "A", "start": {"dateTime": "2025-06-01T10:00:00+02:00"},
         "end": {"dateTime": "2025-06-01T10:30:00+02:00"}},
        {"id": "b", "summary": "B", "start": {"dateTime": "2025-06-01T05:00:00", "timeZone": "America/New_York"},
         "end": {"dateTime": "2025-06-01T05:30:00", "timeZone": "America/New_York"}},
        {"id": "c", "summary": "Camp", "start": {"date": "2025-06-01"}, "end": {"date": "2025-06-02"}},
    ]  # fmt: skip
    value = {"summary": "My conf", "timeZone": "Europe/Berlin", "items": items}
    path = tmp_path / "api.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    schedule = load_schedule(path)
    assert schedule.title == "My conf"
    assert [f"{t.title} {t.start:%H:%M}-{t.end:%H:%M}" for t in schedule.talks] == ["A 10:00-10:30", "B 11:00-11:30"]
    assert schedule.left_out == 1 and any("all-day" in note and '"Camp"' in note for note in schedule.warnings)


def test_pretalx_api_has_room_and_times_in_a_slot(tmp_path):
    def talk(code, hour):
        times = {"start": f"2024-06-01T{hour}:00:00+02:00", "end": f"2024-06-01T{hour}:30:00+02:00"}
        return {"code": code, "title": code, "speakers": [{"code": "X", "name": "Ana"}], "track": {"en": "Core"},
                "slot": {"room": {"en": "Main", "de": "Saal"}, **times}}  # fmt: skip

    schedule = load({"results": [talk("A1B2C3", 10), talk("A1B2C4", 11)]}, tmp_path)
    assert [(t.code, t.room, t.track, t.speakers) for t in schedule.talks] == [
        ("A1B2C3", "Main", "Core", ("Ana",)), ("A1B2C4", "Main", "Core", ("Ana",)),
    ]  # fmt: skip
    assert f"{schedule.talks[0].end:%H:%M}" == "10:30"


def test_pretalx_widget_names_speakers_by_code_and_rooms_in_several_languages(tmp_path):
    schedule = load({
        "talks": [
            {"code": "ABC123", "id": 1, "title": "One", "speakers": ["SPKA"], "track": 7, "room": 3,
             "start": "2024-06-01T10:00:00+02:00", "end": "2024-06-01T10:30:00+02:00"},
            {"code": "ABC124", "id": 2, "title": {"de": "Zwei"}, "speakers": ["SPKA"], "track": None, "room": 3,
             "start": "2024-06-01T11:00:00+02:00", "end": "2024-06-01T11:30:00+02:00"},
        ],
        "timezone": "Europe/Berlin",
        "tracks": [{"id": 7, "name": {"en": "Core"}}],
        "rooms": [{"id": 3, "name": {"en": "Main hall", "de": "Saal"}}],
        "speakers": [{"code": "SPKA", "name": "Ana"}],
    }, tmp_path)  # fmt: skip
    assert [(t.title, t.room, t.track, t.speakers) for t in schedule.talks] == [
        ("One", "Main hall", "Core", ("Ana",)), ("Zwei", "Main hall", "", ("Ana",)),
    ]  # fmt: skip


def test_schema_org_events_have_their_end_in_end_date(tmp_path):
    schedule = load([
        {"@type": "Event", "name": f"T{n}", "startDate": f"2025-06-01T{n}:00:00+02:00",
         "endDate": f"2025-06-01T{n}:20:00+02:00", "location": {"@type": "Place", "name": "R1"},
         "performer": [{"@type": "Person", "name": "Ana"}]}
        for n in (10, 11)
    ], tmp_path)  # fmt: skip
    assert [(f"{t.end:%H:%M}", t.room, t.speakers) for t in schedule.talks] == [
        ("10:20", "R1", ("Ana",)), ("11:20", "R1", ("Ana",)),
    ]  # fmt: skip
