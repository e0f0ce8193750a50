"""The menu: entries one below the other, the chosen one inverted and always in sight."""

from micropython import const

from firmware.ui import text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, INK, TEXT

# height of a row, of the foot
_LAYOUTS = (bytes((27, 22)), bytes((13, 11)))
_BAR_PLACE = const(1)


def draw(canvas, state):
    """Draw what has changed."""
    row_px, foot_px = _LAYOUTS[canvas.size]
    margin = canvas.margin
    items = state.menu_items
    rows = (canvas.height - foot_px) // row_px
    first = max(0, min(state.menu_index - rows // 2, len(items) - rows))
    if canvas.start(0, BLUE):
        text.draw(canvas, margin, canvas.height - text.height_px, b"B: next    hold B: choose", DIM)
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
