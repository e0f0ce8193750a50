"""The heat line of a talk: as a line of blocks for the terminal, as points of an area, as a picture."""

from collections.abc import Sequence

from clapmark.crowd.moments import STEP_S, TalkCrowd
from clapmark.pictures.svg import Svg, shortened
from clapmark.recordings.position_text import position_text

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*#@"
_WIDTH, _ROW, _HEAD, _LEFT = 960, 76, 56, 16
_AREA, _AXIS, _MUTED = "#d55e00", "#888888", "#666666"


def heat_line(crowd: TalkCrowd, width: int, *, is_ascii: bool = False) -> str:
    """Return the heat as `width` characters: the highest point within each."""
    signs = _ASCII if is_ascii else _BLOCKS
    heat = crowd.heat or (0,)
    cells = []
    for cell in range(width):
        first = cell * len(heat) // width
        part = heat[first : max((cell + 1) * len(heat) // width, first + 1)]
        cells.append(signs[-(-max(part) * (len(signs) - 1) // 100)])
    return "".join(cells)


def area_points(crowd: TalkCrowd, width: float, height: float) -> list[tuple[float, float]]:
    """Return the corners of the area under the heat line, y downwards; none if there is nothing to show."""
    if not any(crowd.heat):
        return []
    span = max(crowd.duration_s, 1)
    top = [
        (min(width, width * point * STEP_S / span), height - height * value / 100)
        for point, value in enumerate(crowd.heat)
    ]
    return [(0.0, height), *top, (width, height)]


def draw_crowd(talks: Sequence[tuple[str, TalkCrowd]], title: str) -> Svg:
    """Return a picture of the heat lines of `talks` (title and crowd), with their moments."""
    svg = Svg(_WIDTH, _HEAD + _ROW * len(talks), title)
    svg.text(_LEFT, 30, shortened(title, 90), size=18, weight="bold")
    width = _WIDTH - 2 * _LEFT
    for number, (name, crowd) in enumerate(talks):
        y = _HEAD + _ROW * number
        group = svg.group(name)
        svg.text(_LEFT, y + 12, shortened(name, 100), parent=group)
        points = [(_LEFT + x, y + 18 + dy) for x, dy in area_points(crowd, width, 32)]
        if points:
            svg.polygon(points, _AREA, group)
        svg.line(_LEFT, y + 50, _LEFT + width, y + 50, _AXIS, 1, group)
        for moment in crowd.moments:
            x = _LEFT + width * moment.at_s / max(crowd.duration_s, 1)
            text = position_text(moment.at_s * 1000)
            svg.text(x, y + 64, text, size=11, anchor="middle", colour=_MUTED, parent=group)
    return svg
