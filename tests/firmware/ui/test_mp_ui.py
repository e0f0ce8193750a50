"""The screens on MicroPython: what they allocate, what they send, and that no text breaks them."""

import gc

import framebuf
import micropython

from firmware.core import state as shown
from firmware.core.portable import small
from firmware.drivers.st7789 import ST7789
from firmware.ui import text, time_digits
from firmware.ui.canvas import Canvas
from firmware.ui.display import Display
from tests.support.device.screen_checks import (
    countdown_without_heap,
    flashes_without_heap,
    same_again_sends_nothing,
    sample_state,
)

FRAME_BYTES = 240 * 135 * 2
RECTANGLES = 16
UTC_S = 1_557_012_600


class Level:
    def value(self, level):
        self.level = level


class Bus:
    def __init__(self):
        self.bytes_sent = 0

    def write(self, data):
        self.bytes_sent += len(data)


class MonoPanel:
    """A panel of one colour, as large as the other one."""

    width = 240
    height = 135
    format = framebuf.MONO_VLSB

    def set_palette(self, rgb):
        assert len(rgb) == 12

    def init(self, frame):
        self.frame = frame

    def show(self, frame, x, y, width, height):
        assert 0 <= x < x + width <= 240
        assert 0 <= y < y + height <= 135


BUS = Bus()
PANEL = ST7789(BUS, Level(), Level(), Level())
DISPLAY = Display(PANEL)


def test_a_countdown_from_tick_to_pixels_allocates_nothing():
    bytes_per_s = countdown_without_heap(DISPLAY, BUS)
    assert 0 < bytes_per_s < FRAME_BYTES // 6, bytes_per_s


def test_a_flash_allocates_nothing():
    flashes_without_heap(DISPLAY)


