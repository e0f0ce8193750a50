"""Random damage to one record, in each format: no traceback, and the other talks load."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.schedule import from_json, to_json
from clapmark.schedule.load import parse_schedule
from clapmark.schedule.zones import find_zone

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["24:00", "-1:00", "1:02:30", "9999-12-31T23:59:59Z", "0001-01-01", "135.0:00", "PT45M", "soon", "<p>"]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def frab(odd: dict[str, Any]) -> object:
    talks = [
        {"id": n, "guid": f"guid-{n}", "date": f"2024-05-17T{9 + n:02}:00:00+02:00", "start": f"{9 + n:02}:00",
         "duration": "0:45", "room": "A", "title": f"T{n}", "persons": [{"public_name": "Ada"}], "abstract": "x",
         "track": "t", "type": "talk", "url": "https://example.org/", "links": []}
        for n in range(4)
    ]  # fmt: skip
    talks[2] |= odd
    days = [{"date": "2024-05-17", "rooms": {"A": talks}}]
    return {"schedule": {"conference": {"title": "C", "time_zone_name": "Europe/Berlin", "days": days}}}


def hub(odd: dict[str, Any]) -> object:
    events = [
        {"guid": f"guid-{n}", "start": f"2024-05-17T{9 + n:02}:00:00+02:00",
         "end": f"2024-05-17T{9 + n:02}:45:00+02:00", "room": {"name": "A", "guid": "r"}, "title": f"T{n}",
         "participants": [{"name": "Ada"}], "duration": "0:45"}
        for n in range(4)
    ]  # fmt: skip
    events[2] |= odd
    return {"schedule": {"conference": {"title": "C", "time_zone_name": "Europe/Berlin"}, "events": events}}


def sessionize(odd: dict[str, Any]) -> object:
    sessions = [
        {"id": str(n), "title": f"T{n}", "startsAt": f"2024-05-17T{9 + n:02}:00:00", "speakers": ["a"], "roomId": 1,
         "endsAt": f"2024-05-17T{9 + n:02}:45:00", "categoryItems": [3], "isServiceSession": False, "room": None}
        for n in range(4)
    ]  # fmt: skip
    sessions[2] |= odd
    return {"sessions": sessions, "speakers": [{"id": "a", "fullName": "Ada"}], "rooms": [{"id": 1, "name": "A"}]}


def app(odd: dict[str, Any]) -> object:
    talks = [
        {"id": str(n), "title": f"T{n}", "startsAt": f"2024-05-17T{9 + n:02}:00", "speakerIds": ["a"], "location": "A",
         "endsAt": f"2024-05-17T{9 + n:02}:45", "duration": 45}
        for n in range(4)
    ]  # fmt: skip
    talks[2] |= odd
    return {"sessions": talks, "speakers": [{"id": "a", "name": "Ada"}]}


def load(data: bytes):
    schedule = parse_schedule(data, "file", zone=find_zone("Europe/Berlin"))
    assert from_json(to_json(schedule)) == schedule
    assert {"T0", "T1", "T3"} <= {talk.title for talk in schedule.talks}
    assert 3 <= len(schedule.talks) <= 4
    return schedule


@pytest.mark.parametrize("make", [frab, hub, sessionize, app])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_value_in_any_field_of_one_talk_leaves_the_others(make, data):
    fields = sorted(key for key in _talks(make({}))[2] if key not in {"guid", "id"})
    odd = {key: data.draw(ODD) for key in data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2))}
    schedule = load(json.dumps(make(odd)).encode())
    if len(schedule.talks) == 3 and odd.get("startsAt", "x") not in ("", None):
        assert schedule.warnings, odd


def _talks(value: Any) -> list[dict[str, Any]]:
    if "sessions" in value:
        return value["sessions"]
    inner = value["schedule"]
    return inner["events"] if "events" in inner else inner["conference"]["days"][0]["rooms"]["A"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.integers(0, 5), st.text(max_size=15), min_size=1), st.sampled_from(",;\t"))
def test_any_cells_of_one_row_leave_the_others(cells, delimiter):
    rows = [["title", "date", "start", "end", "room", "speakers"]]
    rows += [[f"T{n}", "2024-05-17", f"{9 + n}:00", f"{9 + n}:45", "A", "Ada"] for n in range(4)]
    for index, text in cells.items():
        rows[3][index] = text.replace("\r", " ")
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    schedule = load(out.getvalue().encode("utf-8", "replace"))
    filled = [cell for cell in rows[3] if cell.strip()]
    # a row with nothing but a date names the day of the rows below it
    assert len(schedule.talks) + schedule.left_out == 4 or filled in ([], ["2024-05-17"])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["UID", "SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION"]), st.text(max_size=20), st.data()
)
def test_any_property_of_one_event_leaves_the_others(name, text, data):
    odd = "".join(
        character if character not in "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" else " " for character in text
    )
    events = []
    for n in range(4):
        lines = {
            "UID": f"{n}@example.org",
            "SUMMARY": f"T{n}",
            "DTSTART": f"20240517T{9 + n:02}0000",
            "DTEND": f"20240517T{9 + n:02}4500",
            "LOCATION": "A",
            "DESCRIPTION": "x",
        }
        if n == 2:
            lines[name] = odd
        rows = [f"{key}:{value}" for key, value in lines.items()]
        if n == 2:
            rows.insert(data.draw(st.integers(0, len(rows))), odd)
        events.append("\r\n".join(["BEGIN:VEVENT", *rows, "END:VEVENT"]))
    head = "BEGIN:VCALENDAR\r\nX-WR-CALNAME:C\r\nX-WR-TIMEZONE:Europe/Berlin\r\n"
    load((head + "\r\n".join(events) + "\r\nEND:VCALENDAR\r\n").encode("utf-8", "replace"))
