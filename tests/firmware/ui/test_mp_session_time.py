"""The countdown says by how many minutes the session is late, and the note screen what comes before a talk begins."""

import os
import sys

sys.path.insert(0, os.getcwd())

import framebuf

from firmware.core import state as shown
from firmware.core.countdown import Countdown
from firmware.core.state import State, Talk
from firmware.ui.display import Display

NINE = 29_000_000


class Panel:
    width = 240
    height = 135
    format = framebuf.GS2_HMSB

    def init(self, *_):
        pass

    def set_palette(self, rgb):
        assert len(rgb) == 12

    def show(self, frame, x, y, width, height):
        assert width > 0 < height


def stage(minutes_late, run=True):
    state = State(b"sim")
    state.screen = shown.COUNTDOWN
    state.talk = Talk(b"one", NINE * 60, (NINE + 5) * 60, b"", b"A talk", b"Ada")
    state.preset = b"lightning"
    state.utc_min = NINE + minutes_late
    state.countdown = Countdown()
    if run:
        state.countdown.start(0)
    return state


def test_behind_is_the_planned_end_against_the_time_that_is_left():
    assert stage(0).behind_min(0) == 0 and stage(3).behind_min(0) == 3 and stage(-2).behind_min(0) == -2
    late = stage(3)
    assert late.behind_min(120_000) == 1  # at the same minute of the clock, two minutes less are left
    late.utc_min = NINE + 9
    assert late.behind_min(360_000) == 4  # overtime: what is left does not count below zero
    assert stage(3, run=False).behind_min(0) == 3
    unknown = stage(3)
    unknown.utc_min = 0
    assert unknown.behind_min(0) == shown.UNKNOWN
    unknown.utc_min, unknown.talk = NINE, None
    assert unknown.behind_min(0) == shown.UNKNOWN


def picture(state):
    display = Display(Panel())
    display.refresh(state)
    frame, width, height, _ = display.picture()
    return bytes([frame.pixel(x, y) for y in range(0, height, 2) for x in range(0, width, 2)])


def test_the_band_says_it_from_two_minutes_on_and_the_preset_else():
    in_time, a_minute = picture(stage(0)), picture(stage(1))
    late, early = picture(stage(3)), picture(stage(-4))
    assert in_time == a_minute and len({in_time, late, early}) == 3


def test_before_a_talk_the_note_screen_says_what_comes_next():
    state = State(b"sim")
    state.utc_min = NINE - 7
    alone = picture(state)
    state.next_talk = Talk(b"one", NINE * 60, (NINE + 5) * 60, b"", b"A talk", b"Ada")
    assert picture(state) != alone
