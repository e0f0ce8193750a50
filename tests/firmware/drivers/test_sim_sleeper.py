"""With `light_sleep` on, the chip sleeps in the dark; the press that wakes it keeps its moment, on every board."""

import json
import re
from pathlib import Path

import pytest

from clapmark.archive import record
from clapmark.sim import Event, EventKind, Simulation, parse_script
from clapmark.sim.wiring import BOARDS, wiring_of

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
from firmware.start import launcher
launcher.start()
"""
RECORD = re.compile(rb"[1-9][0-9]* [0-9]+ [0-9]+ [ -~]+\n")
ON = json.dumps({"light_sleep": True, "dim_after_s": 2})
DARK_S = 20
# the second press of A, B's and the last find the chip asleep
PRESSES = "2 press A\n60.3345 press A 60ms\n120.777 press B 50ms\n121.5 press A\n180.1 press A 2s\n240 end\n"


class Played:
    """What happened on a virtual device: `pressed_s` are the presses of A, `naps_s` when the chip fell asleep."""

    def __init__(self, folder: Path, script: str, board: str = "sim", settings: str = ON, **files: str) -> None:
        self.events: list[Event] = []
        self._state = folder / "state"
        place = self._state / "files"
        place.mkdir(parents=True)
        for name, content in {"settings_json": settings, "main_py": NOTED, **files}.items():
            (place / name.replace("_", ".")).write_text(content)
        assert Simulation(self._state, board, parse_script(script), on_event=self.events.append).run() == 0
        self.naps_s = [int(line) / 1000 for line in (place / "naps.txt").read_text().split()]
        self.pressed_s = [event.at_s for event in self.events if event.kind is EventKind.PRESSED and event.text == "A"]

    def records(self, kind: bytes) -> list[record.Record]:
        """Return the records of a kind, as stored in flash."""
        found = []
        for line in RECORD.findall((self._state / "flash.bin").read_bytes()):
            try:
                entry = record.parse(line)
            except ValueError:
                continue  # a header that looks like one
            if entry.kind == kind:
                found.append(entry)
        return found


@pytest.mark.parametrize("board", BOARDS)
def test_a_press_that_wakes_the_chip_keeps_its_moment(tmp_path, board):
    played = Played(tmp_path, PRESSES, board)
    kept_s = [entry.ms / 1000 for entry in played.records(record.BOOKMARK)]
    assert len(kept_s) == len(played.pressed_s) == 4
    late_s = [pressed - kept for pressed, kept in zip(played.pressed_s, kept_s, strict=True)]
    assert max(late_s) - min(late_s) < 0.0011, "each has the moment of its first edge, to a millisecond"
    assert [entry.number("len") for entry in played.records(record.SPAN)] == [2000]
    assert not played.records(record.FAULT)
    assert len(played.naps_s) > 100
    for pressed_s in (0, 120.777, *played.pressed_s):
        assert all(not 0 <= nap_s - pressed_s < DARK_S - 1 for nap_s in played.naps_s), "awake while it is lit"


def test_a_countdown_keeps_the_chip_awake(tmp_path):
    # the menu of the note screen without a schedule: Countdown, lightning; started
    played = Played(tmp_path, "2 press B 900ms\n4 press B 900ms\n6 press B 900ms\n8 press B\n200 end\n")
    assert [entry.fields["do"] for entry in played.records(record.COUNTDOWN)] == [b"start"]
    assert played.naps_s == []


def test_it_is_off_unless_somebody_wants_it(tmp_path):
    played = Played(tmp_path, "2 press A\n120 end\n", settings=json.dumps({"dim_after_s": 2}))
    assert played.naps_s == []


def test_with_a_button_that_cannot_wake_the_chip_it_stays_awake(tmp_path):
    pins = wiring_of("oled").description | {"board": "oled", "buttons": [25, 18, 27]}  # 18 is none of the RTC's
    played = Played(tmp_path, "60.5 press A\n120 end\n", "oled", board_json=json.dumps(pins))
    assert played.naps_s == []
    assert len(played.records(record.BOOKMARK)) == 1
    assert not played.records(record.FAULT)
