"""A countdown whose preset has a long name in another script is recorded like any other, by the device itself."""

import json

import pytest

from clapmark.archive import record
from clapmark.firmware_build.build import current_app
from clapmark.flash.device_files import settings_file
from firmware.core.settings import SettingsError, check
from tests.bench.support.worlds import World

START = "2 press B 900ms\n4 press B 900ms\n6 press B 900ms\n10 press B\n20 end\n"  # menu: Countdown, the preset; start

CUT = "..."  # a record has room for 120 bytes; a name that is longer there is cut at a letter


@pytest.mark.parametrize("letter", ["l", "ü", "日", "🎉", " %"], ids=ascii)
def test_the_start_of_a_countdown_with_the_longest_name_is_recorded(tmp_path, letter) -> None:
    name = longest_name(letter)
    mine = tmp_path / "settings.json"
    mine.write_text(json.dumps({"presets": [[name, 5, 60, 20]]}))
    world = World(tmp_path, settings_json=settings_file(mine))
    world.play(START, app=current_app())
    started = [entry for entry in world.records(record.COUNTDOWN) if entry.fields["do"] == b"start"]
    (kept,) = [entry.fields["preset"].decode() for entry in started]
    assert kept == name or (kept.endswith(CUT) and name.startswith(kept.removesuffix(CUT)) and len(kept) > 6)
    assert not world.records(record.FAULT)


def longest_name(letter: str) -> str:
    """Return the longest name of these letters that the device accepts."""
    names = [letter * count for count in range(1, 40)]
    return [name for name in names if is_accepted(name)][-1]


def is_accepted(name: str) -> bool:
    try:
        check("presets", [[name, 5, 60, 20]])
    except SettingsError:
        return False
    return True


def test_sixteen_letters_of_up_to_three_bytes_are_a_name() -> None:
    assert all(is_accepted(letter * 16) for letter in "lü日")
    assert not is_accepted("🎉" * 16)
