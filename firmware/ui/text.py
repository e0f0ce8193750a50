"""Text in Latin-1, in the bitmap face that suits the panel; and a line that a screen puts together without allocating.

Texts are bytes, and end early at a zero byte; y is the top of the line. `tools.fonts.fonts` describes how a face is
packed.
"""

import framebuf
from micropython import const

_MOST_HEIGHT_PX = const(20)
_END = const(1 << 20)
_HYPHEN = const(0x2D)
_SPACE = const(0x20)
_ENTRY_BYTES = const(3)
_BLOCK_BYTES = const(48)  # of entries, between two of STARTS
_ACCENTS = const(190)  # where the accents begin
_PAIR = const(31)
_CLEAR = const(4)  # no colour: the one that is not drawn

# of the face in use; a device has one panel
INDEX = b""
STARTS = b""
ROWS = b""
height_px = 0

_pixels = bytearray(2 * _MOST_HEIGHT_PX)
_glyph = framebuf.FrameBuffer(_pixels, 16, _MOST_HEIGHT_PX, framebuf.MONO_HLSB)
_colours = bytearray((_CLEAR, 0))
_palette = framebuf.FrameBuffer(_colours, 2, 1, framebuf.GS8)


def use(face):
    """Draw with the face that is the module `face` from now on."""
    global INDEX, STARTS, ROWS, height_px
    INDEX = face.INDEX
    STARTS = face.STARTS
    ROWS = face.ROWS
    height_px = face.HEIGHT_PX


def width(data, start=0, end=_END):
    """Return the width of a text in pixels."""
    total = 0
    end = min(end, len(data))
    while start < end and data[start]:
        total += _advance(data[start])
        start += 1
    return total


def draw(canvas, x, y, data, colour, start=0, end=_END):
    """Draw a text; return the x behind it."""
    _colours[1] = colour
    end = min(end, len(data))
    while start < end and data[start]:
        entry = _entry(data[start])
        if INDEX[entry + 1] == _PAIR:
            accent = INDEX[entry]
            entry = INDEX[entry + 2] * _ENTRY_BYTES
            _draw_glyph(canvas.frame, x, y, entry)
            _draw_glyph(canvas.frame, x + (accent & 15) - 8, y, ((accent >> 4) + _ACCENTS) * _ENTRY_BYTES)
        else:
            _draw_glyph(canvas.frame, x, y, entry)
        x += INDEX[entry + 2] & 31
        start += 1
    return x


def right(canvas, x, y, data, colour):
    """Draw a text so that it ends at x; return the x where it begins."""
    x -= width(data)
    draw(canvas, x, y, data, colour)
    return x


def cut(canvas, x, y, data, end_x, colour, start=0):
    """Draw what fits of `data[start:]` left of `end_x`, with dots where something is left out.

    It is cut at a word, unless that would leave more than a third of the line empty.
    """
    width_px = end_x - x
    if width(data, start) <= width_px:
        return draw(canvas, x, y, data, colour, start)
    width_px -= width(b"...")
    end = fit(data, start, width_px)
    if width(data, start, end) < width_px * 2 // 3:
        while width(data, start, end + 1) <= width_px:
            end += 1
    while end > start and data[end - 1] in b" .,:;-":  # not in front of dots
        end -= 1
    return draw(canvas, draw(canvas, x, y, data, colour, start, end), y, b"...", colour)


def fit(data, start, width_px):
    """Return the end of the longest run of words from `start` that fits; a word too wide for a line is broken."""
    end = start  # behind the last word that fits
    position = start
    while position < len(data):
        code = data[position]
        if code == _SPACE and position > start:
            end = position
        width_px -= _advance(code)
        if width_px < 0:
            return end if end > start else max(position, start + 1)
        position += 1
        if code == _HYPHEN:
            end = position
    return position


def wrap(canvas, y, data, lines, colour):
    """Draw a text on up to `lines` lines, broken at words, the last one cut; return the y below it."""
    start = 0
    x = canvas.margin
    end_x = canvas.width - x
    while start < len(data):
        lines -= 1
        if not lines:
            cut(canvas, x, y, data, end_x, colour, start)
            return y + height_px
        end = fit(data, start, end_x - x)
        draw(canvas, x, y, data, colour, start, end)
        y += height_px
        start = end
        while start < len(data) and data[start] == _SPACE:
            start += 1
    return y


def _entry(code):
    """Return where a character's entry begins; what cannot be shown is a space."""
    if _SPACE < code < 127:
        return (code - _SPACE) * _ENTRY_BYTES
    return (code - 66) * _ENTRY_BYTES if code > 160 else 0


def _advance(code):
    entry = _entry(code)
    if INDEX[entry + 1] == _PAIR:
        entry = INDEX[entry + 2] * _ENTRY_BYTES
    return INDEX[entry + 2] & 31


def _draw_glyph(frame, x, y, entry):
    index = INDEX
    source = ROWS
    target = _pixels
    at = entry // _BLOCK_BYTES
    position = STARTS[2 * at] | STARTS[2 * at + 1] << 8
    at *= _BLOCK_BYTES
    while at < entry:
        rows = index[at + 1]
        if rows != _PAIR:
            position += ((index[at] >> 4) + 1) * rows + 7 >> 3
        at += _ENTRY_BYTES
    rows = index[entry + 1]
    at = index[entry]
    width_px = (at >> 4) + 1
    at = (at & 15) * 2
    _glyph.fill(0)
    mask = (1 << width_px) - 1
    bits = count = 0
    while rows:
        while count < width_px:
            bits = (bits & 0xFFFF) << 8 | source[position]
            position += 1
            count += 8
        count -= width_px
        row = (bits >> count & mask) << 16 - width_px
        target[at] = row >> 8
        target[at + 1] = row & 255
        at += 2
        rows -= 1
    frame.blit(_glyph, x + (index[entry + 2] >> 6), y, _CLEAR, _palette)


class Line:
    """A text that is composed again for every drawing, in `data`. What does not fit is left out."""

    def __init__(self):
        self.data = bytearray(48)
        self.length = 0

    def start(self, text):
        """Begin with bytes."""
        self.length = 0
        self.data[0] = 0
        self.put(text)

    def put(self, text):
        """Append bytes."""
        for code in text:
            self._append(code)

    def number(self, value, digits=1):
        """Append an integer from 0, with at least so many digits."""
        limit = 10
        while limit <= value or digits > 1:
            limit *= 10
            digits -= 1
        while limit > 1:
            limit //= 10
            self._append(0x30 + value // limit % 10)

    def percent(self, label, value):
        """Begin with a label and a share of a hundred."""
        self.start(label)
        self.number(value)
        self.put(b" %")

    def _append(self, code):
        if self.length < len(self.data) - 1:
            self.data[self.length] = code
            self.length += 1
            self.data[self.length] = 0


line = Line()
