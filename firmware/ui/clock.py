"""The clock: local time, minutes to the next talk, battery, and what the laptop has not fetched yet."""

from micropython import const

from firmware.ui import digits, text
from firmware.ui.canvas import ACCENT, BACKGROUND, DIM, RED, TEXT
from firmware.ui.text import line

_MARGIN = const(8)
_DIGITS_TOP = const(27)
_DIGITS_PX = const(62)
_FOOT_TOP = const(93)
_LOW_PERCENT = const(20)
_WARN_PERCENT = const(90)
_DAY_MIN = const(1440)


def draw(canvas, state):
    """Draw what has changed."""
    minute = state.utc_min
    canvas.start(minute > 0, RED)
    if (
        canvas.is_new(1, state.unsynced)
        | canvas.is_new(2, state.battery_percent)
        | canvas.is_new(3, state.journal_percent)
    ):
        _draw_head(canvas, state)
    talk = state.next_talk
    wait_min = -state.elapsed_min(talk)
    if canvas.is_new(4, talk) | canvas.is_new(5, wait_min):
        _draw_foot(canvas, talk, wait_min, minute > 0)
    if minute:
        digits.time(canvas, _DIGITS_TOP, _DIGITS_PX, (minute + state.utc_offset_s // 60) % _DAY_MIN, TEXT, BACKGROUND)
    else:
        digits.time(canvas, _DIGITS_TOP, _DIGITS_PX, state.now_ms // 60_000, DIM, BACKGROUND)


def _draw_head(canvas, state):
    canvas.box(0, 0, canvas.width, _DIGITS_TOP - 2)
    colour = DIM
    if state.journal_percent >= _WARN_PERCENT:
        line.start(b"Journal ")
        line.number(state.journal_percent)
        line.put(b" % full")
        colour = ACCENT
    elif state.unsynced:
        line.start(b"")
        line.number(state.unsynced)
        line.put(b" to sync")
    else:
        line.start(b"all synced")
    text.draw(canvas, _MARGIN, 3, line.data, colour)
    percent = min(state.battery_percent, 100)
    if percent >= 0:
        colour = ACCENT if percent < _LOW_PERCENT else DIM
        x = canvas.width - _MARGIN - 26
        canvas.frame.rect(x, 8, 24, 12, colour)
        canvas.frame.fill_rect(x + 24, 11, 2, 6, colour)
        canvas.frame.fill_rect(x + 2, 10, 20 * percent // 100, 8, colour)
        line.start(b"")
        line.number(percent)
        line.put(b" %")
        text.right(canvas, x - 6, 3, line.data, colour)


def _draw_foot(canvas, talk, wait_min, is_set):
    canvas.box(0, _FOOT_TOP, canvas.width, canvas.height - _FOOT_TOP)
    y = canvas.height - text.HEIGHT_PX
    if not is_set:
        text.draw(canvas, _MARGIN, y - text.HEIGHT_PX, b"Clock not set", ACCENT)
        text.draw(canvas, _MARGIN, y, b"Time since power-up", DIM)
        return
    if talk is None:
        text.draw(canvas, _MARGIN, y, b"No more talks today", DIM)
        return
    line.start(b"now")
    if wait_min > 0:
        line.start(b"in ")
        if wait_min >= 60:
            line.number(wait_min // 60)
            line.put(b" h ")
        line.number(wait_min % 60)
        line.put(b" min")
    x = text.draw(canvas, _MARGIN, y - text.HEIGHT_PX, line.data, TEXT)
    text.cut(canvas, x + 8, y - text.HEIGHT_PX, talk.room, canvas.width - _MARGIN, DIM)
    text.cut(canvas, _MARGIN, y, talk.title, canvas.width - _MARGIN, TEXT)
