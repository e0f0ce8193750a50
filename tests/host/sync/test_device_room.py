"""A room is typed as the schedule names it; the device gets the name that its own schedule has."""

import json

import pytest

from clapmark.schedule import device_rooms
from clapmark.sync.device_room import find_room, listed
from clapmark.sync.device_settings import SettingError, read_file
from tests.support.archive.conference import conference, small_conference, talk
from tests.support.archive.notes_archive import make_archive
from tests.support.command_line import type_, type_in

LONG_A = "Grand Ballroom of the Convention Center A"
LONG_B = "Grand Ballroom of the Convention Center B"
LONG_ROOMS = conference(
    talk("a", "A", "13:00", room=LONG_A), talk("b", "B", "13:00", room=LONG_B), talk("c", "C", "13:00", room="Łódź")
)


@pytest.mark.parametrize(
    ("typed", "room"),
    [(LONG_A, LONG_A), (LONG_B.upper(), LONG_B), ("center b", LONG_B), ("lodz", "Łódź"), ("Lodz", "Łódź")],
)
def test_a_room_is_found_as_a_person_types_it(typed, room):
    on_device = device_rooms(LONG_ROOMS)[room].decode("latin-1")
    assert find_room(typed, [LONG_ROOMS]) == (room, on_device)
    assert find_room(on_device, [LONG_ROOMS]) == (room, on_device)


@pytest.mark.parametrize(("typed", "says"), [("Foyer", "No room"), ("ballroom", "Several rooms")])
def test_an_unknown_room_and_one_of_several_are_refused_with_the_list(typed, says):
    with pytest.raises(SettingError, match=says) as refusal:
        find_room(typed, [LONG_ROOMS])
    assert LONG_A in str(refusal.value) and LONG_B in str(refusal.value)


def test_a_room_is_checked_against_the_archives_schedule_before_anything_changes(tmp_path):
    archive = make_archive(tmp_path / "archive", schedule=LONG_ROOMS)
    path = tmp_path / "settings.json"
    code, _, err = type_in(archive, "settings", "set", "room", "Foyer", "--file", path)
    assert (code, path.exists()) == (2, False)
    assert LONG_A in err and "--force" in err
    assert type_in(archive, "settings", "set", "room", *LONG_B.split(), "--file", path)[0] == 0
    assert read_file(path)["room"] == device_rooms(LONG_ROOMS)[LONG_B].decode("latin-1")
    assert type_in(archive, "settings", "set", "room", "Foyer", "--force", "--file", path)[0] == 0
    assert read_file(path)["room"] == "Foyer"
    assert type_in(archive, "settings", "set", "room", "", "--file", path)[0] == 0
    assert read_file(path)["room"] == ""


def test_without_an_archive_a_full_name_is_shortened_as_the_device_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "settings.json"
    for room in (LONG_A, "Зал 1"):
        assert type_("settings", "set", "room", room, "--file", path)[0] == 0
        alone = conference(talk("a", "A", "13:00", room=room))
        assert read_file(path)["room"] == device_rooms(alone)[room].decode("latin-1")
    path.write_text(json.dumps({"room": LONG_A}))
    assert len(read_file(path)["room"]) <= 23


def test_a_room_in_a_file_of_settings_is_looked_up_before_the_device_is_asked(tmp_path):
    archive = make_archive(tmp_path / "archive", schedule=LONG_ROOMS)
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"room": "Foyer"}))
    no_port = tmp_path / "no-port"
    code, _, err = type_in(archive, "settings", "load", path, "--port", no_port)
    assert code == 2 and LONG_A in err and "--force" in err
    assert type_in(archive, "settings", "load", path, "--port", no_port, "--force")[0] == 3
    path.write_text(json.dumps({"room": "center b"}))
    code, _, err = type_in(archive, "settings", "load", path, "--port", no_port)
    assert code == 3 and f"Room: {LONG_B}" in err  # it goes on to the device, which is not there


def test_an_archive_that_is_named_must_exist(tmp_path):
    code, _, err = type_("settings", "set", "room", "Hall A", "--archive", tmp_path / "none", "--file", tmp_path / "s")
    assert code == 2 and "archive" in err


def test_the_whole_name_of_a_room_is_that_room_also_where_another_name_goes_on():
    whole = "Grand Ballroom of the Convention Center"
    both = conference(talk("a", "A", "13:00", room=whole), talk("b", "B", "13:00", room=LONG_B))
    assert find_room(whole, [both])[0] == whole


def test_of_several_conferences_all_rooms_are_known():
    other = conference(talk("x", "X", "13:00", room="Saal"), slug="other", title="Other")
    assert find_room("saal", [small_conference(), other]) == ("Saal", "Saal")
    assert find_room("hall b", [small_conference(), other]) == ("Hall B", "Hall B")


def test_a_list_of_rooms_is_short_for_any_names():
    assert listed({"B", "A\n"}) == "Rooms: A, B."
    assert listed(set()) == "It names no rooms."
    (name,) = listed({"x" * 500}).removeprefix("Rooms: ").removesuffix(".").split(", ")
    assert len(name) <= 80 and name.startswith("xxx")
    rooms = [f"Room {number:03}" for number in range(100)]
    assert listed(rooms[:30]).endswith(", Room 029.") and listed(rooms[:31]).endswith(", Room 029, and 1 more.")
    many = listed(rooms)
    assert many.startswith("Rooms: Room 000, Room 001, ") and ", and " in many and len(many) < 400
