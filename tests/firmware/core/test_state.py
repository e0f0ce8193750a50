"""What the screens are given: minutes only if both times are known, one sentence about the schedule at a time."""

from firmware.core import countdown, state
from firmware.core.state import UNKNOWN, State, Talk

START_S = 1_556_902_800


def test_the_screens_and_the_flashes_have_different_numbers():
    for names in (
        ("NOTE", "COUNTDOWN", "CLOCK", "MENU", "INFO", "FAULT"),
        ("FLASH_NONE", "FLASH_SAVED", "FLASH_NOT_SAVED", "FLASH_RETAGGED", "FLASH_UNDONE", "FLASH_PASSAGE"),
    ):
        assert [getattr(state, name) for name in names] == list(range(6)), names
    states = [getattr(countdown, name) for name in ("READY", "RUNNING", "PAUSED", "ENDED")]
    assert states == [0, 1, 2, 3]


def test_a_device_that_knows_nothing_yet_shows_nothing():
    shown = dict(State(b"tdisplay").__dict__)
    assert shown.pop("countdown").state == countdown.READY
    said = {name: value for name, value in shown.items() if value}
    assert said == {"board": b"tdisplay", "battery_percent": -1, "can_mark": True, "panel_answers": True}
    assert shown["talk"] is shown["next_talk"] is None
    texts = ("tag", "flash_tag", "flash_reason", "preset", "fault")
    lists = ("menu_items", "info_lines")
    assert all(shown[name] == b"" for name in texts) and all(shown[name] == () for name in lists)
    assert shown["alert"] is shown["silent"] is shown["is_dark"] is shown["battery_is_low"] is False
    assert shown["end_min"] == shown["utc_min"] == shown["menu_index"] == shown["unsynced"] == 0


def test_elapsed_minutes_are_counted_from_the_start_and_below_zero_before_it():
    shown = State()
    talk = Talk(b"a", START_S, START_S + 1800)
    for minutes in (-5, 0, 1, 29, 40):
        shown.utc_min = START_S // 60 + minutes
        assert shown.elapsed_min(talk) == minutes
    assert talk.length_min == 30


def test_elapsed_minutes_are_unknown_without_a_talk_its_start_or_the_time():
    shown = State()
    assert shown.elapsed_min(Talk(b"a", START_S, START_S + 1800)) == UNKNOWN
    shown.utc_min = START_S // 60 + 5
    assert shown.elapsed_min(None) == UNKNOWN
    assert shown.elapsed_min(Talk(b"a")) == UNKNOWN
    assert Talk(b"a", START_S, START_S - 60).length_min == 0


def test_a_new_schedule_replaces_the_sentence_about_the_old_one_and_no_other():
    shown = State()
    shown.problems.append("no panel")
    shown.set_schedule_problem("row 3")
    shown.set_schedule_problem("row 4")
    assert shown.problems == ["no panel", "row 4"]
    shown.set_schedule_problem("")
    assert shown.problems == ["no panel"]
