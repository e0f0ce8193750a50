"""The countdown: the time left as large as the panel allows, the stage, and who speaks.

The stages differ in colour, and without it in words, in bars next to the word (one finger, two fingers), by inversion
(two fingers, applause) and stripes (applause, overtime). A tick draws only the digits that differ.
"""

from micropython import const

from firmware.core import countdown as core
from firmware.core.state import FLASH_NONE, FLASH_NOT_SAVED, UNKNOWN
from firmware.ui import flash, text, time_digits
from firmware.ui.canvas import ACCENT, BACKGROUND, DIM, INK, TEXT
from firmware.ui.text import line

# height of the band, its text's top, bar's top and height, digits' top and height, foot's height. Without a foot (0)
# its text is in the band, where there is room
_LAYOUTS = (bytes((21, 1, 23, 3, 27, 88, 19)), bytes((11, 0, 12, 2, 16, 48, 0)))

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
_BEHIND_PLACE = const(18)  # behind those of the digits
_LEAST_BEHIND_MIN = const(2)  # less is what every session is


def draw(canvas, state):
    """Draw what has changed."""
    band_px, text_top, bar_top, bar_px, digits_top, digits_px, foot_px = _LAYOUTS[canvas.size]
    countdown = state.countdown
    look = _look(state)
    is_inverted = look in (_TWO_FINGERS, _APPLAUSE)
    paper = ACCENT if is_inverted else BACKGROUND
    if canvas.start(look, look, paper) and is_inverted:
        canvas.frame.hline(0, band_px, canvas.width, INK)
    if not is_inverted:
        _draw_bar(canvas, bar_top, bar_px, countdown, state.now_ms)
    low_percent = state.battery_percent if state.battery_is_low else -1
    behind_min = state.behind_min(state.now_ms) if countdown.state != core.ENDED else UNKNOWN
    before_min = canvas.shown[_BEHIND_PLACE]
    if before_min is not ... and behind_min == before_min - 1:
        behind_min = before_min  # it is calculated from whole minutes, which do not change at the same moment
    is_band_new = canvas.is_new(2, state.preset) | canvas.is_new(3, state.silent) | canvas.is_new(8, low_percent)
    is_band_new |= canvas.is_new(_BEHIND_PLACE, behind_min)
    if (
        canvas.is_new(4, state.flash)
        | canvas.is_new(5, state.flash_number)
        | canvas.is_new(6, state.flash_tag)
        | canvas.is_new(7, state.talk)
    ):
        is_band_new |= not foot_px
        if foot_px:
            _draw_foot(canvas, canvas.height - foot_px, foot_px, state, paper == ACCENT)
    if is_band_new:
        _draw_band(canvas, band_px, text_top, state, look, not foot_px, behind_min)
    ink = TEXT
    if is_inverted:
        ink = INK
    elif look == _PAUSED:
        ink = DIM
    elif look in (_ONE_FINGER, _OVERTIME):
        ink = ACCENT
    time_digits.draw(canvas, digits_top, digits_px, countdown.shown_seconds(state.now_ms), ink, paper)


def _look(state):
    if state.flash == FLASH_NOT_SAVED:
        return _NOT_SAVED
    run = state.countdown.state
    if run == core.RUNNING:
        return state.countdown.stage(state.now_ms)
    return _PAUSED if run == core.PAUSED else _READY if run == core.READY else _STOPPED


