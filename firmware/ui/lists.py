"""The menu and the info screen: lines one below the other."""

from micropython import const

from firmware.core.state import MENU
from firmware.ui import text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, INK, TEXT

# menu: height of a row, of the foot; info: heading's top, first line's top, height of a line, lines
_LAYOUTS = (bytes((27, 22, 3, 25, 18, 6)), bytes((13, 11, 0, 10, 11, 5)))
_BAR_PLACE = const(1)


def draw(canvas, state):
    """Draw what has changed."""
    row_px, foot_px, head_top, y, line_px, lines = _LAYOUTS[canvas.size]
    is_fresh = canvas.start(state.screen, BLUE)
    if state.screen == MENU:
        if is_fresh:
            text.draw(canvas, canvas.margin, canvas.height - text.height_px, b"B: next    hold B: choose", DIM)
        _draw_menu(canvas, state, row_px, (canvas.height - foot_px) // row_px)
        return
    if is_fresh:
        text.draw(canvas, canvas.margin, head_top, b"Info", ACCENT)
    for index in range(min(lines, len(state.info_lines))):
        words = state.info_lines[index]
        if canvas.is_new(1 + index, words):
            _draw_info(canvas, y, line_px, words)
        y += line_px


def _draw_menu(canvas, state, row_px, rows):
    """The chosen entry is inverted and always in sight."""
    margin = canvas.margin
    items = state.menu_items
    first = max(0, min(state.menu_index - rows // 2, len(items) - rows))
    for row in range(rows):
        index = first + row
        item = items[index] if index < len(items) else b""
        is_chosen = index == state.menu_index
        place = _BAR_PLACE + 1 + 2 * row
        if canvas.is_new(place, item) | canvas.is_new(place + 1, is_chosen):
            end_x = canvas.width - 8
            y = row * row_px
            canvas.box(0, y, end_x, row_px, ACCENT if is_chosen else BACKGROUND)
            y += (row_px - text.height_px + 1) // 2
            text.cut(canvas, margin, y, item, end_x - margin, INK if is_chosen else TEXT)
    bar = first * 256 + len(items) if len(items) > rows else 0
    if canvas.is_new(_BAR_PLACE, bar):
        height = rows * row_px - 4
        x = canvas.width - 5
        canvas.box(x, 2, 4, height)
        if bar:
            canvas.frame.vline(x + 2, 2, height, DIM)
            canvas.frame.fill_rect(x, 2 + height * first // len(items), 4, height * rows // len(items), DIM)


def _draw_info(canvas, y, line_px, words):
    """A line is a label, and behind a colon its value."""
    canvas.box(0, y + 2, canvas.width, min(line_px, canvas.height - y - 2))  # not the tails of the line above
    colon = words.find(b": ")
    x = canvas.margin
    if colon >= 0:
        x = text.draw(canvas, x, y, words, DIM, 0, colon) + 6
        colon += 2
    text.cut(canvas, x, y, words, canvas.width - 2, TEXT, max(0, colon))
