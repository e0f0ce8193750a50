"""The clock: local time, minutes to the next talk, battery, and what the laptop has not fetched yet."""

from micropython import const

from firmware.ui import digits, wall
from firmware.ui.canvas import ACCENT, ALARM, BACKGROUND, DIM, TEXT
from firmware.ui.text import TEXT_FACE, TITLE_FACE, Line

_MARGIN = const(8)
_DIGITS_TOP = const(27)
_DIGITS_PX = const(62)
_WHEN_TOP = const(95)
_LOW_PERCENT = const(20)
_WARN_PERCENT = const(90)

_line = Line(48)


class ClockScreen:
    """Shows whole minutes; drawn anew when one of its numbers changes."""

    def __init__(self):
        self._time = digits.Time()
        self._minute = 0
        self._wait_min = 0
        self._next = None
        self._unsynced = 0
        self._battery = 0
        self._percent = 0

    def draw(self, canvas, state):
        """Draw everything."""
        width = canvas.width
        is_set = state.utc_ms != 0
        self._minute = minute = _minute(state)
        self._next = talk = state.next_talk
        self._wait_min = wait_min = -wall.elapsed_min(state, talk)
        canvas.clear()
        self._draw_head(canvas, state)
        role = TEXT if is_set else DIM
        self._time.draw(canvas, 0, _DIGITS_TOP, width, _DIGITS_PX, minute, False, role, BACKGROUND)
        if not is_set:
            _centre(TITLE_FACE, canvas, _WHEN_TOP, b"Clock not set", ALARM)
            _centre(TEXT_FACE, canvas, canvas.height - 21, b"Time since power-up", DIM)
            return
        if talk is None:
            _centre(TEXT_FACE, canvas, canvas.height - 22, b"No more talks today", DIM)
            return
        _line.clear()
        if wait_min > 0:
            _line.put(b"in ")
            if wait_min >= 60:
                _line.number(wait_min // 60)
                _line.put(b" h ")
            _line.number(wait_min % 60)
            _line.put(b" min")
        else:
            _line.put(b"now")
        x = TITLE_FACE.draw(canvas, _MARGIN, _WHEN_TOP - 3, _line.data, 0, _line.length, ACCENT) + 8
        TEXT_FACE.cut(canvas, x, _WHEN_TOP - 1, talk.room, 0, width - x - _MARGIN, DIM)
        TEXT_FACE.cut(canvas, _MARGIN, canvas.height - 21, talk.title, 0, width - 2 * _MARGIN, TEXT)

    def update(self, canvas, state):
        """Draw what has changed."""
        if (
            _minute(state) != self._minute
            or state.next_talk is not self._next
            or -wall.elapsed_min(state, state.next_talk) != self._wait_min
        ):
            self.draw(canvas, state)
        elif (
            state.unsynced != self._unsynced
            or state.battery_percent != self._battery
            or state.journal_percent != self._percent
        ):
            self._draw_head(canvas, state)

    def _draw_head(self, canvas, state):
        self._unsynced = unsynced = state.unsynced
        self._battery = battery = state.battery_percent
        self._percent = percent = state.journal_percent
        right = canvas.width - _MARGIN
        canvas.box(0, 0, canvas.width, _DIGITS_TOP - 2)
        _line.clear()
        role = DIM
        if percent >= _WARN_PERCENT:
            _line.put(b"Journal ")
            _line.number(percent)
            _line.put(b" % full")
            role = ALARM
        elif unsynced:
            _line.number(unsynced)
            _line.put(b" to sync")
        else:
            _line.put(b"all synced")
        TEXT_FACE.draw(canvas, _MARGIN, 3, _line.data, 0, _line.length, role)
        if battery >= 0:
            role = ALARM if battery < _LOW_PERCENT else DIM
            frame = canvas.frame
            frame.rect(right - 26, 8, 24, 12, role)
            frame.fill_rect(right - 2, 11, 2, 6, role)
            frame.fill_rect(right - 24, 10, 20 * min(battery, 100) // 100, 8, role)
            _line.clear()
            _line.number(battery)
            _line.put(b" %")
            TEXT_FACE.right(canvas, right - 32, 3, _line.data, _line.length, role)


def _minute(state):
    """Return the minute of the local day, or of the uptime while the wall clock is not set."""
    minute = wall.day_minute(state)
    return state.now_ms // 60_000 if minute == wall.UNKNOWN else minute


def _centre(face, canvas, y, text, role):
    face.line(canvas, (canvas.width - face.width(text, 0, len(text))) // 2, y, text, role)
