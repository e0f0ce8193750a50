"""The note screen: the talk that bookmarks go to, how long it runs, how many there are, and the next tag."""

from micropython import const

from firmware.core.state import FLASH_NONE
from firmware.ui import digits, flash, wall
from firmware.ui.canvas import ACCENT, ALARM, BACKGROUND, DIM, FAINT, INK, TEXT
from firmware.ui.text import TEXT_FACE, TITLE_FACE, Line

_MARGIN = const(8)
_TITLE_TOP = const(23)
_TITLE_LINES = const(3)
_FOOT_PX = const(36)
_COUNT_PX = const(24)
_PILL_PX = const(26)
_WARN_PERCENT = const(90)

_line = Line(48)


class NoteScreen:
    """Remembers what it shows, so that `update` draws only what differs."""

    def __init__(self):
        self._talk = None
        self._flash = FLASH_NONE
        self._flash_number = 0
        self._flash_tag = b""
        self._elapsed_min = 0
        self._percent = 0
        self._count = 0
        self._tag = b""

    def draw(self, canvas, state):
        """Draw everything."""
        self._flash = state.flash
        self._flash_number = state.flash_number
        self._flash_tag = state.flash_tag
        if state.flash != FLASH_NONE:
            flash.draw(canvas, state)
            return
        canvas.clear()
        self._talk = state.talk
        self._draw_head(canvas, state)
        self._draw_title(canvas, state.talk)
        canvas.frame.hline(_MARGIN, canvas.height - _FOOT_PX, canvas.width - 2 * _MARGIN, FAINT)
        self._draw_count(canvas, state)
        self._draw_tag(canvas, state)

    def update(self, canvas, state):
        """Draw what has changed."""
        if (
            state.flash != self._flash
            or state.flash_number != self._flash_number
            or state.flash_tag != self._flash_tag
            or state.talk is not self._talk
        ):
            self.draw(canvas, state)
            return
        if state.flash != FLASH_NONE:
            return
        if wall.elapsed_min(state, state.talk) != self._elapsed_min or _warning(state) != self._percent:
            self._draw_head(canvas, state)
        if state.bookmark_count != self._count:
            self._draw_count(canvas, state)
        if state.tag != self._tag:
            self._draw_tag(canvas, state)

    def _draw_head(self, canvas, state):
        width = canvas.width
        talk = state.talk
        canvas.box(0, 0, width, _TITLE_TOP)
        self._elapsed_min = elapsed = wall.elapsed_min(state, talk)
        self._percent = _warning(state)
        right = width - _MARGIN
        _line.clear()
        length = wall.length_min(talk)
        if elapsed >= 0:
            _line.number(elapsed)
            if length > 0:
                _line.put(b" of ")
                _line.number(length)
            _line.put(b" min")
        elif elapsed != wall.UNKNOWN:
            _line.put(b"in ")
            _line.number(-elapsed)
            _line.put(b" min")
        right = TEXT_FACE.right(canvas, right, 3, _line.data, _line.length, DIM) - _MARGIN
        if self._percent:
            _line.clear()
            _line.put(b"Journal ")
            _line.number(self._percent)
            _line.put(b" % full")
            TEXT_FACE.draw(canvas, _MARGIN, 3, _line.data, 0, _line.length, ALARM)
        elif talk is not None:
            TEXT_FACE.cut(canvas, _MARGIN, 3, talk.room, 0, right - _MARGIN, DIM)

    def _draw_title(self, canvas, talk):
        width = canvas.width - 2 * _MARGIN
        if talk is None:
            y = TITLE_FACE.wrap(canvas, _MARGIN, _TITLE_TOP + 8, b"No talk", width, 1, TEXT)
            TEXT_FACE.wrap(canvas, _MARGIN, y + 2, b"Bookmarks are saved all the same.", width, 2, DIM)
        else:
            y = TITLE_FACE.wrap(canvas, _MARGIN, _TITLE_TOP, talk.title or talk.id, width, _TITLE_LINES, TEXT)
            if y < _TITLE_TOP + _TITLE_LINES * TITLE_FACE.height_px:
                TEXT_FACE.cut(canvas, _MARGIN, y + 1, talk.speaker, 0, width, DIM)

    def _draw_count(self, canvas, state):
        self._count = count = state.bookmark_count
        y = canvas.height - _FOOT_PX + 1
        canvas.box(0, y, canvas.width // 2, _FOOT_PX - 1)
        _line.clear()
        _line.number(count)
        role = TEXT if count else DIM
        x = digits.draw(canvas, _MARGIN - 1, y + 6, _line.data, 0, _line.length, _COUNT_PX, role, BACKGROUND)
        TEXT_FACE.line(canvas, x + 5, y + 13, b"mark" if count == 1 else b"marks", DIM)

    def _draw_tag(self, canvas, state):
        self._tag = tag = state.tag
        x = canvas.width // 2
        y = canvas.height - _FOOT_PX + 1
        canvas.box(x, y, canvas.width - x, _FOOT_PX - 1)
        width = TITLE_FACE.width(tag, 0, len(tag)) + 16
        x = canvas.width - _MARGIN - width
        y += 5
        canvas.frame.fill_rect(x, y, width, _PILL_PX, ACCENT)
        # corners of one pixel less
        canvas.frame.vline(x, y, _PILL_PX, BACKGROUND)
        canvas.frame.vline(x, y + 1, _PILL_PX - 2, ACCENT)
        canvas.frame.vline(x + width - 1, y, _PILL_PX, BACKGROUND)
        canvas.frame.vline(x + width - 1, y + 1, _PILL_PX - 2, ACCENT)
        TITLE_FACE.line(canvas, x + 8, y + 1, tag, INK)


def _warning(state):
    return state.journal_percent if state.journal_percent >= _WARN_PERCENT else 0
