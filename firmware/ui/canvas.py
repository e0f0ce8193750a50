"""The picture that the screens draw: four colours at a time, and the dirty rectangles.

A screen is one function that runs at every refresh. Each of its parts is drawn where `is_new` says that it shows
something else than before. On a panel of one colour every number but BACKGROUND is lit, so colour alone must
not carry meaning, and text on a filled field is drawn in INK.

Each screen has a layout for large panels (240 x 135) and one for small panels (128 x 64), some numbers of pixels each.
"""

from array import array

import framebuf
from micropython import const

BACKGROUND = const(0)
INK = const(0)  # on a field
TEXT = const(1)
DIM = const(2)  # what can wait
ACCENT = const(3)  # the colour of the moment, one of those below

# a countdown's stages come first, by their numbers in core.countdown
GREEN = const(0)
RED = const(3)
BLUE = const(9)

# red, green, blue
_PALETTE = b"\x00\x00\x00\xff\xff\xff\xa0\xac\xb8\x00\x00\x00"
_ACCENTS = (
    b"\x4c\xe0\x78\xff\xd6\x0a\xff\x9f\x0a\xff\x45\x3a\xff\x6e\xb4"  # running, one finger, two fingers, applause, over
    b"\x9d\xb4\xff\x4c\xe0\x78\xa0\xac\xb8\xff\x45\x3a\x5a\xc8\xfa"  # paused, ready, stopped, not saved; blue
)

_LARGE_PX = const(200)
_PLACES = const(19)
_RECTANGLES = const(16)


class Canvas:
    """A frame buffer that remembers what it shows. Nothing here allocates after the start."""

    def __init__(self, panel):
        self.width = width = panel.width
        self.height = height = panel.height
        self.size = 0 if width >= _LARGE_PX else 1  # which row of the screens' layouts is for this panel
        self.margin = 8 if width >= _LARGE_PX else 2
        is_mono = panel.format == framebuf.MONO_VLSB
        bits = 1 if is_mono else 2
        self._page_px = 8 if is_mono else 1  # such a panel takes whole bytes, which are pixels below each other
        self.buffer = bytearray(width * ((height + 7) // 8) * bits)
        self.frame = framebuf.FrameBuffer(self.buffer, width, height, panel.format)
        self.palette = bytearray(_PALETTE)
        self.shown = [...] * _PLACES  # what stands at each place; `...` is nothing that a screen shows
        self.changed = array("h", bytearray(8 * _RECTANGLES))  # left, top, right, bottom (both beyond) of each
        self.changed_end = 0

    def is_new(self, place, value):
        """Return whether something else than `value` stands at `place`, and remember it. 0 is `start`'s place."""
        if self.shown[place] == value:
            return False
        self.shown[place] = value
        return True

    def start(self, look, accent, paper=BACKGROUND):
        """Unless the canvas has this look already, clear it, so that all places are new; return whether it was.

        A change of colours changes every pixel, so it comes with another `look`, any number.
        """
        if not self.is_new(0, look):
            return False
        for place in range(1, _PLACES):
            self.shown[place] = ...
        for part in range(3):
            self.palette[9 + part] = _ACCENTS[3 * accent + part]
        self.changed_end = 0
        self.box(0, 0, self.width, self.height, paper)
        return True

    def box(self, x, y, width, height, colour=BACKGROUND):
        """Fill a rectangle, and have it sent with what is drawn on it."""
        self.frame.fill_rect(x, y, width, height, colour)
        self.mark(x, y, width, height)

    def stripes(self, x, y, height):
        """Draw diagonal stripes on a field, to the right edge: a warning that needs no colour."""
        for row in range(height):
            for left in range(x + row % 16 - 16, self.width, 16):
                self.frame.hline(max(x, left), y + row, left + 8 - max(x, left), INK)

    def mark(self, x, y, width, height):
        """Mark a rectangle as dirty. It must be within the canvas."""
        changed = self.changed
        page_px = self._page_px
        right = x + width
        bottom = min(y + height + -(y + height) % page_px, self.height)
        y -= y % page_px
        area = width * (bottom - y)
        at = 0
        while at < self.changed_end:
            left = changed[at]
            top = changed[at + 1]
            area_there = (changed[at + 2] - left) * (changed[at + 3] - top)
            is_last = at == len(changed) - 4  # no room: it grows
            left = min(left, x)
            top = min(top, y)
            end_x = max(changed[at + 2], right)
            end_y = max(changed[at + 3], bottom)
            if (end_x - left) * (end_y - top) <= area + area_there or is_last:
                changed[at] = left
                changed[at + 1] = top
                changed[at + 2] = end_x
                changed[at + 3] = end_y
                return
            at += 4
        changed[at] = x
        changed[at + 1] = y
        changed[at + 2] = right
        changed[at + 3] = bottom
        self.changed_end = at + 4

    def flush(self, panel):
        """Send what has changed to the panel."""
        changed = self.changed
        if self.changed_end:
            panel.set_palette(self.palette)
        for at in range(0, self.changed_end, 4):
            x = changed[at]
            y = changed[at + 1]
            panel.show(self.frame, x, y, changed[at + 2] - x, changed[at + 3] - y)
        self.changed_end = 0
