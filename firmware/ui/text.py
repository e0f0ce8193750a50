"""Text in Latin-1: two bitmap faces, and a buffer in which a screen writes a line without allocating.

`clapmark.build_fonts` describes how a face is packed.
"""

import framebuf
from micropython import const

from firmware.ui import text_font, title_font

_GLYPH_ROWS = const(24)
_CLEAR = const(16)  # no role: the colour that is not drawn
_PAIR = const(255)

_rows = bytearray(2 * _GLYPH_ROWS)
_wide = framebuf.FrameBuffer(_rows, 16, _GLYPH_ROWS, framebuf.MONO_HLSB)
_narrow = framebuf.FrameBuffer(_rows, 8, _GLYPH_ROWS, framebuf.MONO_HLSB)
_colours = bytearray([_CLEAR, 0])
_palette = framebuf.FrameBuffer(_colours, 2, 1, framebuf.GS8)

_ELLIPSIS = b"..."
_LOOSE_ENDS = b" .,:;-"  # not in front of dots


class Face:
    """A bitmap face. Texts are bytes, of which `data[start:end]` is meant; y is the top of the line."""

    def __init__(self, font):
        self.height_px = font.HEIGHT_PX
        self._index = font.INDEX
        self._rows = font.ROWS
        self._space_px = font.SPACE_PX

    def width(self, data, start, end):
        """Return the width of a text in pixels."""
        index = self._index
        width = 0
        while start < end:
            number = _number(data[start])
            width += self._space_px if number < 0 else index[number * 5 + 4] & 127
            start += 1
        return width

    def draw(self, canvas, x, y, data, start, end, role):
        """Draw a text; return the x behind it."""
        _colours[1] = role
        frame = canvas.frame
        index = self._index
        while start < end:
            number = _number(data[start])
            start += 1
            if number < 0:
                x += self._space_px
                continue
            entry = number * 5
            if index[entry + 2] == _PAIR:
                self._draw_glyph(frame, x, y, index[entry] * 5)
                self._draw_glyph(frame, x + index[entry + 3] - 8, y, index[entry + 1] * 5)
            else:
                self._draw_glyph(frame, x, y, entry)
            x += index[entry + 4] & 127
        return x

    def line(self, canvas, x, y, data, role):
        """Draw a whole text; return the x behind it."""
        return self.draw(canvas, x, y, data, 0, len(data), role)

    def right(self, canvas, x, y, data, end, role):
        """Draw `data[:end]` so that it ends at x; return the x where it begins."""
        x -= self.width(data, 0, end)
        self.draw(canvas, x, y, data, 0, end, role)
        return x

    def cut(self, canvas, x, y, data, start, width_px, role):
        """Draw what fits of `data[start:]`, with dots where something is left out.

        It is cut at a word, unless that would leave more than a third of the line empty.
        """
        end = len(data)
        if self.width(data, start, end) > width_px:
            width_px -= self.width(_ELLIPSIS, 0, 3)
            end = self.fit(data, start, width_px)
            used_px = self.width(data, start, end)
            if used_px < width_px * 2 // 3:
                while used_px <= width_px:
                    end += 1
                    used_px = self.width(data, start, end)
                end -= 1
            while end > start and data[end - 1] in _LOOSE_ENDS:
                end -= 1
            x = self.draw(canvas, x, y, data, start, end, role)
            return self.draw(canvas, x, y, _ELLIPSIS, 0, 3, role)
        return self.draw(canvas, x, y, data, start, end, role)

    def fit(self, data, start, width_px):
        """Return the end of the longest run of words from `start` that fits; a word too wide for a line is broken."""
        index = self._index
        length = len(data)
        end = start  # behind the last word that fits
        position = start
        while position < length:
            code = data[position]
            number = _number(code)
            if number < 0 and position > start:
                end = position
            width_px -= self._space_px if number < 0 else index[number * 5 + 4] & 127
            if width_px < 0:
                return end if end > start else max(position, start + 1)
            position += 1
            if code == 0x2D and position < length:  # a hyphen may end a line
                end = position
        return length

    def wrap(self, canvas, x, y, data, width_px, lines, role):
        """Draw a text on up to `lines` lines, broken at words, the last one cut; return the y below it."""
        start = 0
        length = len(data)
        while start < length:
            lines -= 1
            if not lines:
                self.cut(canvas, x, y, data, start, width_px, role)
                return y + self.height_px
            end = self.fit(data, start, width_px)
            self.draw(canvas, x, y, data, start, end, role)
            y += self.height_px
            start = end
            while start < length and data[start] == 0x20:
                start += 1
        return y

    def _draw_glyph(self, frame, x, y, entry):
        index = self._index
        source = self._rows
        target = _rows
        second = index[entry + 1]
        position = index[entry] | (second & 15) << 8
        count = index[entry + 2]
        top = index[entry + 3]
        glyph = _narrow
        if index[entry + 4] & 128:
            glyph = _wide
            count *= 2
            top *= 2
        glyph.fill(0)
        end = position + count
        while position < end:
            target[top] = source[position]
            position += 1
            top += 1
        frame.blit(glyph, x + (second >> 4) - 4, y, _CLEAR, _palette)


def _number(code):
    """Return a character's number in the faces, or -1 for a space and for what cannot be shown."""
    if 33 <= code <= 126:
        return code - 33
    if code >= 161:
        return code - 67
    return -1


class Line:
    """A text that is put together anew for every drawing: `data[:length]`. What does not fit is left out."""

    def __init__(self, capacity=64):
        self.data = bytearray(capacity)
        self.length = 0

    def clear(self):
        """Start again."""
        self.length = 0

    def put(self, text):
        """Append bytes."""
        data = self.data
        length = self.length
        for byte in text:
            if length == len(data):
                break
            data[length] = byte
            length += 1
        self.length = length

    def number(self, value, digits=1):
        """Append an integer from 0, with at least so many digits."""
        limit = 10
        while limit <= value or digits > 1:
            limit *= 10
            digits -= 1
        while limit > 1 and self.length < len(self.data):
            limit //= 10
            self.data[self.length] = 0x30 + value // limit % 10
            self.length += 1


TEXT_FACE = Face(text_font)
TITLE_FACE = Face(title_font)
