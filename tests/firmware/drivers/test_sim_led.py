"""The LED shows each stage, and fades out; no task waits for it."""

import json
from itertools import pairwise

import pytest

from clapmark.sim import Event, EventKind, Simulation, parse_script

BOARDS = ("sim", "m5stickc-plus2", "oled")  # the T-Display has none
FULL = 65535
SETTINGS = json.dumps({"presets": [["short", 1, 30, 10]]})
# the menu: Countdown, the only preset; started at 8 s. One finger is at 38 s
SCRIPT = "2 press B 900ms\n4 press B 900ms\n6 press B 900ms\n8 press B\n38.3 press A\n45 end\n"


@pytest.mark.parametrize("board", BOARDS)
def test_one_finger_is_one_flash_that_fades_while_a_press_is_flashed_at_once(tmp_path, board):
    events: list[Event] = []
    files = tmp_path / "state" / "files"
    files.mkdir(parents=True)
    (files / "settings.json").write_text(SETTINGS)
    assert Simulation(tmp_path / "state", board, parse_script(SCRIPT), on_event=events.append).run() == 0
    levels = [(event.at_s, event.number) for event in events if event.kind is EventKind.OUTPUT and event.text == "led"]
    cue = [(at_s, level) for at_s, level in levels if at_s > 30]
    assert [level for _, level in cue[:3]] == [FULL, 0, FULL], "the click, and then it glows"
    assert cue[0][0] == pytest.approx(38, abs=0.2)
    glow = cue[2:]
    assert all(later < earlier for (_, earlier), (_, later) in pairwise(glow)), "darker and darker"
    assert glow[-1][1] == 0 and 0.5 < glow[-1][0] - glow[0][0] < 1
    assert max(later - earlier for (earlier, _), (later, _) in pairwise(glow)) < 0.05, "steadily, through the press"
