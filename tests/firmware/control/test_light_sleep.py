"""The chip sleeps for a second at a time, and only while nobody needs it: no press, cue, countdown or laptop."""

import sys

sys.path.insert(0, ".")

from firmware.control.light_sleep import LightSleep
from firmware.core.buttons import ACTION, MARK
from tests.support.device.handheld import Handheld, lightning


class Sleeper:
    """The chip's light sleep: notes for how long it was asked to sleep."""

    def __init__(self):
        self.slept_ms = []

    def sleep(self, longest_ms):
        self.slept_ms.append(longest_ms)


def asked(device, now_ms, host_ms):
    """Return (whether the chip slept, for how long)."""
    sleeper = Sleeper()
    is_asleep = LightSleep(sleeper, device.controller).sleep(now_ms, host_ms)
    return is_asleep, sleeper.slept_ms


def test_it_sleeps_a_second_when_nobody_has_pressed_for_five_and_no_laptop_spoke_for_thirty():
    device = Handheld()
    device.press(MARK, 100_000, 0)
    assert asked(device, 105_000, 75_000) == (True, [1000])
    assert asked(device, 104_999, 0) == (False, [])
    assert asked(device, 105_000, 75_001) == (False, [])


def test_it_is_awake_during_a_countdown_and_after_its_last_cue():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    assert asked(device, ms + 100_000, 0) == (False, [])
    device.wait_until(ms + 240_000)
    device.choose(b"Hold B", device.choose(b"Stop", ms + 241_000))
    device.controller.last_press_ms = 0
    assert asked(device, ms + 244_999, 0) == (False, [])
    assert asked(device, ms + 245_000, 0) == (True, [1000])
