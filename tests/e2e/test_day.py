"""A day in the life, nine to six, on three boards: notes, a session in the chair, a reset; starts that go wrong."""

import json
import re
from itertools import pairwise

import pytest

from clapmark.archive import record
from clapmark.sim import EventKind
from tests.bench.app_figures import schedule_of

BOARDS = ("tdisplay", "m5stickc-plus2", "oled")
RECORD = re.compile(rb"[1-9][0-9]* [0-9]+ [0-9]+ [ -~]+\n")

# a press of B in the dark only brings the light back: hence one before each use of the menu
DAY = """
start 2019-05-03T09:00:00+00:00
5 plug                     # the morning's sync sets the clock
600 press A                # a mark
602 press B                # ... its tag: the next one
1200 press A 2500ms        # a passage
3700 press A
3701.2 press B 900ms       # taken back
6990 press B
7000 press B 900ms         # the menu of the note screen: Talk
+2 press B
+1 press B 900ms           # Countdown ...
+2 press B 900ms           # lightning
+5 press B                 # start
+100 press A               # a mark during the countdown
+60 press B                # pause
+30 press B                # resume
+10 screenshot countdown.png
+5 reset                   # somebody sits on it: it goes on
+20 screenshot after-reset.png
+60 press B                # pause, and so on: the chair still has it
+1 press B
+120 press B               # over: stop
11990 press B
12000 press B              # the next speaker, ready
+3 press B                 # start
+30 press A 40ms
+1 press A 40ms
+1 press A 40ms            # three quick ones
+400 press B               # over
32300 press A
32390 screenshot evening.png
32395 plug                 # the evening's sync
32400 end
"""


def records(state):
    found = []
    for line in RECORD.findall((state / "flash.bin").read_bytes()):
        try:
            found.append(record.parse(line))
        except ValueError:
            continue  # a header that looks like one
    return sorted(found, key=lambda entry: entry.seq)


def kinds(entries, kind):
    return [entry for entry in entries if entry.kind == kind]


@pytest.mark.long
@pytest.mark.parametrize("board", BOARDS)
def test_a_day_in_the_life(tmp_path, played, laptop, board):
    files = tmp_path / "device" / "files"
    files.mkdir(parents=True)
    (files / "schedule.txt").write_bytes(schedule_of(200))
    device = played(DAY, board=board)
    laptop.variables["CLAPMARK_CLOCK"] = str(device.clock)
    assert laptop.type_here("sync", "--port", device.port).code == 0
    device.wait_for(EventKind.PLUGGED, 2, 600)
    answer = laptop.type_here("sync", "--port", device.port)
    assert answer.code == 0, answer.stderr
    device.wait_for(EventKind.ENDED)
    entries = records(device.state)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1)), "a number is missing or double"
    assert not kinds(entries, record.FAULT), "a task died"
    marks = kinds(entries, record.BOOKMARK)
    assert len(marks) == 8
    assert all("talk" in entry.fields for entry in marks[:3]), "the clock says which talk it is"
    assert [entry.fields["tag"] for entry in kinds(entries, record.RETAG)] == [b"quote"]
    assert [entry.number("of") for entry in kinds(entries, record.UNDO)] == [marks[2].seq]
    assert [2400 <= entry.number("len") <= 2600 for entry in kinds(entries, record.SPAN)] == [True]
    gaps_ms = [later.ms - earlier.ms for earlier, later in pairwise(marks[4:7])]
    assert gaps_ms == [1000, 1000], "each press has its own moment"
    runs = kinds(entries, record.COUNTDOWN)
    first = [entry for entry in runs if entry is runs[0] or entry.number("run") == runs[0].seq]
    assert [entry.fields["do"] for entry in first if entry.fields["do"] != b"stage"] == [
        b"start", b"pause", b"resume", b"resume", b"pause", b"resume", b"overtime", b"stop"
    ], "it goes on after the reset, with its run"  # fmt: skip
    assert len({entry.boot for entry in entries}) == 2
    kept = b"".join(path.read_bytes() for path in laptop.archive.glob("journal/*/*.log"))
    assert all(b"\n%d " % entry.seq in b"\n" + kept for entry in entries), "the evening's sync has them all"
    for name in ("countdown.png", "after-reset.png", "evening.png"):
        assert (device.state / name).stat().st_size > 200


@pytest.mark.parametrize("board", BOARDS)
def test_an_hour_of_everything_leaves_the_heap_as_it_was(tmp_path, board):
    from tests.bench.device_figures import day_growth

    growth_bytes, _ = day_growth(tmp_path, hours=1.5, count=120, board=board)
    assert growth_bytes <= 512


def test_a_held_mark_button_at_power_up_is_safe_mode_and_the_link_answers(played, laptop):
    device = played("0 hold A 3000ms\n5 plug\n10 end\n")
    answer = laptop.type_here("sync", "--port", device.port)
    assert answer.code == 0, answer.stderr
    entries = records(device.state)
    assert [entry.fields["task"] for entry in kinds(entries, record.FAULT)] == [b"safe-mode"]


def test_three_crashes_in_a_row_are_safe_mode_and_the_fourth_start_is_the_app_again(tmp_path, played, laptop):
    files = tmp_path / "device" / "files"
    files.mkdir(parents=True)
    (files / "crashes.json").write_text(json.dumps([3, "MemoryError: it broke"]))
    device = played("5 plug\n20 reset\n40 end\n")
    answer = laptop.type_here("sync", "--port", device.port)
    assert answer.code == 0, answer.stderr
    faults = [entry.fields["error"] for entry in kinds(records(device.state), record.FAULT)]
    assert faults == [b"MemoryError: it broke", b"the last three starts crashed"]
