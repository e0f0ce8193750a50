"""The screens on MicroPython: what they allocate, what they send, and that no text breaks them."""

import gc

import framebuf
import micropython

from firmware.core import state as shown
from firmware.drivers.st7789 import ST7789
from firmware.ui import digits
from firmware.ui.canvas import Canvas
from firmware.ui.display import Display
from firmware.ui.text import TEXT_FACE, TITLE_FACE

FRAME_BYTES = 240 * 135 * 2
RECTANGLES = 36


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
        assert len(rgb) == 48

    def init(self):
        pass

    def on(self):
        pass

    def show(self, frame, x, y, width, height):
        assert 0 <= x < x + width <= 240
        assert 0 <= y < y + height <= 135


BUS = Bus()
DISPLAY = Display(ST7789(BUS, Level(), Level(), Level()))


def sample_state():
    state = shown.State()
    state.tag = b"quote"
    state.preset = b"lightning"
    state.talk = shown.Talk(b"7", 0, 0, b"Room 3", b"Caf\xe9, \xdcbung: text is hard", b"\xc5sa \xd8stergaard")
    return state


def test_a_countdown_from_tick_to_pixels_allocates_nothing():
    state = sample_state()
    state.screen = shown.COUNTDOWN
    DISPLAY.refresh(state)
    state.countdown.start(0)
    second = 0
    sent = BUS.bytes_sent
    gc.collect()
    micropython.heap_lock()
    try:
        while second < 400:
            state.now_ms = second * 1000
            DISPLAY.refresh(state)
            second += 1
    finally:
        micropython.heap_unlock()
    sent = BUS.bytes_sent - sent
    assert 0 < sent // 400 < FRAME_BYTES // 6, sent // 400


def test_a_flash_allocates_nothing():
    state = sample_state()
    for screen in (shown.NOTE, shown.COUNTDOWN):
        state.screen = screen
        state.flash = shown.FLASH_NONE
        DISPLAY.refresh(state)
        state.flash_number = 17
        state.flash_tag = b"question"
        state.flash_reason = b"The journal is full."
        flash = shown.FLASH_SAVED
        gc.collect()
        micropython.heap_lock()
        try:
            while flash <= shown.FLASH_PASSAGE:
                state.flash = flash
                DISPLAY.refresh(state)
                flash += 1
            state.flash = shown.FLASH_NONE
            DISPLAY.refresh(state)
        finally:
            micropython.heap_unlock()


def test_nothing_new_sends_nothing():
    state = sample_state()
    for screen in range(6):
        state.screen = screen
        DISPLAY.refresh(state)
        sent = BUS.bytes_sent
        DISPLAY.refresh(state)
        assert BUS.bytes_sent == sent, screen


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
    canvas = Canvas(240, 135, framebuf.GS4_HMSB)
    for face in (TEXT_FACE, TITLE_FACE):
        for code in list(range(33, 127)) + list(range(161, 256)):
            canvas.clear()
            text = bytes([code])
            end = face.line(canvas, 100, 50, text, 1)
            assert end == 100 + face.width(text, 0, 1)
            assert any(canvas.buffer), code
        canvas.clear()
        face.line(canvas, 100, 50, b"\x00\x07\x1f \x7f\x80\x9f\xa0", 1)
        assert not any(canvas.buffer), "control characters are blank"


def test_accents_stand_on_their_letters():
    canvas = Canvas(240, 135, framebuf.GS4_HMSB)
    canvas.clear()
    TITLE_FACE.line(canvas, 10, 50, b"e", 1)
    plain = bytes(canvas.buffer)
    TITLE_FACE.line(canvas, 10, 50, b"\xe9", 1)
    both = bytes(canvas.buffer)
    assert both != plain
    canvas.clear()
    TITLE_FACE.line(canvas, 10, 50, b"\xe9", 1)
    assert bytes(canvas.buffer) == both


def test_lines_are_broken_at_words_and_never_too_wide():
    texts = (b"one two three four five six seven eight", b"x" * 300, b"a-" * 90, b" leading", b"word " * 60, b"w")
    for face in (TEXT_FACE, TITLE_FACE):
        for text in texts:
            for width_px in (30, 100, 224):
                start = 0
                while start < len(text):
                    end = face.fit(text, start, width_px)
                    assert end > start
                    assert face.width(text, start, end) <= width_px
                    if end < len(text) and b" " in text.strip() and width_px >= 100:  # a word too wide is broken
                        assert text[end] == 0x20 or text[end - 1] in b" -"
                    start = end
                    while start < len(text) and text[start] == 0x20:
                        start += 1


def test_hostile_texts_do_not_break_a_screen():
    state = sample_state()
    for text in (b"", b" ", b"\x07" * 40, b"W" * 300, bytes(range(256)), b"-" * 200):
        state.talk = shown.Talk(b"1", 0, 0, text, text, text)
        state.next_talk = state.talk
        state.tag = state.flash_tag = text[:16]
        state.preset = state.fault = state.flash_reason = text
        state.menu_items = (text, text)
        state.info_lines = (text,) * 12
        for flash in range(6):
            state.flash = flash
            for screen in range(6):
                state.screen = screen
                DISPLAY.refresh(state)


def test_no_changed_pixel_is_forgotten():
    canvas = Canvas(240, 135, framebuf.GS4_HMSB)
    seed = 1
    for _ in range(30):
        canvas.changed_count = 0
        asked = []
        for _ in range(60):
            seed = (seed * 1103 + 12345) % 32768
            x = seed % 260 - 10
            seed = (seed * 1103 + 12345) % 32768
            y = seed % 150 - 10
            seed = (seed * 1103 + 12345) % 32768
            asked.append((x, y, seed % 40, seed // 64 % 30))
            canvas.mark(*asked[-1])
        assert canvas.changed_count <= RECTANGLES
        found = [canvas.changed[4 * n : 4 * n + 4] for n in range(canvas.changed_count)]
        for x, y, width, height in asked:
            right = min(x + width, 240)
            bottom = min(y + height, 135)
            left = max(x, 0)
            top = max(y, 0)
            if left < right and top < bottom:
                for corner_x, corner_y in ((left, top), (right - 1, top), (left, bottom - 1), (right - 1, bottom - 1)):
                    assert any(a <= corner_x < c and b <= corner_y < d for a, b, c, d in found)


def test_times_of_any_length_fit():
    canvas = Canvas(240, 135, framebuf.GS4_HMSB)
    time = digits.Time()
    for seconds in (0, 59, 60, 599, 600, 5999, 6000, 359_999):
        for sign in (False, True):
            canvas.clear()
            time.draw(canvas, 2, 27, 236, 88, seconds, sign, 1, 0)
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
            buffer = display.picture()[0]
            assert any(buffer) and not all(byte == 255 for byte in buffer), (screen, flash)
