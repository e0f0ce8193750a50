"""Outlines of a font as polygons of whole pixels, and what changes between two of them.

MicroPython's `framebuf.poly` fills a polygon with its border included, so every polygon is shrunk by half a pixel, and
what changes is calculated with the same integer arithmetic as on the device (extmod/modframebuf.c, framebuf_poly).
"""

import math
from dataclasses import dataclass
from pathlib import Path

from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

Point = tuple[float, float]
PixelPoint = tuple[int, int]
Rectangle = tuple[int, int, int, int]  # x, y, width, height

_CURVE_STEPS = 16
_OVERSHOOT_PX = 1.4
_RECTANGLE_OVERHEAD_BYTES = 11  # CASET and RASET with four bytes each, RAMWR
MOST_RECTANGLES = 4


@dataclass(frozen=True)
class Glyph:
    """A character: its advance, and its polygons in drawing order, each with True where it is a hole."""

    advance_px: int
    contours: tuple[tuple[bool, tuple[PixelPoint, ...]], ...]


def read_outlines(path: Path, codes: bytes, height_px: int, tolerance_px: float) -> dict[int, Glyph]:
    """Return the glyphs of `codes` with capitals `height_px` high; y grows downwards from their top.

    Points that lie within the tolerance of the line between their neighbours are left out.
    """
    font = TTFont(path)
    scale = height_px / font["OS/2"].sCapHeight if getattr(font["OS/2"], "sCapHeight", 0) else height_px / 700
    glyphs = font.getGlyphSet()
    names = font.getBestCmap()
    found = {}
    for code in codes:
        glyph = glyphs[names[code]]
        pen = RecordingPen()
        glyph.draw(pen)
        contours = [
            [(x * scale, _without_overshoot(height_px - y * scale, height_px)) for x, y in contour]
            for contour in _flatten(pen.value)
        ]
        depths = [
            sum(_contains(other, contour[0]) for other in contours if other is not contour) for contour in contours
        ]
        order = sorted(range(len(contours)), key=lambda index: depths[index])
        pixels = [
            (bool(depths[index] & 1), tuple(_to_pixels(_simplify(contours[index], tolerance_px)))) for index in order
        ]
        found[code] = Glyph(round(glyph.width * scale), tuple(pixels))
    return found


def changed_rectangles(before: Glyph, after: Glyph) -> list[Rectangle]:
    """Return rectangles that together cover all pixels in which two glyphs differ, cheap to send to a panel."""
    changed = filled_pixels(before) ^ filled_pixels(after)
    boxes = [_box(changed)]
    while len(boxes) < MOST_RECTANGLES:
        options = [
            (_cost(box) - sum(map(_cost, halves)), index, halves)
            for index, box in enumerate(boxes)
            for halves in _cuts(changed, box)
        ]
        saved_bytes, index, halves = max(options, key=lambda option: option[0])
        if saved_bytes <= 0:
            break
        boxes[index : index + 1] = halves
    return boxes


def filled_pixels(glyph: Glyph) -> set[PixelPoint]:
    """Return the pixels that the device fills for a glyph at its own size."""
    filled: set[PixelPoint] = set()
    for is_hole, points in glyph.contours:
        if is_hole:
            filled -= _poly(points)
        else:
            filled |= _poly(points)
    return filled


def _poly(points: tuple[PixelPoint, ...]) -> set[PixelPoint]:
    rows = [y for _, y in points]
    filled: set[PixelPoint] = set()
    for row in range(min(rows), max(rows) + 1):
        nodes = []
        x1, y1 = points[0]
        for x2, y2 in reversed(points):
            if y1 != y2 and (y1 > row >= y2 or y1 <= row < y2):
                nodes.append(_divide(32 * x1 + _divide(32 * (x2 - x1) * (row - y1), y2 - y1) + 16, 32))
            elif row == max(y1, y2):
                if y1 < y2:
                    filled.add((x2, y2))
                elif y2 < y1:
                    filled.add((x1, y1))
                else:
                    filled.update((x, y1) for x in range(min(x1, x2), max(x1, x2) + 1))
            x1, y1 = x2, y2
        nodes.sort()
        for left, right in zip(nodes[::2], nodes[1::2], strict=True):
            filled.update((x, row) for x in range(left, right + 1))
    return filled


