"""The screens on the OLED: what they allocate, what they send, and what a panel that does not answer does to them."""

import gc

import micropython

from firmware.core import state as shown
from firmware.drivers.ssd1306 import SSD1306
from firmware.ui import digits, text_font
from firmware.ui import text as text_module
from firmware.ui.canvas import Canvas
from firmware.ui.display import Display

FRAME_BYTES = 1024
# the window; the control byte of each page; the address of each transaction
ADDRESS_BYTES = 7 + 8 + 9
ENODEV = 19


class Bus:
    """Counts; while `is_dead` nothing is acknowledged."""

    def __init__(self):
        self.bytes_sent = 0
        self.tries = 0
        self.is_dead = False

    def writeto(self, address, data):
        assert address == 0x3C
        self.tries += 1
        if self.is_dead:
            raise OSError(ENODEV)
        self.bytes_sent += 1 + len(data)


class Line:
    def __init__(self):
        self.level = 1

    def value(self):
        return self.level


BUS = Bus()
LINE = Line()
PANEL = SSD1306(BUS, (LINE, LINE))


def new_display():
    """Return a display of its own; the face is that of the newest."""
    BUS.is_dead = False
    LINE.level = 1
    return Display(PANEL)


def leave():
    text_module.use(text_font)  # for the tests of the large panel, in the same process


def sample_state():
    state = shown.State()
    state.tag = b"quote"
    state.preset = b"lightning"
    state.talk = shown.Talk(b"7", 0, 0, b"Room 3", b"Caf\xe9, \xdcbung: text is hard", b"\xc5sa \xd8stergaard")
    return state


def test_a_countdown_from_tick_to_pixels_allocates_nothing():
    display = new_display()
    state = sample_state()
    state.screen = shown.COUNTDOWN
    display.refresh(state)
    state.countdown.start(0)
    second = 0
    sent = BUS.bytes_sent
    gc.collect()
    micropython.heap_lock()
    try:
        while second < 400:
            state.now_ms = second * 1000
            display.refresh(state)
            second += 1
    finally:
        micropython.heap_unlock()
        leave()
    sent = BUS.bytes_sent - sent
    assert 0 < sent // 400 < FRAME_BYTES // 4, sent // 400


def test_a_flash_allocates_nothing():
    display = new_display()
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
            leave()


def test_hostile_texts_do_not_break_a_screen_nor_send_more_than_a_frame():
    display = new_display()
    state = sample_state()
    for words in (b"", b" ", b"\x07" * 40, b"W" * 300, bytes(range(256)), b"-" * 200):
        state.talk = shown.Talk(b"1", 0, 0, words, words, words)
        state.next_talk = state.talk
        state.tag = state.flash_tag = words[:16]
        state.preset = state.fault = state.flash_reason = words
        state.menu_items = (words, words)
        state.info_lines = (words,) * 12
        for flash in range(6):
            state.flash = flash
            for screen in range(6):
                state.screen = screen
                sent = BUS.bytes_sent
                display.refresh(state)
                assert BUS.bytes_sent - sent <= FRAME_BYTES + ADDRESS_BYTES, (words[:5], flash, screen)
    leave()


def test_times_of_any_length_fit():
    canvas = Canvas(PANEL)
    for seconds in (0, 59, 60, 599, 600, 5999, 6000, 359_999):
        for sign in (1, -1):
            digits.time(canvas, 16, 48, seconds * sign, 1, 0)
            assert any(canvas.buffer)
            for y in range(64):
                assert not canvas.frame.pixel(0, y)
                assert not canvas.frame.pixel(127, y)


def test_nothing_new_sends_nothing():
    display = new_display()
    state = sample_state()
    for screen in range(6):
        state.screen = screen
        display.refresh(state)
        sent = BUS.bytes_sent
        display.refresh(state)
        assert BUS.bytes_sent == sent, screen
    leave()


def test_a_panel_that_is_lost_is_asked_again_now_and_then_and_gets_the_whole_picture():
    display = new_display()
    state = sample_state()
    display.refresh(state)
    assert state.panel_answers
    BUS.is_dead = True
    state.bookmark_count = 1
    display.refresh(state)
    assert not state.panel_answers
    tries = BUS.tries
    for second in range(1, 60):
        state.now_ms = second * 1000
        state.bookmark_count = second
        display.refresh(state)
    assert 8 <= BUS.tries - tries <= 14, "every five seconds"
    BUS.is_dead = False
    sent = BUS.bytes_sent
    state.now_ms += 5000
    display.refresh(state)
    assert state.panel_answers
    assert BUS.bytes_sent - sent > FRAME_BYTES
    leave()


def test_a_bus_that_is_held_low_is_not_touched():
    display = new_display()
    state = sample_state()
    LINE.level = 0
    tries = BUS.tries
    for second in range(60):
        state.now_ms = second * 1000
        state.bookmark_count = second
        display.refresh(state)
    assert BUS.tries == tries
    assert not state.panel_answers
    leave()


def test_brightness_is_contrast_and_dark_is_off():
    sent = []
    bus = Bus()
    bus.writeto = lambda address, data: sent.append(bytes(data))
    panel = SSD1306(bus, ())
    panel.light(100)
    panel.light(50)
    panel.light(0)
    assert sent == [b"\x00\x81\xff\xaf", b"\x00\x81\x7f\xaf", b"\x00\x81\x00\xae"]
