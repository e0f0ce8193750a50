"""The display face: capitals and digits as polygons, at any size; and a time whose changed digits alone are drawn anew.

`clapmark.build_fonts` describes how the face is packed.
"""

from array import array

from micropython import const

from firmware.ui.display_font import CHANGES, HEIGHT_PX, INDEX, MOST_POINTS, OUTLINES, TOP_PX

_MISSING = const(0xFFFF)
_SPACE = const(22)  # advances at full size
_COLON = const(0x3A)
_PLUS = const(0x2B)
_ZERO = const(0x30)
_CELLS = const(8)

# framebuf.poly takes a whole array: spare points repeat the last one, and a small array is faster
_few = array("h", bytearray(4 * 20))
_some = array("h", bytearray(4 * 48))
_many = array("h", bytearray(4 * MOST_POINTS))


def width(data, start, end, size_px):
    """Return the width of a text with capitals `size_px` high."""
    total = 0
    while start < end:
        total += _advance(data[start], size_px)
        start += 1
    return total


def size_to_fit(data, width_px, largest_px):
    """Return the size, `largest_px` or less, at which a text is at most `width_px` wide."""
    size_px = largest_px
    while size_px > 8 and width(data, 0, len(data), size_px) > width_px:
        size_px -= 1
    return size_px


def draw(canvas, x, y, data, start, end, size_px, role, paper):
    """Draw a text, small letters as capitals; y is the top of the capitals. Return the x behind it."""
    while start < end:
        _draw_glyph(canvas.frame, x, y, data[start], size_px, role, paper)
        x += _advance(data[start], size_px)
        start += 1
    return x


def can_show(data):
    """Return whether the face has all characters of a text."""
    for code in data:  # noqa: SIM110  a generator would allocate
        if code != 0x20 and _at(code) < 0:
            return False
    return True


def line(canvas, x, y, data, size_px, role, paper):
    """Draw a whole text; return the x behind it."""
    return draw(canvas, x, y, data, 0, len(data), size_px, role, paper)


def _at(code):
    """Return where a character's outline begins, or -1 for a space and for what the face has not."""
    if 97 <= code <= 122:
        code -= 32
    index = (code - 33) * 2
    if 0 <= index < len(INDEX):
        at = INDEX[index] | INDEX[index + 1] << 8
        if at != _MISSING:
            return at
    return -1


def _advance(code, size_px):
    at = _at(code)
    return ((_SPACE if at < 0 else OUTLINES[at]) * size_px + HEIGHT_PX // 2) // HEIGHT_PX


def _draw_glyph(frame, x, y, code, size_px, role, paper):
    at = _at(code)
    if at < 0:
        return
    outlines = OUTLINES
    polygons = outlines[at + 1]
    at += 2
    while polygons:
        count = outlines[at] & 127
        ink = paper if outlines[at] & 128 else role
        at += 1
        points = _few if count <= 20 else _some if count <= 48 else _many
        used = count * 2
        position = 0
        while position < used:
            horizontal = outlines[at]
            vertical = outlines[at + 1] - TOP_PX
            if size_px != HEIGHT_PX:
                horizontal = (horizontal * size_px + HEIGHT_PX // 2) // HEIGHT_PX
                vertical = (vertical * size_px + HEIGHT_PX // 2) // HEIGHT_PX
            points[position] = horizontal
            points[position + 1] = vertical
            position += 2
            at += 2
        while position < len(points):
            points[position] = horizontal
            points[position + 1] = vertical
            position += 2
        frame.poly(x, y, points, ink, True)
        polygons -= 1


class Time:
    """A time in large digits, minutes and seconds or hours and minutes, in the middle of an area."""

    def __init__(self):
        self._cells = bytearray(_CELLS)
        self._wanted = bytearray(_CELLS)
        self._length = 0
        self._wanted_length = 0
        self._left = 0
        self._size_px = 0

    def draw(self, canvas, x, y, area_width, size_px, seconds, sign, role, paper):
        """Draw on a box that the caller has just drawn; the size shrinks where the text is too wide."""
        self._write(seconds, sign)
        wanted = self._wanted
        length = self._wanted_length
        while width(wanted, 0, length, size_px) > area_width:
            size_px -= 1
        self._left = x + (area_width - width(wanted, 0, length, size_px)) // 2
        self._size_px = size_px
        self._length = length
        draw(canvas, self._left, y, wanted, 0, length, size_px, role, paper)
        self._keep()

    def update(self, canvas, y, seconds, sign, role, paper):
        """Draw and mark the digits that differ; return False, with nothing drawn, where their number differs."""
        self._write(seconds, sign)
        if self._wanted_length != self._length:
            return False
        cells = self._cells
        wanted = self._wanted
        size_px = self._size_px
        x = self._left
        index = 0
        while index < self._length:
            code = wanted[index]
            advance = _advance(code, size_px)
            if code != cells[index]:
                canvas.frame.fill_rect(x, y, advance, size_px, paper)
                _draw_glyph(canvas.frame, x, y, code, size_px, role, paper)
                if size_px != HEIGHT_PX or not _mark_changes(canvas, x, y, cells[index] - _ZERO, code - _ZERO):
                    canvas.mark(x, y, advance, size_px)
            x += advance
            index += 1
        self._keep()
        return True

    def _write(self, seconds, sign):
        wanted = self._wanted
        length = 0
        if sign:
            wanted[0] = _PLUS
            length = 1
        minutes = seconds // 60
        limit = 10
        while limit <= minutes:
            limit *= 10
        while limit > 1 and length < _CELLS - 3:
            limit //= 10
            wanted[length] = _ZERO + minutes // limit % 10
            length += 1
        seconds %= 60
        wanted[length] = _COLON
        wanted[length + 1] = _ZERO + seconds // 10
        wanted[length + 2] = _ZERO + seconds % 10
        self._wanted_length = length + 3

    def _keep(self):
        index = 0
        while index < self._length:
            self._cells[index] = self._wanted[index]
            index += 1


def _mark_changes(canvas, x, y, before, after):
    """Mark the pixels that change between two digits at full size; return False where the pair is not in the table."""
    changes = CHANGES
    at = 0
    while at < len(changes):
        end = at + 3 + changes[at + 2] * 4
        first = changes[at]
        second = changes[at + 1]
        if (first == before and second == after) or (first == after and second == before):
            at += 3
            while at < end:
                canvas.mark(x + changes[at], y + changes[at + 1] - TOP_PX, changes[at + 2], changes[at + 3])
                at += 4
            return True
        at = end
    return False
