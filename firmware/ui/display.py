"""From state to pixels: picks the screen, has it draw what changed, and sends only that to the panel."""

from firmware.ui import clock, countdown, fault, info, menu, note
from firmware.ui.canvas import Canvas

_SCREENS = (note, countdown, clock, menu, info, fault)  # in the order of the screen numbers in core.state


class Display:
    """The screens on one panel.

    A panel has `width`, `height`, `format` (framebuf.GS2_HMSB, or a MONO one), `set_palette(rgb)` for the four colours,
    `init(frame)`, which wakes it with that picture, and `show(frame, x, y, width, height)`.
    """

    def __init__(self, panel):
        self._panel = panel
        self._canvas = Canvas(panel)
        self._screen = -1
        panel.init(self._canvas.frame)

    def refresh(self, state):
        """Bring the panel up to date with `state`. Sends at most one frame; allocates nothing."""
        canvas = self._canvas
        if state.screen != self._screen:
            self._screen = state.screen
            canvas.shown[0] = ...
        _SCREENS[state.screen].draw(canvas, state)
        canvas.flush(self._panel)

    def picture(self):
        """Return the picture as (buffer, width, height, palette).

        The buffer is the live one: colour numbers of two bits, four per byte, the left one low. The palette holds
        red, green and blue of the four numbers.
        """
        canvas = self._canvas
        return canvas.buffer, canvas.width, canvas.height, canvas.palette
