"""A time in the display face, of which later drawings change only the digits that differ."""

from micropython import const

from firmware.ui import digits
from firmware.ui.display_font import CHANGES
from firmware.ui.text import line

_ZERO = const(0x30)
_LENGTH_PLACE = const(9)  # and behind it those of a time's characters
_PAIR_BYTES = const(16)


def draw(canvas, y, size_px, seconds, colour, paper):
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
    size_px = digits.fit(line.data, canvas.width - 4, size_px)
    x = (canvas.width - digits.width(line.data, size_px)) // 2
    for index in range(line.length):
        place += 1
        code = line.data[index]
        before = canvas.shown[place]
        advance = digits.advance(code, size_px)
        if canvas.is_new(place, code):
            canvas.frame.fill_rect(x, y, advance, size_px, paper)
            digits.draw_glyph(canvas.frame, x, y, code, size_px, colour, paper)
            pair = _pair(before, code) if size_px == digits.FACE_PX and before is not ... else -1
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
