"""The fault screen: what broke, and that the journal is safe."""

from micropython import const

from firmware.ui import text
from firmware.ui.canvas import ACCENT, DIM, INK, RED, TEXT

_MARGIN = const(8)
_BAND_PX = const(26)
_SAFE_PX = const(42)


def draw(canvas, state):
    """Draw what has changed: one fault at a time, the newest."""
    y = canvas.height - _SAFE_PX
    if canvas.start(0, RED):
        canvas.box(0, 0, canvas.width, _BAND_PX, ACCENT)
        canvas.stripes(text.draw(canvas, _MARGIN, 3, b"Fault", INK) + 10, 0, _BAND_PX)
        text.draw(canvas, _MARGIN, y, b"Your bookmarks are safe.", TEXT)
        text.draw(canvas, _MARGIN, y + text.HEIGHT_PX, b"Button A still marks.", TEXT)
    if canvas.is_new(1, state.fault):
        canvas.box(0, _BAND_PX, canvas.width, y - _BAND_PX)
        text.wrap(canvas, _BAND_PX + 5, state.fault, 3, DIM)