def _divide(dividend: int, divisor: int) -> int:
    """Divide as C does, towards zero."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _box(pixels: set[PixelPoint]) -> Rectangle:
    columns = [x for x, _ in pixels]
    rows = [y for _, y in pixels]
    return min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1


def _cost(box: Rectangle) -> int:
    # the driver sends widths that are multiples of eight
    return (box[2] + 7) // 8 * 8 * box[3] * 2 + _RECTANGLE_OVERHEAD_BYTES


def _cuts(pixels: set[PixelPoint], box: Rectangle) -> list[list[Rectangle]]:
    """Return every way to cut a rectangle in two with one straight line, each half shrunk to its pixels."""
    left, top, width, height = box
    inside = {(x, y) for x, y in pixels if left <= x < left + width and top <= y < top + height}
    halves = []
    for axis, start, length in ((0, left, width), (1, top, height)):
        for at in range(start + 1, start + length):
            first = {point for point in inside if point[axis] < at}
            halves.append([_box(part) for part in (first, inside - first) if part])
    return halves


def _flatten(commands: list[tuple[str, tuple[Point, ...]]]) -> list[list[Point]]:
    contours: list[list[Point]] = []
    for command, points in commands:
        if command == "moveTo":
            contours.append([points[0]])
        elif command == "lineTo":
            contours[-1].append(points[0])
        elif command == "curveTo":
            start = contours[-1][-1]
            one, two, end = points
            for step in range(1, _CURVE_STEPS + 1):
                t = step / _CURVE_STEPS
                s = 1 - t
                contours[-1].append(
                    (
                        s**3 * start[0] + 3 * s * s * t * one[0] + 3 * s * t * t * two[0] + t**3 * end[0],
                        s**3 * start[1] + 3 * s * s * t * one[1] + 3 * s * t * t * two[1] + t**3 * end[1],
                    )
                )
        elif command != "closePath":
            raise ValueError(f"an outline with {command}, which this script does not know")
    for contour in contours:
        if contour[0] == contour[-1]:
            contour.pop()
    return contours


def _without_overshoot(y: float, base: float) -> float:
    """Put the summit of a round shape on the line where straight ones end: a single pixel above it looks like dirt."""
    return min(max(y, 0), base) if -_OVERSHOOT_PX < y < base + _OVERSHOOT_PX else y


def _contains(contour: list[Point], point: Point) -> bool:
    inside = False
    x, y = point
    for (x1, y1), (x2, y2) in zip(contour, contour[1:] + contour[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1):
            inside = not inside
    return inside


def _simplify(contour: list[Point], tolerance_px: float) -> list[Point]:
    """Drop points that lie within `tolerance_px` of the line between their neighbours (Ramer, Douglas, Peucker)."""
    far = max(range(len(contour)), key=lambda index: _distance(contour[index], contour[0], contour[0]))
    ring = [*contour, contour[0]]
    return _simplify_line(ring[: far + 1], tolerance_px)[:-1] + _simplify_line(ring[far:], tolerance_px)[:-1]


def _simplify_line(line: list[Point], tolerance_px: float) -> list[Point]:
    if len(line) < 3:
        return line
    far = max(range(1, len(line) - 1), key=lambda index: _distance(line[index], line[0], line[-1]))
    if _distance(line[far], line[0], line[-1]) <= tolerance_px:
        return [line[0], line[-1]]
    return _simplify_line(line[: far + 1], tolerance_px)[:-1] + _simplify_line(line[far:], tolerance_px)


def _distance(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = point[0] - start[0], point[1] - start[1]
    length = math.hypot(dx, dy)
    return abs(dx * py - dy * px) / length if length else math.hypot(px, py)


def _to_pixels(contour: list[Point]) -> list[PixelPoint]:
    area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(contour, contour[1:] + contour[:1], strict=True))
    side = 1 if area > 0 else -1
    pixels: list[PixelPoint] = []
    for index, (x, y) in enumerate(contour):
        x_before, y_before = contour[index - 1]
        x_after, y_after = contour[(index + 1) % len(contour)]
        to_x, to_y = _unit(x - x_before, y - y_before)
        on_x, on_y = _unit(x_after - x, y_after - y)
        inward_x, inward_y = -(to_y + on_y) * side, (to_x + on_x) * side
        pixel = (round(x - 0.5 + _half(inward_x)), round(y - 0.5 + _half(inward_y)))
        if not pixels or pixel != pixels[-1]:
            pixels.append(pixel)
    if len(pixels) > 1 and pixels[0] == pixels[-1]:
        pixels.pop()
    return pixels


def _unit(dx: float, dy: float) -> Point:
    length = math.hypot(dx, dy)
    return dx / length, dy / length


def _half(direction: float) -> float:
    return 0.5 if direction > 0.25 else -0.5 if direction < -0.25 else 0