def _draw_band(canvas, band_px, y, state, look, is_alone, behind_min):
    width = canvas.width
    end_x = width - canvas.margin
    is_plain = look in (_RUNNING, _READY, _STOPPED)
    if is_alone and state.flash != FLASH_NONE and look != _NOT_SAVED:
        # as different as possible from the other text there
        canvas.box(0, 0, width, band_px, ACCENT if is_plain else BACKGROUND)
        _draw_flash(canvas, y, state, INK if is_plain else TEXT)
        return
    ink = ACCENT if is_plain else INK
    canvas.box(0, 0, width, band_px, BACKGROUND if is_plain else ACCENT)
    x = text.draw(canvas, canvas.margin, y, _WORDS[look], ink) + 8
    if look in (_APPLAUSE, _OVERTIME, _NOT_SAVED):
        canvas.stripes(x, 0, band_px)
        return
    fingers = 1 if look == _ONE_FINGER else 2 if look in (_TWO_FINGERS, _PAUSED) else 0
    bar_px = band_px // 5 + 1
    while fingers:  # an upright bar with a round top each
        canvas.frame.fill_rect(x + 1, band_px // 7, bar_px - 1, 1, ink)
        canvas.frame.fill_rect(x, band_px // 7 + 1, bar_px + 1, band_px * 2 // 3, ink)
        x += bar_px + 1 + max(2, bar_px - 1)
        fingers -= 1
    line.start(b"silent  " if state.silent else b"")
    line.put(state.preset)
    if is_alone and state.talk is not None and state.talk.speaker:
        line.start(state.talk.speaker)
    if not is_alone and (behind_min >= _LEAST_BEHIND_MIN or UNKNOWN < behind_min < -_LEAST_BEHIND_MIN):
        line.start(b"")
        line.number(behind_min if behind_min > 0 else -1 - behind_min)
        line.put(b" min behind" if behind_min > 0 else b" min ahead")
    if state.battery_is_low:
        line.percent(b"Battery: ", state.battery_percent)
    width = text.width(line.data)
    if is_alone:
        text.cut(canvas, max(x, end_x - width), y, line.data, end_x, ink)
    elif width <= end_x - x:
        text.right(canvas, end_x, y, line.data, DIM if is_plain else ink)


def _draw_bar(canvas, y, height, countdown, now_ms):
    """Draw the share of the time that is left."""
    margin = canvas.margin
    width = canvas.width - 2 * margin
    left_ms = max(0, countdown.remaining_ms(now_ms))
    bar_px = min(width, left_ms // 1000 * width // max(1, countdown.planned_ms // 1000))
    before_px = canvas.shown[_BAR_PLACE]
    if canvas.is_new(_BAR_PLACE, bar_px):
        canvas.frame.fill_rect(margin, y, width, height, BACKGROUND)
        if height > 1:
            canvas.frame.hline(margin, y + 1, width, DIM)
        canvas.frame.fill_rect(margin, y, bar_px, height, ACCENT)
        if before_px is not ...:
            canvas.mark(margin + min(bar_px, before_px), y, abs(bar_px - before_px), height)


def _draw_foot(canvas, top, height, state, is_inverted):
    talk = state.talk
    y = canvas.height - text.height_px
    margin = canvas.margin
    end_x = canvas.width - margin
    if state.flash != FLASH_NONE:
        canvas.box(0, top, canvas.width, height, TEXT if is_inverted else ACCENT)
        if state.flash == FLASH_NOT_SAVED:
            text.cut(canvas, margin, y, state.flash_reason, end_x, INK)
        else:
            canvas.frame.hline(0, top, canvas.width, INK)
            _draw_flash(canvas, y, state, INK)
        return
    canvas.box(0, top, canvas.width, height, ACCENT if is_inverted else BACKGROUND)
    if talk is not None:
        x = margin
        if talk.speaker:
            x = text.cut(canvas, x, y, talk.speaker, end_x, INK if is_inverted else TEXT) + 8
        if x < end_x * 2 // 3:
            text.cut(canvas, x, y, talk.title, end_x, INK if is_inverted else DIM)


def _draw_flash(canvas, y, state, ink):
    flash.start_number(state)
    line.put(b" ")
    line.put(state.flash_tag)
    text.draw(canvas, canvas.margin, y, line.data, ink)
    text.right(canvas, canvas.width - canvas.margin, y, flash.WORDS[state.flash], ink)
