"""The info screen: firmware, board, journal, link and heap, one line each."""

from micropython import const

from firmware.ui import text
from firmware.ui.canvas import ACCENT, BLUE, DIM, TEXT

_MARGIN = const(8)
_LINE_PX = const(18)
_LINES = const(6)


def draw(canvas, state):
    """Draw what has changed. A line is a label, and behind a colon its value."""
    if canvas.start(0, BLUE):
        text.draw(canvas, _MARGIN, 3, b"Info", ACCENT)
    y = 25
    for index in range(min(_LINES, len(state.info_lines))):
        words = state.info_lines[index]
        if canvas.is_new(1 + index, words):
            canvas.box(0, y + 2, canvas.width, _LINE_PX)  # not the tails of the line above
            colon = words.find(b": ")
            x = _MARGIN
            if colon >= 0:
                x = text.draw(canvas, x, y, words, DIM, 0, colon) + 6
                colon += 2
            text.cut(canvas, x, y, words, canvas.width - 2, TEXT, max(0, colon))
        y += _LINE_PX
