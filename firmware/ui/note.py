"""The note screen: the talk that bookmarks go to, how long it runs, how many there are, and the next tag."""

from micropython import const

from firmware.core.state import FLASH_NONE, UNKNOWN
from firmware.ui import digits, flash, text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, INK, RED, TEXT
from firmware.ui.text import line

_MARGIN = const(8)
_TITLE_TOP = const(25)
_FOOT_PX = const(36)
_COUNT_PX = const(24)
_PILL_PX = const(24)
_WARN_PERCENT = const(90)


def draw(canvas, state):
    """Draw what has changed."""
    if state.flash != FLASH_NONE:
        flash.draw(canvas, state)
        return
    talk = state.talk
    elapsed_min = state.elapsed_min(talk)
    percent = state.journal_percent if state.journal_percent >= _WARN_PERCENT else 0
    foot = canvas.height - _FOOT_PX
    accent = RED if percent else BLUE
    if canvas.start(accent, accent):
        canvas.frame.hline(_MARGIN, foot, canvas.width - 2 * _MARGIN, DIM)
    if canvas.is_new(1, talk) | canvas.is_new(2, elapsed_min) | canvas.is_new(3, percent):
        _draw_head(canvas, talk, elapsed_min, percent)
    if canvas.is_new(4, talk):
        canvas.box(0, _TITLE_TOP, canvas.width, foot - _TITLE_TOP)
        if talk is None:
            text.draw(canvas, _MARGIN, _TITLE_TOP + 8, b"No talk", TEXT)
            text.wrap(canvas, _TITLE_TOP + 32, b"Bookmarks are saved all the same.", 2, DIM)
        else:
            y = text.wrap(canvas, _TITLE_TOP, talk.title or talk.id, 3, TEXT)
            if y < _TITLE_TOP + 3 * text.HEIGHT_PX:
                text.cut(canvas, _MARGIN, y, talk.speaker, canvas.width - _MARGIN, DIM)
    if canvas.is_new(5, state.bookmark_count):
        canvas.box(0, foot + 1, canvas.width // 2, _FOOT_PX - 1)
        colour = TEXT if state.bookmark_count else DIM
        line.start(b"")
        line.number(state.bookmark_count)
        x = digits.draw(canvas, _MARGIN - 1, foot + 7, line.data, _COUNT_PX, colour, BACKGROUND)
        text.draw(canvas, x + 5, foot + 14, b"mark" if state.bookmark_count == 1 else b"marks", DIM)
    if canvas.is_new(6, state.tag):
        _draw_tag(canvas, foot + 6, state.tag)


def _draw_head(canvas, talk, elapsed_min, percent):
    canvas.box(0, 0, canvas.width, _TITLE_TOP)
    line.start(b"")
    if elapsed_min != UNKNOWN:
        if elapsed_min < 0:
            line.put(b"in ")
        line.number(abs(elapsed_min))
        if elapsed_min >= 0 < talk.length_min:
            line.put(b" of ")
            line.number(talk.length_min)
        line.put(b" min")
    x = text.right(canvas, canvas.width - _MARGIN, 3, line.data, DIM)
    if percent:
        line.start(b"Journal ")
        line.number(percent)
        line.put(b" % full")
        text.draw(canvas, _MARGIN, 3, line.data, ACCENT)
    elif talk is not None:
        text.cut(canvas, _MARGIN, 3, talk.room, x - _MARGIN, DIM)


def _draw_tag(canvas, y, tag):
    width = canvas.width // 2
    canvas.box(width, y, width, _PILL_PX)
    width = text.width(tag) + 16
    x = canvas.width - _MARGIN - width
    # corners of one pixel less
    canvas.frame.fill_rect(x, y + 1, width, _PILL_PX - 2, ACCENT)
    canvas.frame.fill_rect(x + 1, y, width - 2, _PILL_PX, ACCENT)
    text.draw(canvas, x + 8, y + 2, tag, INK)
