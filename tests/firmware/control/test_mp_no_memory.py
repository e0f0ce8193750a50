"""No memory while marking: saved, or NOT SAVED on the screen; never the fault screen that says all is safe."""

import gc
import sys

sys.path.insert(0, ".")

from micropython import heap_lock, heap_unlock

from firmware.core import state
from firmware.core.buttons import ACTION, HELD, MARK, PRESS, RELEASE
from tests.support.device.handheld import Handheld
from tests.support.device.laptop import record


def locked(device, button, event, ms):
    heap_lock()
    try:
        device.controller.handle(button, event, ms)
    finally:
        heap_unlock()
    device.now_ms = ms


def test_a_press_with_a_locked_heap_says_not_saved_and_the_next_one_is_saved():
    device = Handheld()
    for screen in (state.NOTE, state.CLOCK, state.COUNTDOWN, state.INFO, state.FAULT):
        device.controller.show(screen)
        before = device.records(record.BOOKMARK)
        locked(device, MARK, PRESS, device.now_ms + 5000)
        assert device.state.flash == state.FLASH_NOT_SAVED, screen
        assert device.state.flash_reason == b"no memory"
        assert device.state.screen in (state.NOTE, state.COUNTDOWN)
        assert device.records(record.BOOKMARK) == before
        locked(device, MARK, RELEASE, device.now_ms + 100)
    device.press(MARK, device.now_ms + 10_000)
    assert device.state.flash == state.FLASH_SAVED and len(device.records(record.BOOKMARK)) == 1


def test_a_passage_a_tag_and_an_undo_with_a_locked_heap_say_not_saved():
    device = Handheld()
    device.wait_until(10_000)
    device.controller.handle(MARK, PRESS, 10_000)
    device.controller.handle(MARK, HELD, 10_000)
    locked(device, MARK, RELEASE, 15_000)
    assert device.state.flash == state.FLASH_NOT_SAVED and device.records(record.SPAN) == []
    device.press(MARK, 20_000)
    device.controller.handle(ACTION, PRESS, 21_000)
    locked(device, ACTION, HELD, 21_000)
    assert device.state.flash == state.FLASH_NOT_SAVED and device.records(record.UNDO) == []
    device.press(MARK, 30_000)
    device.press(ACTION, 31_000)
    assert device.state.flash == state.FLASH_RETAGGED
    device.controller.talks.schedule = None  # looking up the talk needs memory, and fails by itself
    heap_lock()
    try:
        device.controller.tick(35_000)
    finally:
        heap_unlock()
    assert device.state.flash == state.FLASH_NOT_SAVED and device.records(record.RETAG) == []


def test_a_press_while_the_heap_is_full_is_saved_from_the_spare_memory():
    device = Handheld()
    device.press(MARK, 10_000)
    device.wait_until(20_000)
    gc.collect()
    held = None
    try:
        while True:
            held = (held,)
    except MemoryError:
        pass
    device.controller.handle(MARK, PRESS, 20_000)
    flash = device.state.flash
    held = None
    gc.collect()
    assert flash == state.FLASH_SAVED, (flash, device.state.flash_reason)
    assert [ms for _, ms, _ in device.records(record.BOOKMARK)] == [10_000, 20_000]
