"""The menu: entries one below the other, the chosen one inverted."""

from micropython import const

from firmware.ui.canvas import ACCENT, DIM, FAINT, INK, TEXT
from firmware.ui.text import TEXT_FACE, TITLE_FACE

_MARGIN = const(8)
_ROW_PX = const(27)
_FOOT_PX = const(22)
_HINT = b"B: next    hold B: choose"


class MenuScreen:
    """Keeps the chosen entry in sight."""

    def __init__(self):
        self._items = ()
        self._index = 0
        self._first = 0

    def draw(self, canvas, state):
        """Draw everything."""
        self._items = items = state.menu_items
        self._index = index = state.menu_index
        rows = (canvas.height - _FOOT_PX) // _ROW_PX
        self._first = max(0, min(index - rows // 2, len(items) - rows))
        canvas.clear()
        row = 0
        while row < rows and self._first + row < len(items):
            self._draw_row(canvas, self._first + row)
            row += 1
        if len(items) > rows:
            height = rows * _ROW_PX - 4
            x = canvas.width - 4
            canvas.frame.fill_rect(x, 2, 2, height, FAINT)
            canvas.frame.fill_rect(x - 1, 2 + height * self._first // len(items), 4, height * rows // len(items), DIM)
        TEXT_FACE.line(canvas, _MARGIN, canvas.height - TEXT_FACE.height_px, _HINT, DIM)

    def update(self, canvas, state):
        """Draw what has changed."""
        index = state.menu_index
        if state.menu_items is not self._items:
            self.draw(canvas, state)
        elif index != self._index:
            rows = (canvas.height - _FOOT_PX) // _ROW_PX
            if max(0, min(index - rows // 2, len(self._items) - rows)) != self._first:
                self.draw(canvas, state)
                return
            before = self._index
            self._index = index
            self._draw_row(canvas, before)
            self._draw_row(canvas, index)

    def _draw_row(self, canvas, index):
        y = (index - self._first) * _ROW_PX
        width = canvas.width - 8
        is_chosen = index == self._index
        canvas.box(0, y, width, _ROW_PX, ACCENT if is_chosen else 0)
        room_px = width - 2 * _MARGIN
        TITLE_FACE.cut(canvas, _MARGIN, y + 2, self._items[index], 0, room_px, INK if is_chosen else TEXT)
