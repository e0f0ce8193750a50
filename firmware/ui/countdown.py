"""The countdown: the time left as large as the panel allows, the stage, and who speaks.

The stages differ in colour, and without it in words, in bars beside the word (one finger, two fingers), by inversion
(two fingers, applause) and stripes (applause, overtime). A tick draws only the digits that differ.
"""

from micropython import const

from firmware.core import countdown as core
from firmware.core.state import FLASH_NONE, FLASH_NOT_SAVED
from firmware.ui import digits, flash, text
from firmware.ui.canvas import ACCENT, BACKGROUND, DIM, INK, TEXT
from firmware.ui.text import line

_MARGIN = const(8)
_BAND_PX = const(21)
_BAR_TOP = const(23)
_BAR_PX = const(3)
_DIGITS_TOP = const(27)
_DIGITS_PX = const(88)
_FOOT_TOP = const(116)

# looks: the stages of core.countdown by their numbers, and then what a stage gives way to. So are the accents ordered.
_WORDS = (
    b"RUNNING", b"ONE FINGER", b"TWO FINGERS", b"APPLAUSE", b"OVERTIME", b"PAUSED", b"READY", b"STOPPED", b"NOT SAVED",
)  # fmt: skip
_RUNNING = const(0)
_ONE_FINGER = const(1)
_TWO_FINGERS = const(2)
_APPLAUSE = const(3)
_OVERTIME = const(4)
_PAUSED = const(5)
_READY = const(6)
_STOPPED = const(7)
_NOT_SAVED = const(8)

_BAR_PLACE = const(1)


def draw(canvas, state):
    """Draw what has changed."""
    countdown = state.countdown
    look = _look(state)
    is_inverted = look in (_TWO_FINGERS, _APPLAUSE)
    paper = ACCENT if is_inverted else BACKGROUND
    if canvas.start(look, look, paper) and is_inverted:
        canvas.frame.hline(0, _BAND_PX, canvas.width, INK)
    if not is_inverted:
        _draw_bar(canvas, countdown, state.now_ms)
    if canvas.is_new(2, state.preset) | canvas.is_new(3, state.silent):
        _draw_band(canvas, state, look)
    if (
        canvas.is_new(4, state.flash)
        | canvas.is_new(5, state.flash_number)
        | canvas.is_new(6, state.flash_tag)
        | canvas.is_new(7, state.talk)
    ):
        _draw_foot(canvas, state, paper)
    ink = TEXT
    if is_inverted:
        ink = INK
    elif look == _PAUSED:
        ink = DIM
    elif look in (_ONE_FINGER, _OVERTIME):
        ink = ACCENT
    digits.time(canvas, _DIGITS_TOP, _DIGITS_PX, countdown.shown_seconds(state.now_ms), ink, paper)


def _look(state):
    if state.flash == FLASH_NOT_SAVED:
        return _NOT_SAVED
    run = state.countdown.state
    if run == core.RUNNING:
        return state.countdown.stage(state.now_ms)
    return _PAUSED if run == core.PAUSED else _READY if run == core.READY else _STOPPED


def _draw_band(canvas, state, look):
    width = canvas.width
    is_plain = look in (_RUNNING, _READY, _STOPPED)
    ink = ACCENT if is_plain else INK
    canvas.box(0, 0, width, _BAND_PX, BACKGROUND if is_plain else ACCENT)
    x = text.draw(canvas, _MARGIN, 1, _WORDS[look], ink) + 8
    if look in (_APPLAUSE, _OVERTIME, _NOT_SAVED):
        canvas.stripes(x, 0, _BAND_PX)
        return
    fingers = 1 if look == _ONE_FINGER else 2 if look in (_TWO_FINGERS, _PAUSED) else 0
    while fingers:  # an upright bar with a round top each
        canvas.frame.fill_rect(x + 1, 3, 4, 1, ink)
        canvas.frame.fill_rect(x, 4, 6, 13, ink)
        x += 10
        fingers -= 1
    line.start(b"silent  " if state.silent else b"")
    line.put(state.preset)
    if text.width(line.data) <= width - _MARGIN - x:
        text.right(canvas, width - _MARGIN, 1, line.data, DIM if is_plain else ink)


def _draw_bar(canvas, countdown, now_ms):
    """Draw the share of the time that is left."""
    width = canvas.width - 2 * _MARGIN
    left_ms = max(0, countdown.remaining_ms(now_ms))
    bar_px = min(width, left_ms // 1000 * width // max(1, countdown.planned_ms // 1000))
    before_px = canvas.shown[_BAR_PLACE]
    if canvas.is_new(_BAR_PLACE, bar_px):
        canvas.frame.fill_rect(_MARGIN, _BAR_TOP, width, _BAR_PX, BACKGROUND)
        canvas.frame.hline(_MARGIN, _BAR_TOP + 1, width, DIM)
        canvas.frame.fill_rect(_MARGIN, _BAR_TOP, bar_px, _BAR_PX, ACCENT)
        if before_px is not ...:
            canvas.mark(_MARGIN + min(bar_px, before_px), _BAR_TOP, abs(bar_px - before_px), _BAR_PX)


def _draw_foot(canvas, state, paper):
    talk = state.talk
    y = canvas.height - text.HEIGHT_PX
    end_x = canvas.width - _MARGIN
    name = INK
    title = INK
    if state.flash != FLASH_NONE:
        paper = TEXT if paper == ACCENT else ACCENT
    elif paper == BACKGROUND:
        name = TEXT
        title = DIM
    canvas.box(0, _FOOT_TOP, canvas.width, canvas.height - _FOOT_TOP, paper)
    if state.flash == FLASH_NOT_SAVED:
        text.cut(canvas, _MARGIN, y, state.flash_reason, end_x, INK)
    elif state.flash != FLASH_NONE:
        canvas.frame.hline(0, _FOOT_TOP, canvas.width, INK)
        flash.start_number(state)
        line.put(b" ")
        line.put(state.flash_tag)
        text.draw(canvas, _MARGIN, y, line.data, INK)
        text.right(canvas, end_x, y, flash.WORDS[state.flash], INK)
    elif talk is not None:
        x = _MARGIN
        if talk.speaker:
            x = text.cut(canvas, x, y, talk.speaker, end_x, name) + 8
        if x < end_x * 2 // 3:
            text.cut(canvas, x, y, talk.title, end_x, title)
