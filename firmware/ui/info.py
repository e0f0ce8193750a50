"""The info screen: firmware, board, journal, link and heap, one line each."""

from firmware.ui import text
from firmware.ui.canvas import ACCENT, BLUE, DIM, TEXT

# heading's top, first line's top, height of a line, lines
_LAYOUTS = (bytes((3, 25, 18, 6)), bytes((0, 10, 11, 5)))


def draw(canvas, state):
    """Draw what has changed. A line is a label, and behind a colon its value."""
    head_top, y, line_px, lines = _LAYOUTS[canvas.size]
    if canvas.start(0, BLUE):
        text.draw(canvas, canvas.margin, head_top, b"Info", ACCENT)
    for index in range(min(lines, len(state.info_lines))):
        words = state.info_lines[index]
        if canvas.is_new(1 + index, words):
            canvas.box(0, y + 2, canvas.width, min(line_px, canvas.height - y - 2))  # not the tails of the line above
            colon = words.find(b": ")
            x = canvas.margin
            if colon >= 0:
                x = text.draw(canvas, x, y, words, DIM, 0, colon) + 6
                colon += 2
            text.cut(canvas, x, y, words, canvas.width - 2, TEXT, max(0, colon))
        y += line_px
