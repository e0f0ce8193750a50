"""The countdown: the time left as large as the panel allows, the stage, and who speaks.

The stages differ in colour, and without it in words, in bars beside the word (one finger, two fingers), by inversion
(two fingers, applause) and stripes (applause, overtime).
"""

from micropython import const

from firmware.core import countdown as core
from firmware.core.state import FLASH_NONE, FLASH_NOT_SAVED, FLASH_PASSAGE, FLASH_RETAGGED, FLASH_UNDONE
from firmware.ui import digits, flash
from firmware.ui.canvas import (
    ACCENT,
    ALARM,
    BACKGROUND,
    DIM,
    FAINT,
    INK,
    PAUSED,
    SAVED,
    STAGE_APPLAUSE,
    STAGE_ONE_FINGER,
    STAGE_OVERTIME,
    STAGE_RUNNING,
    STAGE_TWO_FINGER,
    TEXT,
)
from firmware.ui.text import TEXT_FACE, TITLE_FACE, Line

_MARGIN = const(8)
_BAND_PX = const(21)
_BAR_TOP = const(23)  # the progress bar
_BAR_PX = const(3)
_DIGITS_TOP = const(27)
_DIGITS_PX = const(88)
_FOOT_TOP = const(116)

_WORDS = (b"RUNNING", b"ONE FINGER", b"TWO FINGERS", b"APPLAUSE", b"OVERTIME")
_ROLES = (STAGE_RUNNING, STAGE_ONE_FINGER, STAGE_TWO_FINGER, STAGE_APPLAUSE, STAGE_OVERTIME)

# tuples that are not of constants would be built, and allocate, at every use
_UNDER_WAY = (core.RUNNING, core.PAUSED)
_INVERTED = (core.STAGE_TWO_FINGER, core.STAGE_APPLAUSE)
_STRIPED = (core.STAGE_APPLAUSE, core.STAGE_OVERTIME)

_line = Line(48)


