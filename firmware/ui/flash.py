"""What a press did, over the whole screen, for one glance: saved, passage, new tag, taken back, NOT SAVED."""

from micropython import const

from firmware.core.state import FLASH_NOT_SAVED, FLASH_PASSAGE, FLASH_RETAGGED, FLASH_SAVED, FLASH_UNDONE
from firmware.ui import digits
from firmware.ui.canvas import ACCENT, ALARM, BACKGROUND, DIM, INK, SAVED, TEXT
from firmware.ui.text import TEXT_FACE, TITLE_FACE, Line

_MARGIN = const(10)
_TOP = const(9)
_NUMBER_PX = const(44)
_TAG_TOP = const(62)
_TAG_PX = const(44)
_STRIPES_PX = const(14)

_line = Line(48)


def write_number(state):
    """Return the line that holds "#3"."""
    _line.clear()
    _line.put(b"#")
    _line.number(state.flash_number)
    return _line


def draw(canvas, state):
    """Draw what `state.flash` says, on everything."""
    flash = state.flash
    if flash == FLASH_NOT_SAVED:
        _draw_not_saved(canvas, state)
    elif flash == FLASH_UNDONE:
        _draw_mark(canvas, state, b"Taken back", b"", BACKGROUND, TEXT, DIM)
    elif flash == FLASH_PASSAGE:
        _draw_mark(canvas, state, b"Passage", b"Let go where it ends", SAVED, INK, INK)
        canvas.stripes(0, 0, canvas.width, 5, INK)
    elif flash == FLASH_RETAGGED:
        _draw_mark(canvas, state, b"New tag", b"B: next tag", ACCENT, INK, INK)
    elif flash == FLASH_SAVED:
        _draw_mark(canvas, state, b"Saved", b"B: next tag    hold B: undo", SAVED, INK, INK)


def _draw_mark(canvas, state, word, hint, paper, ink, quiet):
    width = canvas.width
    canvas.clear(paper)
    line = write_number(state)
    top = _TOP
    x = digits.draw(canvas, _MARGIN - 2, top, line.data, 0, line.length, _NUMBER_PX, ink, paper)
    if state.flash == FLASH_UNDONE:
        canvas.frame.fill_rect(_MARGIN - 4, top + _NUMBER_PX // 2 - 2, x - _MARGIN + 6, 5, ink)
    TITLE_FACE.right(canvas, width - _MARGIN, top - 3, word, len(word), quiet)
    tag = state.flash_tag
    if digits.can_show(tag):
        size_px = digits.size_to_fit(tag, width - 2 * _MARGIN, _TAG_PX)
        digits.line(canvas, _MARGIN - 1, _TAG_TOP, tag, size_px, quiet, paper)
    else:
        TITLE_FACE.cut(canvas, _MARGIN, _TAG_TOP, tag, 0, width - 2 * _MARGIN, quiet)
    TEXT_FACE.line(canvas, _MARGIN, canvas.height - TEXT_FACE.height_px - 1, hint, quiet)


def _draw_not_saved(canvas, state):
    width = canvas.width
    height = canvas.height
    canvas.clear(ALARM)
    canvas.stripes(0, 0, width, _STRIPES_PX, INK)
    canvas.stripes(0, height - _STRIPES_PX, width, _STRIPES_PX, INK)
    word = b"NOT SAVED"
    size_px = digits.size_to_fit(word, width - 2 * _MARGIN, 56)
    x = (width - digits.width(word, 0, len(word), size_px)) // 2
    digits.line(canvas, x, _STRIPES_PX + 7, word, size_px, INK, ALARM)
    y = _STRIPES_PX + 7 + size_px + 4
    TITLE_FACE.wrap(canvas, _MARGIN, y, state.flash_reason, width - 2 * _MARGIN, 2, INK)
