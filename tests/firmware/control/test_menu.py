"""What the menu's entries say."""

import sys

sys.path.insert(0, ".")

from tests.support.device.handheld import Handheld


def test_a_preset_that_is_named_by_its_minutes_says_them_once():
    device = Handheld()
    device.controller.settings["presets"].append(["keynote", 45, 300, 60])
    device.choose(b"Countdown", 10_000)
    assert device.state.menu_items == (
        b"lightning 5:00",
        b"3 min",
        b"10 min",
        b"20 min",
        b"25 min",
        b"30 min",
        b"keynote 45:00",
    )