class CountdownScreen:
    """Remembers what it shows; a tick draws only the digits that differ, and allocates nothing."""

    def __init__(self):
        self._time = digits.Time()
        self._state = 0
        self._stage = 0
        self._seconds = 0
        self._bar_px = 0
        self._talk = None
        self._preset = b""
        self._silent = False
        self._flash = FLASH_NONE
        self._flash_number = 0
        self._flash_tag = b""

    def draw(self, canvas, state):
        """Draw everything."""
        countdown = state.countdown
        stage = countdown.stage(state.now_ms)
        self._state = countdown.state
        self._stage = stage
        self._preset = state.preset
        self._silent = state.silent
        self._talk = state.talk
        paper = self._paper()
        canvas.clear(paper)
        self._draw_band(canvas, state)
        self._seconds = seconds = countdown.shown_seconds(state.now_ms)
        ink = self._ink()
        is_over = seconds < 0
        self._time.draw(
            canvas, 2, _DIGITS_TOP, canvas.width - 4, _DIGITS_PX, -seconds if is_over else seconds, is_over, ink, paper
        )
        self._bar_px = 0
        self._draw_bar(canvas, state, True)
        self._draw_foot(canvas, state)

    def update(self, canvas, state):
        """Draw what has changed."""
        countdown = state.countdown
        now_ms = state.now_ms
        if (
            countdown.stage(now_ms) != self._stage
            or countdown.state != self._state
            or state.preset != self._preset
            or state.silent != self._silent
        ):
            self.draw(canvas, state)
            return
        seconds = countdown.shown_seconds(now_ms)
        if seconds != self._seconds:
            was_over = self._seconds < 0
            self._seconds = seconds
            is_over = seconds < 0
            if was_over != is_over or not self._time.update(
                canvas, _DIGITS_TOP, -seconds if is_over else seconds, is_over, self._ink(), self._paper()
            ):
                self.draw(canvas, state)
                return
        self._draw_bar(canvas, state, False)
        if (
            state.flash != self._flash
            or state.flash_number != self._flash_number
            or state.flash_tag != self._flash_tag
            or state.talk is not self._talk
        ):
            self._talk = state.talk
            if self._flash == FLASH_NOT_SAVED or state.flash == FLASH_NOT_SAVED:  # noqa: PLR1714  no tuple
                self._draw_band(canvas, state)
            self._draw_foot(canvas, state)

    def _paper(self):
        """Return the role behind the digits."""
        if self._state in _UNDER_WAY and self._stage in _INVERTED:
            return _ROLES[self._stage]
        return BACKGROUND

    def _ink(self):
        if self._paper() != BACKGROUND:
            return INK
        if self._state == core.PAUSED:
            return DIM
        if self._state == core.RUNNING and self._stage != core.STAGE_RUNNING:
            return _ROLES[self._stage]
        return TEXT

    def _draw_band(self, canvas, state):
        width = canvas.width
        stage = self._stage
        if state.flash == FLASH_NOT_SAVED:
            word = b"NOT SAVED"
            paper = ALARM
            ink = INK
        elif self._state == core.READY:
            word = b"READY"
            paper = BACKGROUND
            ink = STAGE_RUNNING
        elif self._state == core.ENDED:
            word = b"STOPPED"
            paper = BACKGROUND
            ink = DIM
        elif self._state == core.PAUSED:
            word = b"PAUSED"
            paper = PAUSED
            ink = INK
        elif stage == core.STAGE_RUNNING:
            word = _WORDS[stage]
            paper = BACKGROUND
            ink = STAGE_RUNNING
        else:
            word = _WORDS[stage]
            paper = _ROLES[stage]
            ink = INK
        canvas.box(0, 0, width, _BAND_PX, paper)
        x = TITLE_FACE.line(canvas, _MARGIN, -1, word, ink) + 8
        if state.flash == FLASH_NOT_SAVED:
            canvas.stripes(x, 0, width - x, _BAND_PX, ink)
            return
        if self._state == core.PAUSED:
            x = _bars(canvas, x, 2, ink)
        elif self._state == core.RUNNING:
            if stage == core.STAGE_ONE_FINGER:
                x = _bars(canvas, x, 1, ink)
            elif stage == core.STAGE_TWO_FINGER:
                x = _bars(canvas, x, 2, ink)
            elif stage in _STRIPED:
                canvas.stripes(x, 0, width - x, _BAND_PX, ink)
                return
        _line.clear()
        if state.silent:
            _line.put(b"silent  ")
        _line.put(state.preset)
        if TEXT_FACE.width(_line.data, 0, _line.length) <= width - _MARGIN - x:
            role = DIM if paper == BACKGROUND else ink
            TEXT_FACE.right(canvas, width - _MARGIN, 1, _line.data, _line.length, role)

    def _draw_bar(self, canvas, state, whole):
        """Draw the share of the time that is left, or of its change what is needed."""
        width = canvas.width - 2 * _MARGIN
        countdown = state.countdown
        left_ms = countdown.remaining_ms(state.now_ms)
        planned_s = countdown.planned_ms // 1000
        bar_px = 0
        if left_ms > 0:
            bar_px = width if planned_s <= 0 else min(width, (left_ms // 1000) * width // planned_s)
        if self._paper() != BACKGROUND:
            if whole:
                canvas.frame.hline(0, _BAND_PX, canvas.width, INK)
            return
        if whole:
            canvas.frame.fill_rect(_MARGIN, _BAR_TOP, width, _BAR_PX, FAINT)
            canvas.frame.fill_rect(_MARGIN, _BAR_TOP, bar_px, _BAR_PX, _ROLES[self._stage])
        elif bar_px < self._bar_px:
            canvas.box(_MARGIN + bar_px, _BAR_TOP, self._bar_px - bar_px, _BAR_PX, FAINT)
        elif bar_px > self._bar_px:
            canvas.box(_MARGIN + self._bar_px, _BAR_TOP, bar_px - self._bar_px, _BAR_PX, _ROLES[self._stage])
        self._bar_px = bar_px

    def _draw_foot(self, canvas, state):
        self._flash = state.flash
        self._flash_number = state.flash_number
        self._flash_tag = state.flash_tag
        width = canvas.width
        height = canvas.height - _FOOT_TOP
        if state.flash == FLASH_NONE:
            paper = self._paper()
            canvas.box(0, _FOOT_TOP, width, height, paper)
            self._draw_talk(canvas, state.talk, paper)
            return
        paper = SAVED
        if state.flash == FLASH_NOT_SAVED:
            paper = ALARM
        elif state.flash == FLASH_RETAGGED:
            paper = ACCENT
        elif state.flash == FLASH_UNDONE:
            paper = DIM
        canvas.box(0, _FOOT_TOP, width, height, paper)
        canvas.frame.hline(0, _FOOT_TOP, width, INK)
        y = canvas.height - TEXT_FACE.height_px
        if state.flash == FLASH_NOT_SAVED:
            TEXT_FACE.cut(canvas, _MARGIN, y, state.flash_reason, 0, width - 2 * _MARGIN, INK)
            return
        line = flash.write_number(state)
        line.put(b" ")
        line.put(state.flash_tag)
        x = TITLE_FACE.draw(canvas, _MARGIN, y - 2, line.data, 0, line.length, INK) + 8
        word = b"saved"
        if state.flash == FLASH_PASSAGE:
            word = b"passage"
        elif state.flash == FLASH_RETAGGED:
            word = b"new tag"
        elif state.flash == FLASH_UNDONE:
            word = b"taken back"
        TEXT_FACE.line(canvas, x, y, word, INK)

    def _draw_talk(self, canvas, talk, paper):
        if talk is None:
            return
        width = canvas.width - 2 * _MARGIN
        y = canvas.height - TEXT_FACE.height_px
        is_plain = paper == BACKGROUND
        name = talk.speaker
        x = _MARGIN
        if name:
            name_px = TEXT_FACE.width(name, 0, len(name))
            if name_px > width * 2 // 3:
                TEXT_FACE.cut(canvas, x, y, name, 0, width, TEXT if is_plain else INK)
                return
            x = TEXT_FACE.line(canvas, x, y, name, TEXT if is_plain else INK) + 8
        TEXT_FACE.cut(canvas, x, y, talk.title, 0, _MARGIN + width - x, DIM if is_plain else INK)


def _bars(canvas, x, count, ink):
    """Draw fingers held up: an upright bar with a round top each. Return the x behind them."""
    frame = canvas.frame
    while count:
        frame.fill_rect(x + 1, 3, 4, 1, ink)
        frame.fill_rect(x, 4, 6, 13, ink)
        x += 10
        count -= 1
    return x
