"""What a press did, over the whole screen, for one glance: saved, passage, new tag, taken back, NOT SAVED."""

from firmware.core.state import FLASH_NOT_SAVED, FLASH_PASSAGE, FLASH_RETAGGED, FLASH_UNDONE
from firmware.ui import digits, text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, GREEN, INK, RED, TEXT

# number's top, size of number and tag, tag's top, tail of the letter Q, height of the stripes, size of NOT SAVED
_LAYOUTS = (bytes((9, 44, 62, 4, 14, 56)), bytes((2, 22, 27, 2, 5, 26)))

# by the numbers in core.state
WORDS = (b"", b"Saved", b"NOT SAVED", b"New tag", b"Taken back", b"Passage")
_HINTS = (b"", b"B: next tag    hold B: undo", b"", b"B: next tag", b"", b"Let go where it ends")


def start_number(state):
    """Begin the line with "#3"."""
    text.line.start(b"#")
    text.line.number(state.flash_number)


def draw(canvas, state):
    """Draw what `state.flash` says."""
    number_top, size_px, tag_top, tail_px, stripes_px, warning_px = _LAYOUTS[canvas.size]
    flash = state.flash
    width = canvas.width
    margin = canvas.margin
    paper = BACKGROUND if flash == FLASH_UNDONE else ACCENT
    accent = RED if flash == FLASH_NOT_SAVED else BLUE if flash == FLASH_RETAGGED else GREEN
    is_new = canvas.start(-flash, accent, paper)
    if flash == FLASH_NOT_SAVED:
        if canvas.is_new(1, state.flash_reason):
            _draw_not_saved(canvas, stripes_px, warning_px, state.flash_reason)
        return
    ink = TEXT if flash == FLASH_UNDONE else INK
    quiet = DIM if flash == FLASH_UNDONE else INK
    if canvas.is_new(1, state.flash_number):
        canvas.box(0, number_top, width // 2, size_px, paper)
        start_number(state)
        x = digits.draw(canvas, margin, number_top, text.line.data, size_px, ink, paper)
        if flash == FLASH_UNDONE:
            canvas.frame.fill_rect(margin - 2, number_top + size_px // 2 - 2, x - margin + 4, size_px // 8, ink)
    if canvas.is_new(2, state.flash_tag):
        tag = state.flash_tag
        canvas.box(0, tag_top, width, size_px + tail_px, paper)
        fitting_px = digits.fit(tag, width - 2 * margin, size_px)
        if fitting_px:
            digits.draw(canvas, margin, tag_top, tag, fitting_px, quiet, paper)
        else:
            text.cut(canvas, margin, tag_top, tag, width - margin, quiet)
    if is_new:
        text.right(canvas, width - margin, number_top - 3, WORDS[flash], quiet)
        text.draw(canvas, margin, canvas.height - text.height_px - 1, _HINTS[flash], quiet)
        if flash == FLASH_PASSAGE:
            canvas.stripes(0, 0, stripes_px // 3)


def _draw_not_saved(canvas, stripes_px, size_px, reason):
    canvas.box(0, 0, canvas.width, canvas.height, ACCENT)
    canvas.stripes(0, 0, stripes_px)
    canvas.stripes(0, canvas.height - stripes_px, stripes_px)
    word = WORDS[FLASH_NOT_SAVED]
    size_px = digits.fit(word, canvas.width - 2 * canvas.margin, size_px)
    y = stripes_px + stripes_px // 2
    digits.draw(canvas, (canvas.width - digits.width(word, size_px)) // 2, y, word, size_px, INK, ACCENT)
    text.wrap(canvas, y + size_px + stripes_px // 2, reason, 2, INK)
