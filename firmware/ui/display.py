"""From state to pixels: picks the screen, draws what has changed, and sends only that to the panel."""

from micropython import const

from firmware.core.state import COUNTDOWN
from firmware.ui import fault, note, text
from firmware.ui.canvas import Canvas

# in the order of the screen numbers in core.state; those with a name are loaded when they are shown. The countdown's
# stays then, because a press or a cue may bring it back.
_SCREENS = (note, "countdown", "clock", "lists", "lists", fault)
_RETRY_MS = const(5000)


class Display:
    """The screens on one panel.

    A panel has `width`, `height`, `format` (framebuf.GS2_HMSB, or MONO_VLSB), `set_palette(rgb)` for the four colours,
    `init(frame)`, which wakes it with that picture, and `show(frame, x, y, width, height)`. Both raise OSError where it
    does not answer: then the screens are drawn all the same, for the link, and the panel is asked again now and then.
    """

    def __init__(self, panel):
        self._panel = panel
        self._canvas = canvas = Canvas(panel)
        self._screen = -1
        self._draw = None  # of the module of that screen
        self._draw_countdown = None
        self._retry_ms = 0
        self._is_answered = False  # by the panel, which sleeps
        if canvas.size:
            from firmware.ui import small_font

            text.use(small_font)
        else:
            from firmware.ui import text_font

            text.use(text_font)
        self._send(0)

    def refresh(self, state):
        """Update the panel from `state`. Sends at most one frame; allocates nothing."""
        canvas = self._canvas
        if state.screen != self._screen:
            self._screen = state.screen
            canvas.shown[0] = ...
            self._draw = self._draw_countdown if state.screen == COUNTDOWN else None
            if not self._draw:
                screen = _SCREENS[state.screen]
                if isinstance(screen, str):
                    screen = __import__("firmware.ui." + screen, None, None, ("draw",))
                self._draw = screen.draw
            if state.screen == COUNTDOWN:
                self._draw_countdown = self._draw
        self._draw(canvas, state)
        if self._is_answered or state.now_ms >= self._retry_ms:
            self._send(state.now_ms)
        state.panel_answers = self._is_answered

    def picture(self):
        """Return the picture as (frame, width, height, palette).

        The frame is the live FrameBuffer of colour numbers. The palette holds red, green and blue of the four numbers;
        a panel of one colour has the first two.
        """
        canvas = self._canvas
        return canvas.frame, canvas.width, canvas.height, canvas.palette

    def _send(self, now_ms):
        canvas = self._canvas
        try:
            if self._is_answered:
                canvas.flush(self._panel)
            else:
                self._panel.init(canvas.frame)
                canvas.changed_end = 0
            self._is_answered = True
        except OSError:
            self._is_answered = False
            self._retry_ms = now_ms + _RETRY_MS
