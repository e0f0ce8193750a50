"""The display face: capitals and digits as polygons, at any size; and a time that redraws only its changed digits.

Texts are bytes, and end early at a zero byte. `tools.fonts.fonts` describes how the face is packed.
"""

from array import array

from micropython import const

from firmware.ui.display_font import CHANGES, INDEX, OUTLINES
from firmware.ui.text import line

_FACE_PX = const(88)  # the size of the outlines
_FEW_POINTS = const(18)
_MOST_POINTS = const(60)
_MISSING = const(0xFFFF)
_SPACE = const(0x20)
_SPACE_PX = const(22)
_ZERO = const(0x30)
_LENGTH_PLACE = const(9)  # and behind it those of a time's characters
_PAIR_BYTES = const(16)

# framebuf.poly takes a whole array: spare points repeat the last one, and a small array is faster
_few = array("h", bytearray(4 * _FEW_POINTS))
_many = array("h", bytearray(4 * _MOST_POINTS))


def draw(canvas, x, y, data, size_px, colour, paper):
    """Draw a text with capitals `size_px` high, small letters as capitals; y is their top. Return the x behind it."""
    for code in data:
        if not code:
            break
        _draw_glyph(canvas.frame, x, y, code, size_px, colour, paper)
        x += _advance(code, size_px)
    return x


def width(data, size_px):
    """Return the width of a text in pixels."""
    total = 0
    for code in data:
        if not code:
            break
        total += _advance(code, size_px)
    return total


def fit(data, width_px, size_px):
    """Return the size, up to `size_px`, at which a text is so wide; 0 if the face has not all of its characters."""
    for code in data:
        if not code:
            break
        if code != _SPACE and _outline(code) < 0:
            return 0
    while size_px > 8 and width(data, size_px) > width_px:
        size_px -= 1
    return size_px


def time(canvas, y, size_px, seconds, colour, paper):
    """Draw a time, minutes and seconds or hours and minutes, in the middle; later only the digits that differ."""
    line.start(b"+" if seconds < 0 else b"")
    seconds = abs(seconds)
    line.number(seconds // 60)
    line.put(b":")
    line.number(seconds % 60, 2)
    place = _LENGTH_PLACE
    if canvas.is_new(place, line.length):
        canvas.box(0, y, canvas.width, size_px, paper)
        for index in range(line.length):
            canvas.is_new(place + 1 + index, ...)
    size_px = fit(line.data, canvas.width - 4, size_px)
    x = (canvas.width - width(line.data, size_px)) // 2
    for index in range(line.length):
        place += 1
        code = line.data[index]
        before = canvas.shown[place]
        advance = _advance(code, size_px)
        if canvas.is_new(place, code):
            canvas.frame.fill_rect(x, y, advance, size_px, paper)
            _draw_glyph(canvas.frame, x, y, code, size_px, colour, paper)
            pair = _pair(before, code) if size_px == _FACE_PX and before is not ... else -1
            if pair < 0:
                canvas.mark(x, y, advance, size_px)
            else:
                for at in range(pair, pair + _PAIR_BYTES, 4):
                    canvas.mark(x + CHANGES[at], y + CHANGES[at + 1], CHANGES[at + 2], CHANGES[at + 3])
        x += advance


def _pair(before, after):
    """Return where the rectangles stand that change between two digits, or -1."""
    low = min(before, after) - _ZERO
    apart = max(before, after) - _ZERO - low
    if apart == 1:
        return low * _PAIR_BYTES
    if low == 0 and apart == 9:
        return 9 * _PAIR_BYTES
    return 10 * _PAIR_BYTES if low == 0 and apart == 5 else -1


def _outline(code):
    """Return where a character's outline begins, or -1 for a space and for what the face has not."""
    if 97 <= code <= 122:
        code -= 32
    at = (code - 35) * 2
    if 0 <= at < len(INDEX):
        at = INDEX[at] | INDEX[at + 1] << 8
        if at != _MISSING:
            return at
    return -1


def _advance(code, size_px):
    at = _outline(code)
    return ((_SPACE_PX if at < 0 else OUTLINES[at]) * size_px + _FACE_PX // 2) // _FACE_PX


def _draw_glyph(frame, x, y, code, size_px, colour, paper):
    at = _outline(code)
    if at < 0:
        return
    outlines = OUTLINES
    polygons = outlines[at + 1]
    at += 2
    while polygons:
        polygons -= 1
        count = outlines[at]
        at += 1
        end = at + (count & 127) * 2
        points = _few if end - at <= 2 * _FEW_POINTS else _many
        position = 0
        while position < len(points):
            if at < end:
                horizontal = (outlines[at] * size_px + _FACE_PX // 2) // _FACE_PX
                vertical = (outlines[at + 1] * size_px + _FACE_PX // 2) // _FACE_PX
                at += 2
            points[position] = horizontal
            points[position + 1] = vertical
            position += 2
        frame.poly(x, y, points, paper if count & 128 else colour, True)
