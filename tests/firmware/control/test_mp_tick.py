"""A tick of the controller allocates nothing: the heap is locked while it runs, with talk, clock and countdown."""

import sys

sys.path.insert(0, ".")

from micropython import heap_lock, heap_unlock

from firmware.core import countdown, state
from firmware.core.buttons import ACTION, MARK
from tests.support.device.handheld import Handheld


def tick_locked(device, until_ms):
    """Tick as the app does, but not where the talk is looked up in the file, every five seconds."""
    ticks = 0
    now_ms = device.now_ms
    while now_ms < until_ms:
        if now_ms % 5000 < 4500:
            heap_lock()
            try:
                device.controller.tick(now_ms)
            finally:
                heap_unlock()
            ticks += 1
        else:
            device.controller.tick(now_ms)
        now_ms += 137
    device.now_ms = now_ms
    return ticks


def test_on_the_note_screen():
    device = Handheld()
    device.press(MARK, 10_000)
    device.wait_until(20_000)
    assert device.state.talk is not None and device.state.utc_min
    assert tick_locked(device, 24_400) > 20


def test_during_a_countdown():
    device = Handheld()
    device.choose(b"Countdown", 10_000)
    device.press(ACTION, 13_000, 900)
    device.press(ACTION, 16_000)
    device.wait_until(17_000)
    assert device.state.screen == state.COUNTDOWN and device.state.countdown.state == countdown.RUNNING
    assert tick_locked(device, 200_000) > 500
