"""The backlight goes up at once and down in steps of three percent, 30 ms each."""

import sys

sys.path.insert(0, ".")

from firmware.outputs.backlight import Backlight


class Board:
    def __init__(self):
        self.set = []

    def light(self, percent):
        self.set.append(percent)


def test_it_is_up_at_once_and_set_once():
    board = Board()
    backlight = Backlight(board)
    assert backlight.step(80, 1000) == 1000
    assert backlight.step(80, 1000) == 1000
    assert board.set == [80]


def test_it_goes_down_in_steps_and_asks_to_be_called_again_for_each():
    board = Board()
    backlight = Backlight(board)
    backlight.step(20, 1000)
    waits = [backlight.step(11, 1000) for _ in range(4)]
    assert board.set == [20, 17, 14, 11]
    assert waits == [30, 30, 1000, 1000]


def test_a_shorter_wait_is_kept_and_light_comes_back_in_the_middle_of_the_steps():
    board = Board()
    backlight = Backlight(board)
    backlight.step(80, 1000)
    assert backlight.step(0, 7) == 7
    backlight.step(80, 1000)
    assert board.set == [80, 77, 80]
