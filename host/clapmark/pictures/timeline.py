"""The bookmarks of each talk along its time, as a picture and as a line of text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin
from xml.etree.ElementTree import Element  # nosec B405  # a type only

from clapmark.bookmarks.fold import Bookmark
from clapmark.conference import Conference
from clapmark.pictures.svg import Svg, shortened
from clapmark.schedule import Talk

_WIDTH, _ROW, _HEAD = 960, 44, 84
_LEFT, _RIGHT = 80, 80  # for the times at the ends
_AXIS, _MUTED = "#888888", "#666666"
# distinguished by colour (those of Okabe and Ito, for the colour-blind) and by form: circle, square, triangle, diamond,
# hexagon, pentagon
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56606b")
_SHAPES = ((0, 0.0), (4, pi / 4), (3, -pi / 2), (4, 0.0), (6, 0.0), (5, -pi / 2))  # corners, angle of the first
_RADIUS = 6.0
_UNCERTAIN_MS = 30_000  # beyond this a mark shows how uncertain its time is


@dataclass
class Line:
    """A talk and its bookmarks in the order of time."""

    talk: Talk
    bookmarks: list[Bookmark] = field(default_factory=list)

    @property
    def span_ms(self) -> tuple[int, int]:
        """The UTC of both ends: those of the talk, or further out if a bookmark is there."""
        times = [bookmark.when.sort_ms for bookmark in self.bookmarks]
        start, end = self.talk.start_utc_s * 1000, max(self.talk.end_utc_s, self.talk.start_utc_s + 60) * 1000
        return min([start, *times]), max([end, *times])


def timelines(conference: Conference) -> list[Line]:
    """Return the talks of `conference` that have bookmarks, in the order of the schedule."""
    return [Line(talk, conference.of(talk)) for talk in conference.marked_talks]


def tags_of(lines: Sequence[Line]) -> list[str]:
    """Return the tags of all bookmarks, each once, the most frequent first."""
    counts: dict[str, int] = {}
    for line in lines:
        for bookmark in line.bookmarks:
            counts[bookmark.tag] = counts.get(bookmark.tag, 0) + 1
    return sorted(counts, key=lambda tag: (-counts[tag], tag))


def text_line(line: Line, width: int) -> str:
    """Return a talk's time as `width` characters: the first letter of each bookmark's tag, `·` where several meet."""
    first_ms, last_ms = line.span_ms
    cells = ["─"] * width
    for bookmark in line.bookmarks:
        position = (bookmark.when.sort_ms - first_ms) * (width - 1) // (last_ms - first_ms)
        letter = next((letter for letter in bookmark.tag if letter.isprintable()), "?")
        cells[position] = letter if cells[position] in {"─", letter} else "·"
    return "".join(cells)


def draw_timelines(lines: Sequence[Line], title: str) -> Svg:
    """Return the picture of `lines`: each as wide as the talk was long, its bookmarks on it."""
    svg = Svg(_WIDTH, _HEAD + _ROW * len(lines) + 8, title)
    svg.text(16, 28, title, size=18, weight="bold")
    marks = {tag: number % len(_COLOURS) for number, tag in enumerate(tags_of(lines))}
    _legend(svg, marks)
    for number, line in enumerate(lines):
        _row(svg, line, _HEAD + _ROW * number, marks)
    return svg


def _legend(svg: Svg, marks: dict[str, int]) -> None:
    x = 16.0
    for tag, mark in marks.items():
        name = shortened(tag, 16)
        if x > _WIDTH - 140:
            svg.text(x, 58, "…", size=12)
            break
        group = svg.group(f"Tag {tag}")
        _mark(svg, x + _RADIUS, 54, mark, group)
        svg.text(x + 18, 58, name, size=12, parent=group)
        x += 34 + 7 * len(name)


def _row(svg: Svg, line: Line, y: float, marks: dict[str, int]) -> None:
    talk = line.talk
    first_ms, last_ms = line.span_ms
    scale = (_WIDTH - _LEFT - _RIGHT) / (last_ms - first_ms)

    def x_of(utc_ms: int) -> float:
        return _LEFT + (min(max(utc_ms, first_ms), last_ms) - first_ms) * scale

    row = svg.group(f"{talk.title}, {talk.start:%a %H:%M}")
    axis = y + 30
    svg.text(_LEFT, y + 14, shortened(talk.title, 96), parent=row)
    start, end = x_of(talk.start_utc_s * 1000), x_of(talk.end_utc_s * 1000)
    svg.line(start, axis, end, axis, _AXIS, 2, row)
    for x in (start, end):
        svg.line(x, axis - 5, x, axis + 5, _AXIS, 2, row)
    svg.text(_LEFT - 12, axis + 4, f"{talk.start:%H:%M}", size=12, anchor="end", colour=_MUTED, parent=row)
    svg.text(_WIDTH - _RIGHT + 12, axis + 4, f"{talk.end:%H:%M}", size=12, colour=_MUTED, parent=row)
    for bookmark in line.bookmarks:
        when, mark = bookmark.when, marks[bookmark.tag]
        position_s = when.sort_ms // 1000 - talk.start_utc_s
        group = svg.group(f"{bookmark.tag}, {position_s // 60} min in")
        if bookmark.length_ms:
            svg.line(x_of(when.sort_ms), axis, x_of(when.sort_ms + bookmark.length_ms), axis, _COLOURS[mark], 5, group)
        if when.error_ms is not None and when.error_ms > _UNCERTAIN_MS:
            earliest, latest = x_of(when.sort_ms - when.error_ms), x_of(when.sort_ms + when.error_ms)
            svg.line(earliest, axis + 9, latest, axis + 9, _COLOURS[mark], 1, group)
        _mark(svg, x_of(when.sort_ms), axis, mark, group)


def _mark(svg: Svg, x: float, y: float, mark: int, parent: Element) -> None:
    corners, first = _SHAPES[mark]
    if not corners:
        svg.circle(x, y, _RADIUS, _COLOURS[mark], parent)
        return
    angles = [first + 2 * pi * corner / corners for corner in range(corners)]
    svg.polygon([(x + _RADIUS * cos(angle), y + _RADIUS * sin(angle)) for angle in angles], _COLOURS[mark], parent)
