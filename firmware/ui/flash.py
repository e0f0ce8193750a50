"""What a press did, over the whole screen, for one glance: saved, passage, new tag, taken back, NOT SAVED."""

from micropython import const

from firmware.core.state import FLASH_NOT_SAVED, FLASH_PASSAGE, FLASH_RETAGGED, FLASH_UNDONE
from firmware.ui import digits, text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, GREEN, INK, RED, TEXT

_MARGIN = const(8)
_NUMBER_TOP = const(9)
_NUMBER_PX = const(44)
_TAG_TOP = const(62)
_TAG_PX = const(44)
_TAIL_PX = const(4)  # of the letter Q
_STRIPES_PX = const(14)

# by the numbers in core.state
WORDS = (b"", b"Saved", b"NOT SAVED", b"New tag", b"Taken back", b"Passage")
_HINTS = (b"", b"B: next tag    hold B: undo", b"", b"B: next tag", b"", b"Let go where it ends")


def start_number(state):
    """Begin the line with "#3"."""
    text.line.start(b"#")
    text.line.number(state.flash_number)


def draw(canvas, state):
    """Draw what `state.flash` says."""
    flash = state.flash
    width = canvas.width
    paper = BACKGROUND if flash == FLASH_UNDONE else ACCENT
    accent = RED if flash == FLASH_NOT_SAVED else BLUE if flash == FLASH_RETAGGED else GREEN
    is_new = canvas.start(-flash, accent, paper)
    if flash == FLASH_NOT_SAVED:
        if canvas.is_new(1, state.flash_reason):
            _draw_not_saved(canvas, state.flash_reason)
        return
    ink = TEXT if flash == FLASH_UNDONE else INK
    quiet = DIM if flash == FLASH_UNDONE else INK
    if canvas.is_new(1, state.flash_number):
        canvas.box(0, _NUMBER_TOP, width // 2, _NUMBER_PX, paper)
        start_number(state)
        x = digits.draw(canvas, _MARGIN - 2, _NUMBER_TOP, text.line.data, _NUMBER_PX, ink, paper)
        if flash == FLASH_UNDONE:
            canvas.frame.fill_rect(_MARGIN - 4, _NUMBER_TOP + _NUMBER_PX // 2 - 2, x - _MARGIN + 6, 5, ink)
    if canvas.is_new(2, state.flash_tag):
        tag = state.flash_tag
        canvas.box(0, _TAG_TOP, width, _TAG_PX + _TAIL_PX, paper)
        size_px = digits.fit(tag, width - 2 * _MARGIN, _TAG_PX)
        if size_px:
            digits.draw(canvas, _MARGIN - 1, _TAG_TOP, tag, size_px, quiet, paper)
        else:
            text.cut(canvas, _MARGIN, _TAG_TOP, tag, width - _MARGIN, quiet)
    if is_new:
        text.right(canvas, width - _MARGIN, _NUMBER_TOP - 3, WORDS[flash], quiet)
        text.draw(canvas, _MARGIN, canvas.height - text.HEIGHT_PX - 1, _HINTS[flash], quiet)
        if flash == FLASH_PASSAGE:
            canvas.stripes(0, 0, 5)


def _draw_not_saved(canvas, reason):
    canvas.box(0, 0, canvas.width, canvas.height, ACCENT)
    canvas.stripes(0, 0, _STRIPES_PX)
    canvas.stripes(0, canvas.height - _STRIPES_PX, _STRIPES_PX)
    word = WORDS[FLASH_NOT_SAVED]
    size_px = digits.fit(word, canvas.width - 2 * _MARGIN, 56)
    digits.draw(canvas, (canvas.width - digits.width(word, size_px)) // 2, _STRIPES_PX + 7, word, size_px, INK, ACCENT)
    text.wrap(canvas, _STRIPES_PX + 15 + size_px, reason, 2, INK)
