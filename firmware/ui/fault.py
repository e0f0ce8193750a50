"""The fault screen: what broke, and that the journal is safe. It is also all that safe mode shows."""

from firmware.ui import text
from firmware.ui.canvas import ACCENT, DIM, INK, RED, TEXT

# height of the band, top of its word, lines of what broke
_LAYOUTS = (bytes((26, 3, 3)), bytes((11, 0, 2)))


def draw(canvas, state):
    """Draw what has changed: one fault at a time, the newest."""
    band_px, word_top, lines = _LAYOUTS[canvas.size]
    margin = canvas.margin
    y = canvas.height - 2 * text.height_px - 2
    if canvas.start(0, RED):
        canvas.box(0, 0, canvas.width, band_px, ACCENT)
        marks = not state.is_safe_mode
        canvas.stripes(text.draw(canvas, margin, word_top, b"Fault" if marks else b"Safe mode", INK) + 10, 0, band_px)
        text.draw(canvas, margin, y, b"Your bookmarks are safe.", TEXT)
        last = b"Button A still marks." if marks else b"Button A does not mark."
        text.draw(canvas, margin, y + text.height_px, last, TEXT)
    if canvas.is_new(1, state.fault):
        canvas.box(0, band_px, canvas.width, y - band_px)
        text.wrap(canvas, band_px + (y - band_px - lines * text.height_px) // 2, state.fault, lines, DIM)
