"""A part of the real app that fails at every turn, once, or hangs: what the virtual device does, in virtual time.

`main.py` breaks a part before it starts the app, at each start of the device; safe mode uses another part or none.
"""

import itertools
import math

import pytest
from PIL import Image

from clapmark.archive import record
from clapmark.sim import EventKind
from tests.bench.support.worlds import World
from tests.host.sim.test_board_bad_input import live

_RAISE = """
turns = 0
def broken(*arguments):
    global turns
    turns += 1
    if {when}:
        raise RuntimeError("broken")
    return whole(*arguments)
"""
_HANG = """
import asyncio
async def broken(*_):
    await asyncio.sleep_ms(1 << 28)
"""
_START = """
from firmware.start import launcher
launcher.start()
"""

# by task: the module, the class and a method that the task calls in every turn
TURNS = {
    "buttons": ("firmware.drivers.buttons", "Buttons", "poll"),
    "tick": ("firmware.control.controller", "Controller", "tick"),
    "screen": ("firmware.ui.display", "Display", "refresh"),
    "cues": ("firmware.outputs.cue_player", "CuePlayer", "_switch"),
    "link": ("firmware.link.server", "LinkServer", "_take"),
}
RUNS = {
    "buttons": ("firmware.drivers.buttons", "Buttons", "run"),
    "button-watch": ("firmware.drivers.buttons", "Buttons", "watch"),
    "tick": ("firmware.control.controller", "Controller", "run"),
    "screen": ("firmware.control.screen_task", "ScreenTask", "run"),
    "cues": ("firmware.outputs.cue_player", "CuePlayer", "run"),
}
SUPPORTING = ("screen", "cues", "link")


def main_with(part: tuple[str, str, str], code: str) -> str:
    module, name, method = part
    patched = f"from {module} import {name}\nwhole = {name}.{method}\n{code}\n{name}.{method} = broken\n"
    return patched + _START


def always(task: str) -> str:
    if task == "link":  # it waits for the laptop: let the wait fail
        code = "async def broken(*_):\n    raise RuntimeError('broken')\n"
        return main_with(("firmware.link.server", "LinkServer", "_receive"), code)
    return main_with(TURNS[task], _RAISE.format(when="True"))


def presses(seconds: int, every_s: int = 20) -> tuple[list[int], str]:
    at_s = list(range(9, seconds, every_s))
    return at_s, "".join(f"{second} press A\n" for second in at_s) + f"{seconds} end\n"


def played(tmp_path, main: str, script: str) -> World:
    world = World(tmp_path, main_py=main)
    world.play(script)
    return world


def faults_of(world: World, task: str) -> list[record.Record]:
    return [entry for entry in world.records(record.FAULT) if entry.fields["task"] == task.encode()]


@pytest.mark.parametrize("task", SUPPORTING)
def test_losing_screen_sounds_or_link_for_good_never_stops_the_marking(tmp_path, task) -> None:
    at_s, script = presses(900)
    world = played(tmp_path, always(task), script)
    assert len(world.records(record.BOOKMARK)) == len(at_s), "every press, also in safe mode"


@pytest.mark.parametrize("task", sorted(TURNS))
def test_a_task_that_always_fails_backs_off_is_recorded_rarely_and_ends_in_safe_mode(tmp_path, task) -> None:
    _, script = presses(900)
    world = played(tmp_path, always(task), script)
    boots = world.records(record.BOOT)
    assert len(boots) == 4, "three resets"
    faults = faults_of(world, task)
    for boot in (1, 2, 3):
        of_boot = [entry for entry in faults if entry.boot == boot]
        counts = [entry.number("count", 1) for entry in of_boot]
        assert counts == [1 << power for power in range(len(counts))], "the 1st, 2nd, 4th, 8th time"
        assert 2 <= len(counts) <= 4
        waits_s = [(later.ms - earlier.ms) / 1000 for earlier, later in itertools.pairwise(of_boot)]
        for number, wait_s in enumerate(waits_s):
            least_s = sum(min(60, 1 << turn) for turn in range((1 << number) - 1, (2 << number) - 1))
            assert wait_s >= least_s - 0.1, "one second, doubling"
    started = [entry for entry in faults_of(world, "start") if task.encode() in entry.fields["error"]]
    assert [entry.boot for entry in started] == [2, 3, 4], "the reason of each reset is in the journal"
    assert [entry.boot for entry in faults_of(world, "safe-mode")] == [4]
    assert len(world.records(record.FAULT)) < 20