def test_note_and_clock_allocate_nothing_as_time_passes():
    state = sample_state()
    state.talk = shown.Talk(b"7", UTC_S, UTC_S + 1800, b"Room 3", b"Text is hard", b"\xc5sa \xd8stergaard")
    state.next_talk = shown.Talk(b"8", UTC_S + 1800, UTC_S + 3600, b"Room 3", b"Text is easy", b"")
    state.utc_offset_s = -4 * 3600
    for screen in (shown.NOTE, shown.CLOCK):
        state.screen = screen
        start_min = state.utc_min = small(UTC_S // 60)
        DISPLAY.refresh(state)
        sent = BUS.bytes_sent
        gc.collect()
        micropython.heap_lock()
        try:
            while state.utc_min < start_min + 100:
                state.utc_min += 1
                state.unsynced = state.bookmark_count = state.utc_min % 7
                DISPLAY.refresh(state)
        finally:
            micropython.heap_unlock()
        assert BUS.bytes_sent > sent


def test_a_step_in_the_menu_sends_two_rows():
    state = sample_state()
    state.screen = shown.MENU
    state.menu_items = (b"one", b"two", b"three", b"four")
    DISPLAY.refresh(state)
    state.menu_index = 1
    sent = BUS.bytes_sent
    DISPLAY.refresh(state)
    assert 0 < BUS.bytes_sent - sent <= 2 * 27 * 240 * 2 + 22


def test_nothing_new_sends_nothing():
    same_again_sends_nothing(DISPLAY, BUS)


def test_every_refresh_stays_within_a_frame():
    state = sample_state()
    for screen in range(6):
        state.screen = screen
        sent = BUS.bytes_sent
        DISPLAY.refresh(state)
        assert BUS.bytes_sent - sent <= FRAME_BYTES + 11, screen


def test_a_thousand_refreshes_do_not_grow_the_heap():
    state = sample_state()
    DISPLAY.refresh(state)
    gc.collect()
    before = gc.mem_alloc()
    for count in range(1000):
        state.screen = count % 6
        state.bookmark_count = count
        DISPLAY.refresh(state)
    gc.collect()
    # 64 bytes: the small objects that this function itself holds
    assert gc.mem_alloc() - before <= 64


def test_every_latin_1_character_can_be_seen():
    canvas = Canvas(PANEL)
    seen = set()
    for code in list(range(33, 127)) + list(range(161, 256)):
        canvas.frame.fill(0)
        character = bytes([code])
        end = text.draw(canvas, 100, 50, character, 1)
        assert end == 100 + text.width(character) > 100
        assert any(canvas.buffer), code
        seen.add((hash(bytes(canvas.buffer)), end))
    assert len(seen) > 180, "nearly all look different"
    canvas.frame.fill(0)
    text.draw(canvas, 100, 50, b"\x07\x1f \x7f\x80\x9f\xa0\x00A", 1)
    assert not any(canvas.buffer), "control characters are blank, and a zero byte ends a text"


def test_accents_stand_on_their_letters():
    canvas = Canvas(PANEL)
    text.draw(canvas, 10, 50, b"e", 1)
    plain = bytes(canvas.buffer)
    text.draw(canvas, 10, 50, b"\xe9", 1)
    both = bytes(canvas.buffer)
    assert both != plain
    canvas.frame.fill(0)
    text.draw(canvas, 10, 50, b"\xe9", 1)
    assert bytes(canvas.buffer) == both


def test_lines_are_broken_at_words_and_never_too_wide():
    texts = (b"one two three four five six seven eight", b"x" * 300, b"a-" * 90, b" leading", b"word " * 60, b"w")
    for words in texts:
        for width_px in (30, 100, 224):
            start = 0
            while start < len(words):
                end = text.fit(words, start, width_px)
                assert end > start
                assert text.width(words, start, end) <= width_px
                if end < len(words) and b" " in words.strip() and width_px >= 100:  # a word too wide is broken
                    assert words[end] == 0x20 or words[end - 1] in b" -"
                start = end
                while start < len(words) and words[start] == 0x20:
                    start += 1


def test_hostile_texts_do_not_break_a_screen():
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
                DISPLAY.refresh(state)


def test_no_changed_pixel_is_forgotten():
    canvas = Canvas(PANEL)
    seed = 1
    for _ in range(30):
        canvas.changed_end = 0
        asked = []
        for _ in range(60):
            seed = (seed * 1103 + 12345) % 32768
            x = seed % 200
            seed = (seed * 1103 + 12345) % 32768
            y = seed % 100
            seed = (seed * 1103 + 12345) % 32768
            asked.append((x, y, 1 + seed % 40, 1 + seed // 64 % 30))
            canvas.mark(*asked[-1])
        assert canvas.changed_end <= 4 * RECTANGLES
        found = [canvas.changed[at : at + 4] for at in range(0, canvas.changed_end, 4)]
        for x, y, width, height in asked:
            assert any(a <= x and b <= y and c >= x + width and d >= y + height for a, b, c, d in found)


def test_times_of_any_length_fit():
    canvas = Canvas(PANEL)
    for seconds in (0, 59, 60, 599, 600, 5999, 6000, 359_999):
        for sign in (1, -1):
            time_digits.draw(canvas, 27, 88, seconds * sign, 1, 0)
            assert any(canvas.buffer)
            for y in range(135):
                assert not canvas.frame.pixel(0, y)
                assert not canvas.frame.pixel(239, y)


def test_a_panel_of_one_colour_shows_every_screen():
    display = Display(MonoPanel())
    state = sample_state()
    state.menu_items = (b"one", b"two")
    for screen in range(6):
        for flash in range(6):
            state.screen = screen
            state.flash = flash
            display.refresh(state)
            buffer = display._canvas.buffer
            assert any(buffer) and not all(byte == 255 for byte in buffer), (screen, flash)


def test_a_line_that_begins_with_nothing_forgets_the_one_before():
    text.line.start(b"32 of 30 min")
    text.line.start(b"")
    assert text.width(text.line.data) == 0
