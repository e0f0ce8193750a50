"""The info screen: firmware, board, journal, link and heap, one line each."""

from micropython import const

from firmware.ui.canvas import ACCENT, DIM, TEXT
from firmware.ui.text import TEXT_FACE, TITLE_FACE

_MARGIN = const(8)
_HEAD_PX = const(25)
_LINE_PX = const(18)


class InfoScreen:
    """A line is a label, and behind a colon or an equals sign its value."""

    def __init__(self):
        self._lines = ()

    def draw(self, canvas, state):
        """Draw everything."""
        self._lines = lines = state.info_lines
        canvas.clear()
        TITLE_FACE.line(canvas, _MARGIN, 1, b"Info", ACCENT)
        y = _HEAD_PX
        for line in lines:
            colon = line.find(b": ")
            x = _MARGIN
            if colon >= 0:
                x = TEXT_FACE.draw(canvas, x, y, line, 0, colon, DIM) + 6
                colon += 2
            else:
                colon = 0
            TEXT_FACE.cut(canvas, x, y, line, colon, canvas.width - x - 2, TEXT)
            y += _LINE_PX

    def update(self, canvas, state):
        """Draw what has changed."""
        if state.info_lines is not self._lines and state.info_lines != self._lines:
            self.draw(canvas, state)
