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
    assert State().screen == state.NOTE and State().flash == state.FLASH_NONE


def test_a_device_that_knows_nothing_yet_shows_nothing():
    shown = dict(State(b"tdisplay").__dict__)
    assert shown.pop("countdown").state == countdown.READY
    shown.pop("_schedule_problem")
    assert shown == {
        "board": b"tdisplay",
        "screen": state.NOTE,
        "now_ms": 0,
        "utc_min": 0,
        "utc_offset_s": 0,
        "talk": None,
        "next_talk": None,
        "bookmark_count": 0,
        "tag": b"",
        "flash": state.FLASH_NONE,
        "flash_number": 0,
        "flash_tag": b"",
        "flash_reason": b"",
        "preset": b"",
        "end_min": 0,
        "alert": False,
        "menu_items": (),
        "menu_index": 0,
        "unsynced": 0,
        "journal_percent": 0,
        "battery_percent": -1,
        "battery_is_low": False,
        "light_percent": 0,
        "is_dark": False,
        "info_lines": (),
        "silent": False,
        "fault": b"",
        "fault_count": 0,
        "lost_edges": 0,
        "is_safe_mode": False,
        "can_mark": True,
        "panel_answers": True,
        "problems": [],
    }


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


def test_unknown_is_no_number_of_minutes_that_a_talk_can_be_away():
    assert State().elapsed_min(Talk()) == UNKNOWN < -525_600  # a year


def test_a_talk_is_measured_in_whole_minutes():
    talk = Talk(b"a", 120, 299)
    assert (talk.id, talk.start_utc_s, talk.end_utc_s) == (b"a", 120, 299)
    assert (talk.start_utc_min, talk.length_min) == (2, 2)
    nothing = Talk()
    assert (nothing.id, nothing.room, nothing.title, nothing.speaker) == (b"", b"", b"", b"")
    assert nothing.start_utc_s == nothing.end_utc_s == nothing.start_utc_min == nothing.length_min == 0


def test_without_a_countdown_five_minutes_are_ready():
    ready = State().countdown
    assert ready.remaining_ms(7) == 300_000 and ready.stage_name(7) == b"running"


def test_the_end_of_a_talk_is_late_by_what_the_countdown_still_takes():
    shown = State()
    shown.talk = Talk(b"a", START_S, START_S + 1800)
    shown.countdown = countdown.Countdown()
    shown.utc_min = START_S // 60 + 26
    for left_ms, behind_min in ((600_000, 6), (240_000, 0), (239_999, -1), (60_000, -3), (59_999, -4), (-90_000, -4)):
        shown.countdown.restore(False, left_ms, 600_000, 0)
        assert shown.behind_min(5) == behind_min, left_ms
    shown.countdown.restore(True, 120_000, 600_000, 0)
    assert shown.behind_min(60_000) == -3, "what is left now counts, not what was left then"


def test_how_late_it_is_is_unknown_without_a_talk_its_length_or_the_time():
    shown = State()
    shown.utc_min = START_S // 60
    assert shown.behind_min(0) == UNKNOWN
    shown.talk = Talk(b"a", START_S, START_S)
    assert shown.behind_min(0) == UNKNOWN
    shown.talk = Talk(b"a", START_S, START_S + 60)
    assert shown.behind_min(0) == 4
    shown.utc_min = 0
    assert shown.behind_min(0) == UNKNOWN
