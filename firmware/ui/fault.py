"""The fault screen: what broke, and that the journal is safe."""

from micropython import const

from firmware.ui.canvas import ALARM, INK, SAVED, TEXT
from firmware.ui.text import TEXT_FACE, TITLE_FACE

_MARGIN = const(8)
_BAND_PX = const(26)
_LINES = const(3)
_SAFE = (b"Your bookmarks are safe.", b"Button A still marks.")


class FaultScreen:
    """One fault at a time: the newest."""

    def __init__(self):
        self._fault = b""

    def draw(self, canvas, state):
        """Draw everything."""
        self._fault = fault = state.fault
        width = canvas.width
        canvas.clear()
        canvas.box(0, 0, width, _BAND_PX, ALARM)
        x = TITLE_FACE.line(canvas, _MARGIN, 1, b"Fault", INK)
        canvas.stripes(x + 10, 0, width - x - 10, _BAND_PX, INK)
        TEXT_FACE.wrap(canvas, _MARGIN, _BAND_PX + 5, fault, width - 2 * _MARGIN, _LINES, TEXT)
        y = canvas.height - 42
        canvas.frame.fill_rect(0, y, 4, 42, SAVED)
        for text in _SAFE:
            TEXT_FACE.line(canvas, _MARGIN + 2, y, text, SAVED)
            y += TEXT_FACE.height_px

    def update(self, canvas, state):
        """Draw what has changed."""
        if state.fault != self._fault:
            self.draw(canvas, state)
