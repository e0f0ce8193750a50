"""What holds on every panel, for a display and the bus that counts what is sent to it (`bytes_sent`)."""

import gc

import micropython

from firmware.core import state as shown
from firmware.core.countdown import Countdown

SECONDS = 400


def sample_state():
    state = shown.State()
    state.countdown = Countdown()
    state.tag = b"quote"
    state.preset = b"lightning"
    state.talk = shown.Talk(b"7", 0, 0, b"Room 3", b"Caf\xe9, \xdcbung: text is hard", b"\xc5sa \xd8stergaard")
    return state


def countdown_without_heap(display, bus):
    """Count down with the heap locked; return the bytes sent in a second, on average."""
    state = sample_state()
    state.screen = shown.COUNTDOWN
    display.refresh(state)
    state.countdown.start(0)
    second = 0
    sent = bus.bytes_sent
    gc.collect()
    micropython.heap_lock()
    try:
        while second < SECONDS:
            state.now_ms = second * 1000
            display.refresh(state)
            second += 1
    finally:
        micropython.heap_unlock()
    return (bus.bytes_sent - sent) // SECONDS


def flashes_without_heap(display):
    """Show every flash on the screens that have them, with the heap locked."""
    state = sample_state()
    for screen in (shown.NOTE, shown.COUNTDOWN):
        state.screen = screen
        state.flash = shown.FLASH_NONE
        display.refresh(state)
        state.flash_number = 17
        state.flash_tag = b"question"
        state.flash_reason = b"The journal is full."
        flash = shown.FLASH_SAVED
        gc.collect()
        micropython.heap_lock()
        try:
            while flash <= shown.FLASH_PASSAGE:
                state.flash = flash
                display.refresh(state)
                flash += 1
            state.flash = shown.FLASH_NONE
            display.refresh(state)
        finally:
            micropython.heap_unlock()


def same_again_sends_nothing(display, bus):
    """Refresh every screen twice: the second time nothing is sent."""
    state = sample_state()
    for screen in range(6):
        state.screen = screen
        display.refresh(state)
        sent = bus.bytes_sent
        display.refresh(state)
        assert bus.bytes_sent == sent, screen
