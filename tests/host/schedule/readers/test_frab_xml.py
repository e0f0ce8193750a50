"""schedule.xml of frab and pretalx: the same schedule as the JSON, and XML that is meant to hurt."""

import re
from pathlib import Path

import pytest

from clapmark.schedule import ScheduleError, load_schedule

XML = Path(__file__).parents[3] / "fixtures" / "frab.xml"


def load(text: str, tmp_path: Path):
    path = tmp_path / "schedule.xml"
    path.write_text(text, encoding="utf-8")
    return load_schedule(path, zone="Europe/Berlin")


def test_the_xml_gives_the_talks_that_the_json_gives():
    from_xml = {talk.title: talk for talk in load_schedule(XML, zone="Europe/Berlin").talks}
    from_json = {talk.title: talk for talk in load_schedule(XML.with_suffix(".json")).talks}
    for title, talk in from_xml.items():
        other = from_json[title]
        assert (talk.id, talk.start, talk.end, talk.room) == (other.id, other.start, other.end, other.room)
        assert talk.speakers == other.speakers
    opening = from_xml["Opening"]
    assert (opening.track, opening.abstract, opening.guid) == ("Boats & Rivers", "Tea & boats.", "no-uuid-at-all")
    assert from_xml["Past midnight"].abstract == "a < b and b > c"


def test_recordings_are_picked_up_and_other_links_are_not():
    recordings = {talk.id: talk.recording_url for talk in load_schedule(XML, zone="Europe/Berlin").talks}
    assert recordings == {
        "101": "https://video.example.org/v/101",
        "EJWEMK": "https://video.example.org/v/102.mp4",
        "103": "",
        "104": "",
    }


def test_another_encoding_that_the_file_declares_is_read(tmp_path):
    path = tmp_path / "schedule.xml"
    text = XML.read_text(encoding="utf-8").replace("utf-8", "iso-8859-1").replace("Ada", "Adá")
    path.write_bytes(text.encode("iso-8859-1"))
    assert load_schedule(path, zone="Europe/Berlin").talks[1].speakers == ("Adá", "Grace")


def test_a_room_that_comes_twice_in_a_day_keeps_all_its_talks(tmp_path):
    text = XML.read_text(encoding="utf-8").replace("<room name='Deck'>", "<room name='Saal'>")
    assert len(load(text, tmp_path).talks) == 4


@pytest.mark.parametrize(
    ("wrong", "note"),
    [
        ("<duration>half an hour</duration>", r'rooms.Saal\[0\].*the duration "half an hour" cannot be read'),
        ("", r"rooms.Saal\[0\].*it has no duration"),
    ],
)
def test_a_wrong_value_is_noted_with_its_place(wrong, note, tmp_path):
    text = XML.read_text(encoding="utf-8").replace("<duration>00:30</duration>", wrong)
    schedule = load(text, tmp_path)
    assert len(schedule.talks) == 4 and any(re.search(note, warning) for warning in schedule.warnings)


@pytest.mark.parametrize(
    "odd", ["a\x0bb", "a&#x1b;b", "R&D", "a&nbsp;b", "a&nosuch;b", "a\x00b", "&#xD800;", "5 & 6"], ids=ascii
)
def test_one_text_that_xml_does_not_allow_costs_itself_alone(odd, tmp_path):
    text = XML.read_text(encoding="utf-8").replace("<title>Opening</title>", f"<title>Opening {odd}</title>")
    schedule = load(text, tmp_path)
    assert len(schedule.talks) == 4 and any(talk.title.startswith("Opening") for talk in schedule.talks)
    assert any("XML does not allow" in warning for warning in schedule.warnings)


LAUGHS = "<!DOCTYPE schedule [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"<?xml version='1.0'?>{LAUGHS}]><schedule>&i;</schedule>", "document type or entities"),
        (
            "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><schedule>&x;</schedule>",
            "document type or entities",
        ),
        ("<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><schedule/>", "document type or entities"),
        ("<?xml version='1.0'?>" + "<schedule>" * 100_000, "nested deeper than any schedule"),
        ("<schedule>" + "<a/>" * 500_000 + "</schedule>", "of more elements than any schedule"),
        ("<?xml version='1.0' encoding='martian'?><schedule/>", "is cut or damaged|cannot be read as XML"),
        ("<?xml version='1.0'?><html/>", "is XML, but no schedule"),
    ],
)
def test_xml_that_is_meant_to_hurt_is_refused(text, message, tmp_path):
    with pytest.raises(ScheduleError, match=message):
        load(text, tmp_path)
