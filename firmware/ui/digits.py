"""The display face: capitals and digits as polygons, at any size.

Texts are bytes, and end early at a zero byte. `tools.fonts.fonts` describes how the face is packed.
"""

from array import array

from micropython import const

from firmware.ui.display_font import INDEX, OUTLINES

FACE_PX = const(88)  # the size of the outlines
_FEW_POINTS = const(18)
_MOST_POINTS = const(60)
_MISSING = const(0xFFFF)
_SPACE = const(0x20)
_SPACE_PX = const(22)

# framebuf.poly takes a whole array: spare points repeat the last one, and a small array is faster
_few = array("h", bytearray(4 * _FEW_POINTS))
_many = array("h", bytearray(4 * _MOST_POINTS))


def draw(canvas, x, y, data, size_px, colour, paper):
    """Draw a text with capitals `size_px` high, small letters as capitals; y is their top. Return the x behind it."""
    for code in data:
        if not code:
            break
        draw_glyph(canvas.frame, x, y, code, size_px, colour, paper)
        x += advance(code, size_px)
    return x


def width(data, size_px):
    """Return the width of a text in pixels."""
    total = 0
    for code in data:
        if not code:
            break
        total += advance(code, size_px)
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


def advance(code, size_px):
    """Return the width of a character in pixels."""
    at = _outline(code)
    return ((_SPACE_PX if at < 0 else OUTLINES[at]) * size_px + FACE_PX // 2) // FACE_PX


def draw_glyph(frame, x, y, code, size_px, colour, paper):
    """Draw a character, or nothing for what the face has not."""
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
                horizontal = (outlines[at] * size_px + FACE_PX // 2) // FACE_PX
                vertical = (outlines[at + 1] * size_px + FACE_PX // 2) // FACE_PX
                at += 2
            points[position] = horizontal
            points[position + 1] = vertical
            position += 2
        frame.poly(x, y, points, paper if count & 128 else colour, True)
