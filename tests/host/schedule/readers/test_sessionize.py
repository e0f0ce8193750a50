"""Sessionize: the GridSmart view and the All view."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.base.errors import ClapmarkError
from clapmark.schedule import LIGHTNING, Schedule, ScheduleError, from_json, load_schedule, to_json

FIXTURES = Path(__file__).parents[3] / "fixtures"
GRID, ALL = FIXTURES / "sessionize-grid.json", FIXTURES / "sessionize-all.json"


def load(value: Any, tmp_path: Path) -> Schedule:
    path = tmp_path / "view.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return load_schedule(path, zone="Europe/Berlin", title="RiverConf")


@pytest.mark.parametrize(("source", "speakers"), [(GRID, ("Ada", "Grace")), (ALL, ("Ada L",))])
def test_a_talk_is_found_with_its_parts_in_both_views(source, speakers):
    talk = load_schedule(source, zone="Europe/Berlin", title="RiverConf").talks[0]
    assert (talk.id, talk.source_id, talk.title) == ("160121", "160121", "Boats & Buffers")
    assert (talk.room, talk.speakers, talk.track, talk.kind) == ("Hall A", speakers, "Rivers", LIGHTNING)
    assert talk.start.isoformat() == "2024-05-17T09:00:00+02:00"
    assert talk.end.isoformat() == "2024-05-17T09:45:00+02:00"
    assert talk.recording_url == "https://video.example.org/160121"
    assert talk.abstract.startswith("Queues that never sink.")


def test_breaks_and_what_is_not_scheduled_are_left_out_and_reported():
    grid = load_schedule(GRID, zone="Europe/Berlin", title="RiverConf")
    assert [talk.title for talk in grid.talks] == ["Boats & Buffers", "Without an end", "Past midnight"]
    assert grid.warnings == (
        "Breaks (service sessions without a speaker) were left out: 1.",
        'days[0].rooms[0].sessions[2]: the talk "Without an end" has no end, so it was taken to last until 10:30.',
    )
    every = load_schedule(ALL, zone="Europe/Berlin", title="RiverConf")
    assert every.warnings == ("Sessions that have no time yet were left out: 1.",)


def test_a_talk_without_an_end_lasts_until_the_next_in_its_room(tmp_path):
    value = json.loads(GRID.read_text(encoding="utf-8"))
    following = dict(value[0]["rooms"][0]["sessions"][0], id="9", startsAt="2024-05-17T11:15:00")
    following["endsAt"] = "2024-05-17T12:00:00"
    value[0]["rooms"][0]["sessions"].append(following)
    assert load(value, tmp_path).talk("160200").end.isoformat() == "2024-05-17T11:15:00+02:00"


def test_a_service_session_with_a_speaker_is_a_talk(tmp_path):
    value = json.loads(GRID.read_text(encoding="utf-8"))
    value[0]["rooms"][0]["sessions"][1]["speakers"] = [{"id": "k", "name": "Keynote Speaker"}]
    assert any(talk.title == "Lunch" for talk in load(value, tmp_path).talks)


def test_the_grouped_view_is_read_as_well(tmp_path):
    sessions = json.loads(GRID.read_text(encoding="utf-8"))[0]["rooms"][0]["sessions"]
    talks = load([{"groupId": None, "groupName": "All", "sessions": sessions}], tmp_path).talks
    assert [talk.room for talk in talks] == ["Hall A", "Hall A"]


@pytest.mark.parametrize(
    ("key", "wrong", "note"),
    [
        ("startsAt", "soon", r'sessions\[0\].startsAt: found the text "soon".*this talk was left out'),
        ("startsAt", 5, "startsAt: found the number 5"),
        ("isServiceSession", "perhaps", "isServiceSession: found the text"),
        ("speakers", [7], r"speakers\[0\]: found the number 7"),
        ("endsAt", "2024-05-20T09:00:00", "lasts 72 hours"),
        ("endsAt", "never", "endsAt: found the text"),
        ("title", {"x": 1}, "title: found an object|has no title"),
        ("room", [], "room: found a list"),
    ],
)
def test_an_odd_value_is_noted_and_the_other_sessions_load(key, wrong, note, tmp_path):
    value = json.loads(GRID.read_text(encoding="utf-8"))
    whole = len(load(value, tmp_path).talks)
    value[0]["rooms"][0]["sessions"][0][key] = wrong
    schedule = load(value, tmp_path)
    assert whole <= len(schedule.talks) + schedule.left_out <= whole + 1  # one is listed in two rooms
    assert any(re.search(note, warning) for warning in schedule.warnings), schedule.warnings


def test_lists_that_are_meant_to_hurt_are_refused(tmp_path):
    with pytest.raises(ScheduleError, match="sessions: the list is longer than any schedule"):
        load({"sessions": [{"startsAt": "", "roomId": 1}] * 50_001}, tmp_path)
    with pytest.raises(ScheduleError, match="more than the 5000 talks"):
        load({"sessions": [{"startsAt": "", "roomId": 1}] * 10_001}, tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in places(node[key])]


@pytest.mark.parametrize("source", [GRID, ALL], ids=["grid", "all"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_is_taken_or_reported_in_one_sentence(tmp_path_factory, source, data):
    value = json.loads(source.read_text(encoding="utf-8"))
    parent, key = data.draw(st.sampled_from(places(value)))
    parent[key] = data.draw(JSON)
    try:
        schedule = load(value, tmp_path_factory.getbasetemp())
    except ClapmarkError as error:
        assert str(error).isprintable()
        return
    assert from_json(to_json(schedule)) == schedule
