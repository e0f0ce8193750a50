"""The picture that the screens draw: one frame buffer of colour roles, and which rectangles of it have changed.

A role says what a colour is for; the palette says how it looks. On a panel of one colour every role but BACKGROUND is
lit, so nothing may be told by its colour alone, and what stands on a filled field is drawn in INK.
"""

from array import array

import framebuf
from micropython import const

BACKGROUND = const(0)
INK = const(0)  # text on a field
TEXT = const(1)
DIM = const(2)  # what can wait
FAINT = const(3)  # lines and empty bars
ACCENT = const(4)  # tags, choices
SAVED = const(5)
ALARM = const(6)
STAGE_RUNNING = const(7)
STAGE_ONE_FINGER = const(8)
STAGE_TWO_FINGER = const(9)
STAGE_APPLAUSE = const(10)
STAGE_OVERTIME = const(11)
PAUSED = const(12)

# red, green, blue of the 16 roles
PALETTE = (
    b"\x00\x00\x00\xff\xff\xff\xa0\xac\xb8\x3c\x44\x4e"
    b"\x5a\xc8\xfa\x4c\xe0\x78\xff\x45\x3a\x4c\xe0\x78"
    b"\xff\xd6\x0a\xff\x9f\x0a\xff\x45\x3a\xff\x6e\xb4"
    b"\x9d\xb4\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

_RECTANGLES = const(36)  # four digits of eight each, and some
_MERGE_PX = const(8)  # two rectangles become one where that sends at most so many pixels more: each has its own cost


class Canvas:
    """A frame buffer with its changed rectangles. Only `clear` and `box` mark what they draw on as changed.

    So text and figures go onto a box that was just drawn, or the caller marks them. Nothing here allocates after the
    start.
    """

    def __init__(self, width, height, buffer_format):
        self.width = width
        self.height = height
        size = width * ((height + 7) // 8) if buffer_format == framebuf.MONO_VLSB else (width + 1) // 2 * height
        self.buffer = bytearray(size)
        self.frame = framebuf.FrameBuffer(self.buffer, width, height, buffer_format)
        self.changed = array("h", bytearray(8 * _RECTANGLES))  # left, top, right, bottom (both beyond) of each
        self.changed_count = 0

    def clear(self, role=BACKGROUND):
        """Fill everything."""
        self.frame.fill(role)
        self.changed_count = 0
        self.mark(0, 0, self.width, self.height)

    def box(self, x, y, width, height, role=BACKGROUND):
        """Fill a rectangle."""
        self.frame.fill_rect(x, y, width, height, role)
        self.mark(x, y, width, height)

    def stripes(self, x, y, width, height, role):
        """Draw diagonal stripes on a box: a warning that needs no colour."""
        frame = self.frame
        right = x + width
        row = 0
        while row < height:
            start = x - 16 + (row % 16)
            while start < right:
                left = x if start < x else start
                end = right if start + 8 > right else start + 8
                if end > left:
                    frame.hline(left, y + row, end - left, role)
                start += 16
            row += 1

    def mark(self, x, y, width, height):
        """Say that a rectangle has changed; what lies outside the canvas is cut off."""
        right = x + width
        bottom = y + height
        x = max(x, 0)
        y = max(y, 0)
        right = min(right, self.width)
        bottom = min(bottom, self.height)
        if x >= right or y >= bottom:
            return
        rectangles = self.changed
        limit_px = _MERGE_PX
        while True:
            best = -1
            best_px = limit_px + 1
            index = 0
            while index < self.changed_count:
                more_px = self._more_px(index * 4, x, y, right, bottom)
                if more_px < best_px:
                    best = index
                    best_px = more_px
                index += 1
            if best < 0:
                if self.changed_count < _RECTANGLES:
                    break
                limit_px = self.width * self.height  # no room: merge at any price
                continue
            # take the other rectangle in, and look again whether the larger one meets a third
            limit_px = _MERGE_PX
            at = best * 4
            x = min(x, rectangles[at])
            y = min(y, rectangles[at + 1])
            right = max(right, rectangles[at + 2])
            bottom = max(bottom, rectangles[at + 3])
            self.changed_count -= 1
            self._move(self.changed_count * 4, at)
        at = self.changed_count * 4
        rectangles[at] = x
        rectangles[at + 1] = y
        rectangles[at + 2] = right
        rectangles[at + 3] = bottom
        self.changed_count += 1

    def flush(self, panel):
        """Send what has changed to the panel."""
        rectangles = self.changed
        at = 0
        end = self.changed_count * 4
        while at < end:
            x = rectangles[at]
            y = rectangles[at + 1]
            panel.show(self.frame, x, y, rectangles[at + 2] - x, rectangles[at + 3] - y)
            at += 4
        self.changed_count = 0

    def _more_px(self, at, left, top, right, bottom):
        """Return how many pixels more one rectangle sends than the two, below zero where they overlap."""
        rectangles = self.changed
        other_left = rectangles[at]
        other_top = rectangles[at + 1]
        other_right = rectangles[at + 2]
        other_bottom = rectangles[at + 3]
        apart_px = (right - left) * (bottom - top) + (other_right - other_left) * (other_bottom - other_top)
        width = max(right, other_right) - min(left, other_left)
        return width * (max(bottom, other_bottom) - min(top, other_top)) - apart_px

    def _move(self, start, to):
        rectangles = self.changed
        rectangles[to] = rectangles[start]
        rectangles[to + 1] = rectangles[start + 1]
        rectangles[to + 2] = rectangles[start + 2]
        rectangles[to + 3] = rectangles[start + 3]
