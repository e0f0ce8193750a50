"""With `light_sleep` on, the chip sleeps in the dark; the press that wakes it keeps its moment, on every board."""

import json

import pytest

from clapmark.sim.wiring import BOARDS, wiring_of
from firmware.core import record
from tests.bench.device_figures import World

# notes when the chip falls asleep, and runs the app as main.py does
NOTED = """
import sim_sleep
from time import ticks_ms
notes = open("naps.txt", "w")
sleep = sim_sleep.lightsleep
def noted(longest_ms):
    notes.write("%d\\n" % ticks_ms())
    notes.flush()
    sleep(longest_ms)
sim_sleep.lightsleep = noted
from firmware import safe
safe.start()
"""
ON = json.dumps({"light_sleep": True, "dim_after_s": 2})
DARK_S = 20
# the second press of A, B's and the last find the chip asleep
PRESSES = "2 press A\n60.3345 press A 60ms\n120.777 press B 50ms\n121.5 press A\n180.1 press A 2s\n240 end\n"


def naps(world: World) -> list[float]:
    """Return when the chip fell asleep, in seconds since power-up."""
    return [int(line) / 1000 for line in (world.state / "files" / "naps.txt").read_text().split()]


@pytest.mark.parametrize("board", BOARDS)
def test_a_press_that_wakes_the_chip_keeps_its_moment(tmp_path, board):
    world = World(tmp_path, settings_json=ON, main_py=NOTED)
    world.play(PRESSES, board)
    pressed_ms = [us // 1000 for us in world.pressed_us()]
    kept_ms = [entry.ms for entry in world.records(record.BOOKMARK)]
    assert len(kept_ms) == len(pressed_ms) == 4
    late_ms = [pressed - kept for pressed, kept in zip(pressed_ms, kept_ms, strict=True)]
    assert max(late_ms) - min(late_ms) <= 1, "each has the moment of its first edge"
    assert [entry.number("len") for entry in world.records(record.SPAN)] == [2000]
    assert not world.records(record.FAULT)
    pressed_s = [0, *(ms / 1000 for ms in pressed_ms), 120.777]
    found = naps(world)
    assert len(found) > 100
    assert all(not 0 <= nap - press < DARK_S - 1 for nap in found for press in pressed_s), "awake while it is lit"


def test_a_countdown_keeps_the_chip_awake(tmp_path):
    world = World(tmp_path, settings_json=ON, main_py=NOTED)
    # the menu of the note screen without a schedule: Countdown, lightning; started
    world.play("2 press B 900ms\n4 press B 900ms\n6 press B 900ms\n8 press B\n200 end\n")
    assert [entry.fields["do"] for entry in world.records(record.COUNTDOWN)] == [b"start"]
    assert naps(world) == []


def test_it_is_off_unless_somebody_wants_it(tmp_path):
    world = World(tmp_path, settings_json=json.dumps({"dim_after_s": 2}), main_py=NOTED)
    world.play("2 press A\n120 end\n")
    assert naps(world) == []


def test_with_a_button_that_cannot_wake_the_chip_it_stays_awake(tmp_path):
    pins = wiring_of("oled").description | {"board": "oled", "buttons": [25, 18, 27]}  # 18 is none of the RTC's
    world = World(tmp_path, settings_json=ON, main_py=NOTED, board_json=json.dumps(pins))
    world.play("60.5 press A\n120 end\n", "oled")
    assert naps(world) == []
    assert len(world.records(record.BOOKMARK)) == 1
    assert not world.records(record.FAULT)
