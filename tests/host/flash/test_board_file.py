"""A board.json with pins that cannot work is refused before anything is written, in the firmware's own words."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import type_

GOOD = {"board": "oled", "sda": 21, "scl": 22, "buttons": [25, 26], "buzzer": 33}


def board_json(folder: Path, **changes: object) -> Path:
    path = folder / "my board.json"
    path.write_text(json.dumps({**GOOD, **changes}))
    return path


BAD = [
    ({"buzzer": 7}, "buzzer on pin 7: the flash is there"),
    ({"led": 3}, "led on pin 3: the serial line is there"),
    ({"buttons": [25, 25]}, "button B on pin 25: button A is there already"),
    ({"sda": 22}, "scl on pin 22: sda is there already"),
    ({"vibration": 36}, "vibration on pin 36: it can only be an input"),
    ({"buttons": [25, 35]}, 'with a resistor say "pull": false'),
    ({"buzer": 33}, 'nothing here is called "buzer"'),
    ({"battery": 4}, "only 32 to 39 can measure"),
    ({"battery": -1}, "battery on pin -1: there is no such pin"),
    ({"divider": "two", "battery": 35}, "divider must be a number, not two"),
    ({"divider": 0, "battery": 35}, "divider must be 1 to 100, not 0"),
    ({"led": "\u001b[31m2"}, "led on pin 2: there is no such pin"),
    ({"address": "0x3C"}, "has the address 60 or 61, not 0x3C"),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD)
def test_a_board_that_cannot_work_is_refused_with_every_reason(tmp_path, firmware, changes, sentence):
    path = board_json(tmp_path, **changes)
    code, out, err = type_("board", "check", path)
    assert (code, err) == (1, "")
    assert sentence in out and "\x1b" not in out
    image = tmp_path / "image.bin"
    code, out, err = type_("flash", "--image", image, "--firmware", firmware, "--board", path)
    assert code == 2
    assert sentence in err and "Nothing was written" in err and f"board check '{path}'" in err
    assert not image.exists()
    code, _, err = type_("deploy", "--port", tmp_path / "none", "--board", path)
    assert (code, sentence in err) == (2, True)


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    path = board_json(tmp_path, buzzer=7, led=3, buzer=1)
    assert json.loads(type_("board", "check", path, "--json")[1])["problems"] == [
        'board.json: nothing here is called "buzer"',
        "board.json: buzzer on pin 7: the flash is there",
        "board.json: led on pin 3: the serial line is there",
    ]


def test_a_board_that_works_is_fine(tmp_path):
    code, out, err = type_("board", "check", board_json(tmp_path))
    assert (code, out) == (0, "") and "is fine" in err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not valid JSON"),
        ("[]", "no names"),
        ('{"board": "x"}', "no board that the firmware knows"),
        ("[" * 9999, "JSON"),
    ],
)
def test_what_is_no_board_json_is_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "board.json"
    path.write_text(text)
    code, _, err = type_("board", "check", path)
    assert (code, sentence in err) == (2, True)


def test_keys_that_a_finished_board_ignores_are_named(tmp_path):
    code, out, err = type_("board", "check", board_json(tmp_path, board="tdisplay"))
    assert (code, out) == (0, "")
    assert "has fixed wiring: the firmware ignores sda, scl, buttons, buzzer" in err


def test_an_image_replaces_no_other_file(tmp_path, firmware):
    other = tmp_path / "letter.txt"
    other.write_text("dear reader")
    words = ("--firmware", firmware, "--board", "oled")
    code, _, err = type_("flash", "--image", other, *words)
    assert (code, other.read_text()) == (5, "dear reader"), err
    assert "left as it is" in err
    assert type_("flash", "--image", other, *words, "--force")[0] == 0
    assert len(other.read_bytes()) >= 4 << 20
    assert type_("flash", "--image", other, *words)[0] == 0, "it is this image already"


def test_an_image_never_replaces_a_file_that_it_is_made_from(tmp_path, firmware):
    link = tmp_path / "link.bin"
    link.symlink_to(firmware)
    before = firmware.read_bytes()
    for image in (firmware, link):
        code, _, err = type_("flash", "--image", image, "--firmware", firmware, "--board", "oled", "--force")
        assert (code, firmware.read_bytes()) == (2, before)
        assert "is the firmware that this command reads" in err
