"""The menu: entries one below the other, the chosen one inverted and always in sight."""

from micropython import const

from firmware.ui import text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, INK, TEXT

_MARGIN = const(8)
_ROW_PX = const(27)
_FOOT_PX = const(22)
_BAR_PLACE = const(1)


def draw(canvas, state):
    """Draw what has changed."""
    items = state.menu_items
    rows = (canvas.height - _FOOT_PX) // _ROW_PX
    first = max(0, min(state.menu_index - rows // 2, len(items) - rows))
    if canvas.start(0, BLUE):
        text.draw(canvas, _MARGIN, canvas.height - text.HEIGHT_PX, b"B: next    hold B: choose", DIM)
    for row in range(rows):
        index = first + row
        item = items[index] if index < len(items) else b""
        is_chosen = index == state.menu_index
        place = _BAR_PLACE + 1 + 2 * row
        if canvas.is_new(place, item) | canvas.is_new(place + 1, is_chosen):
            end_x = canvas.width - _MARGIN
            canvas.box(0, row * _ROW_PX, end_x, _ROW_PX, ACCENT if is_chosen else BACKGROUND)
            text.cut(canvas, _MARGIN, row * _ROW_PX + 4, item, end_x - _MARGIN, INK if is_chosen else TEXT)
    bar = first * 256 + len(items) if len(items) > rows else 0
    if canvas.is_new(_BAR_PLACE, bar):
        height = rows * _ROW_PX - 4
        x = canvas.width - 5
        canvas.box(x, 2, 4, height)
        if bar:
            canvas.frame.vline(x + 2, 2, height, DIM)
            canvas.frame.fill_rect(x, 2 + height * first // len(items), 4, height * rows // len(items), DIM)
