"""The fault screen: what failed, and that the journal is safe. Safe mode shows no other screen."""

from firmware.ui import text
from firmware.ui.canvas import ACCENT, DIM, INK, RED, TEXT


def draw(canvas, state):
    """Draw what has changed: one fault at a time, the newest."""
    margin = canvas.margin
    band_px = text.height_px + margin - 2
    y = canvas.height - 2 * text.height_px - 2
    if canvas.start(0, RED):
        canvas.box(0, 0, canvas.width, band_px, ACCENT)
        title = b"Safe mode" if state.is_safe_mode else b"Fault"
        canvas.stripes(text.draw(canvas, margin, margin // 2 - 1, title, INK) + 10, 0, band_px)
        text.draw(canvas, margin, y, b"Your bookmarks are safe.", TEXT)
        last = b"Button A still marks." if state.can_mark else b"Button A does not mark."
        text.draw(canvas, margin, y + text.height_px, last, TEXT)
    if canvas.is_new(1, state.fault):
        canvas.box(0, band_px, canvas.width, y - band_px)
        spare_px = (y - band_px) % text.height_px
        text.wrap(canvas, band_px + spare_px // 2, state.fault, (y - band_px) // text.height_px, DIM)
