"""The screens on the OLED: what they allocate, what they send, and what a panel that does not answer does to them."""

from firmware.core import state as shown
from firmware.drivers.ssd1306 import SSD1306
from firmware.ui import text as text_module
from firmware.ui import text_font, time_digits
from firmware.ui.canvas import Canvas
from firmware.ui.display import Display
from tests.support.device.screen_checks import (
    countdown_without_heap,
    flashes_without_heap,
    same_again_sends_nothing,
    sample_state,
)

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


def test_a_countdown_from_tick_to_pixels_allocates_nothing():
    try:
        bytes_per_s = countdown_without_heap(new_display(), BUS)
    finally:
        leave()
    assert 0 < bytes_per_s < FRAME_BYTES // 4, bytes_per_s


def test_a_flash_allocates_nothing():
    try:
        flashes_without_heap(new_display())
    finally:
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
            time_digits.draw(canvas, 16, 48, seconds * sign, 1, 0)
            assert any(canvas.buffer)
            for y in range(64):
                assert not canvas.frame.pixel(0, y)
                assert not canvas.frame.pixel(127, y)


def test_nothing_new_sends_nothing():
    try:
        same_again_sends_nothing(new_display(), BUS)
    finally:
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
