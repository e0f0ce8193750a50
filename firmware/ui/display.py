"""From state to pixels: picks the screen, has it draw what changed, and sends only that to the panel."""

from firmware.ui.canvas import PALETTE, Canvas
from firmware.ui.clock import ClockScreen
from firmware.ui.countdown import CountdownScreen
from firmware.ui.fault import FaultScreen
from firmware.ui.info import InfoScreen
from firmware.ui.menu import MenuScreen
from firmware.ui.note import NoteScreen


class Display:
    """The screens on one panel.

    A panel has `width`, `height`, `format` (a framebuf format: GS4_HMSB, or a MONO one), `set_palette(rgb)`, `init()`,
    `on()` and `show(frame, x, y, width, height)`.
    """

    def __init__(self, panel):
        self._panel = panel
        self._canvas = Canvas(panel.width, panel.height, panel.format)
        # in the order of the screen numbers in core.state
        self._screens = (NoteScreen(), CountdownScreen(), ClockScreen(), MenuScreen(), InfoScreen(), FaultScreen())
        self._shown = -1
        panel.set_palette(PALETTE)
        panel.init()

    def refresh(self, state):
        """Bring the panel up to date with `state`. Sends at most one frame; a countdown's tick allocates nothing."""
        canvas = self._canvas
        number = state.screen
        screen = self._screens[number]
        if number == self._shown:
            screen.update(canvas, state)
        else:
            screen.draw(canvas, state)
        canvas.flush(self._panel)
        if self._shown < 0:
            self._panel.on()  # not before: the controller's memory begins with snow
        self._shown = number

    def picture(self):
        """Return the picture as (buffer, width, height, palette).

        The buffer is the live one: colour numbers of four bits, two per byte, the left one high. The palette holds
        red, green and blue of the 16 numbers.
        """
        canvas = self._canvas
        return canvas.buffer, canvas.width, canvas.height, PALETTE