@pytest.mark.parametrize("task", sorted(TURNS))
def test_a_task_that_fails_twice_is_restarted_and_works_again(tmp_path, task) -> None:
    main = main_with(TURNS[task], _RAISE.format(when="turns in (1, 2)"))
    script = "9 press A\n15 press A\n15.5 press B\n25 screenshot seen.png"
    life = live(tmp_path, "sim", script, main_py=main)
    assert len(life.marks) == 2
    assert life.world.records(record.RETAG), "time passes for the controller"
    assert len(life.world.records(record.BOOT)) == 1
    assert faults_of(life.world, task) or task == "link"
    with Image.open(life.world.state / "seen.png") as picture:
        assert len(picture.getcolors(9999)) > 2, "something is drawn"


@pytest.mark.parametrize("task", sorted(RUNS))
def test_a_task_that_hangs_is_reported_and_bitten_and_ends_in_safe_mode(tmp_path, task) -> None:
    at_s, script = presses(200, 7)
    world = played(tmp_path, main_with(RUNS[task], _HANG), script)
    resets = [event.text for event in world.events if event.kind == EventKind.RESET]
    assert resets == ["by itself, watchdog"] * 3
    assert [entry.boot for entry in faults_of(world, "safe-mode")] == [4]
    assert {entry.boot for entry in faults_of(world, "watchdog")} == {1, 2, 3}
    if task in SUPPORTING:
        # a press in the moment of a reset is the only one that may be missed
        assert len(world.records(record.BOOKMARK)) >= len(at_s) - 3


def test_a_handler_of_presses_that_fails_says_not_saved_and_the_link_answers(tmp_path) -> None:
    part = ("firmware.journal.journal", "Journal", "begin")
    code = _RAISE.format(when="arguments[1] == b'bookmark' and arguments[2] < 15000")
    script = "3 screenshot quiet.png\n10 press A\n11 screenshot refused.png\n20 press A\n21 screenshot saved.png"
    life = live(tmp_path, "sim", script, main_py=main_with(part, code))
    assert len(life.marks) == 1
    assert [entry.fields["task"] for entry in life.world.records(record.FAULT)] == [b"press"]
    assert reddish(life, "refused") > 10 * max(1, reddish(life, "saved"))


def test_memory_that_runs_out_while_marking_says_not_saved(tmp_path) -> None:
    part = ("firmware.journal.journal", "Journal", "begin")
    code = _RAISE.format(when="arguments[1] == b'bookmark' and arguments[2] < 15000").replace(
        "RuntimeError", "MemoryError"
    )
    script = "10 press A\n11 screenshot refused.png\n20 press A\n21 screenshot saved.png"
    life = live(tmp_path, "sim", script, main_py=main_with(part, code))
    assert len(life.marks) == 1
    assert reddish(life, "refused") > 10 * max(1, reddish(life, "saved"))


def reddish(life, name: str) -> int:
    with Image.open(life.world.state / f"{name}.png") as picture:
        return sum(count for count, (red, green, blue) in picture.getcolors(9999) if red > green + blue)


def test_a_fault_never_hides_a_running_countdown(tmp_path) -> None:
    main = main_with(TURNS["cues"], _RAISE.format(when="turns == 4"))
    menu = "press B 900ms"
    script = f"2 {menu}\n4 {menu}\n6 {menu}\n8 press B\n"
    life = live(tmp_path, "sim", script + "263 screenshot stage.png", main_py=main)
    plain = live(tmp_path / "plain", "sim", script + "263 screenshot stage.png")
    assert len(life.world.records(record.COUNTDOWN)) == len(plain.world.records(record.COUNTDOWN)) >= 2
    assert life.picture("stage") == plain.picture("stage")


def test_the_journal_is_not_filled_by_faults_in_hours(tmp_path) -> None:
    at_s, script = presses(4 * 3600, 600)
    world = played(tmp_path, always("screen"), script)
    faults = world.records(record.FAULT)
    assert len(faults) <= 4 * (2 + math.ceil(math.log2(4 * 60)))
    assert len(world.records(record.BOOKMARK)) == len(at_s)
