"""Settings are checked before anything changes, by the rules of the firmware, with or without a device."""

import json
from pathlib import Path
from typing import cast

import pytest

from clapmark.link.client import LinkClient
from clapmark.sync.device_settings import SettingError, names, parse_value, read_file, write_device, write_file
from tests.support.command_line import type_
from tests.support.desk import Device


def test_words_become_what_the_setting_is() -> None:
    assert parse_value("tags", ("note", "quote")) == ["note", "quote"]
    assert parse_value("tags", ('["note"]',)) == ["note"]
    assert parse_value("brightness", ("60",)) == 60
    assert parse_value("silent", ("true",)) is True
    assert parse_value("room", ("Hall", "C")) == "Hall C"
    assert parse_value("room", ("101",)) == "101"


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("brightness", ("200",), "5 to 100"),
        ("silent", ("maybe",), "true or false"),
        ("tags", ("two words", "x" * 17), "1 to 16"),
        ("presets", ('[["x", 0, 0, 0]]',), "minutes"),
        ("colour", ("red",), "no such setting"),
    ],
)
def test_what_cannot_be_is_refused_in_the_firmwares_words(name: str, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        parse_value(name, words)


def test_a_file_is_written_one_name_a_line_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert write_file(path, {"room": "Salle é", "brightness": 40})
    assert not write_file(path, {"room": "Salle é", "brightness": 40})
    assert read_file(path) == {"room": "Salle é", "brightness": 40}
    assert path.read_text(encoding="utf-8").count("\n") == 4


@pytest.mark.parametrize(
    ("content", "says"), [("{", "no JSON"), ("[]", "no names"), ('{"brightness": 1}', "5 to 100"), (None, "read")]
)
def test_a_bad_file_is_reported(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "settings.json"
    if content is not None:
        path.write_text(content)
    code, _, err = type_("settings", "list", "--file", path)
    assert code == 2
    assert says in err


def test_a_file_without_a_device(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert type_("settings", "set", "brightness", "60", "--file", path)[0] == 0
    assert type_("settings", "set", "tags", "note", "idea", "--file", path)[0] == 0
    assert type_("settings", "get", "tags", "--file", path)[1] == '["note", "idea"]\n'
    code, _, err = type_("settings", "set", "brightness", "600", "--file", path)
    assert (code, json.loads(path.read_text())["brightness"]) == (2, 60)
    assert "5 to 100" in err
    out = type_("settings", "list", "--file", path)[1]
    assert "brightness = 60    (default: 80)" in out
    assert json.loads(type_("settings", "list", "--json", "--file", path)[1])["silent"] is False


def test_a_device_takes_keeps_and_gives_settings_over_the_link(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    with Device(tmp_path) as device:
        assert type_("settings", "set", "brightness", "30", "--port", device.port)[0] == 0
        assert type_("settings", "get", "brightness", "--port", device.port)[1] == "30\n"
        assert json.loads((tmp_path / "device" / "files" / "settings.json").read_text())["brightness"] == 30
        code, _, err = type_("settings", "set", "brightness", "3", "--port", device.port)
        assert code == 2
        assert "5 to 100" in err

        assert type_("settings", "save", path, "--port", device.port)[0] == 0
        values = json.loads(path.read_text())
        path.write_text(json.dumps(values | {"room": "Hall C", "brightness": 90}))
        code, out, err = type_("settings", "load", path, "--dry-run", "--port", device.port)
        assert 'room: "" -> "Hall C"' in out
        assert "2 settings would change" in err
        assert type_("settings", "get", "brightness", "--port", device.port)[1] == "30\n"
        assert type_("settings", "load", path, "--port", device.port)[0] == 0
        assert type_("settings", "get", "room", "--port", device.port)[1] == '"Hall C"\n'


def test_a_setting_travels_as_the_letters_that_it_has() -> None:
    sent: list[tuple[str, bytes]] = []

    class Client:
        def put_setting(self, name: str, value: bytes) -> None:
            sent.append((name, value))

    write_device(cast("LinkClient", Client()), "room", "Großer Saal")
    write_device(cast("LinkClient", Client()), "tags", ["note", "idea"])
    assert sent == [("room", '"Großer Saal"'.encode()), ("tags", b'["note","idea"]')]


def test_without_a_device_one_sentence_and_exit_code_3(tmp_path: Path) -> None:
    code, _, err = type_("settings", "list", "--port", tmp_path / "none")
    assert code == 3
    assert "plugged in" in err


def test_every_setting_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
    table = text[text.index("### `clapmark settings list`") : text.index("### `clapmark settings save")]
    for name in names():
        assert f"`{name}`" in table, name
