"""The chair's report as a picture: a bar for each countdown, or for each speaker, with the planned end on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from clapmark.pictures.svg import Svg, shortened

_WIDTH, _ROW, _HEAD = 960, 26, 64
_LEFT, _RIGHT = 380, 110  # for the labels, and for the figures behind the bars
_IN_TIME, _OVER, _PLAN, _UNKNOWN = "#2a7f62", "#c8102e", "#222222", "#bbbbbb"


@dataclass(frozen=True)
class Bar:
    """One row. Lengths are milliseconds; `actual_ms` is None where the end was not recorded."""

    label: str
    planned_ms: int  # with what the chair gave
    actual_ms: int | None
    figures: str  # the text after the bar, such as `5:42 (+0:42)`


def draw_report(bars: Sequence[Bar], title: str) -> Svg:
    """Return the picture of `bars`, the first on top."""
    svg = Svg(_WIDTH, _HEAD + _ROW * len(bars) + 16, title)
    longest_ms = max([1, *(max(bar.planned_ms, bar.actual_ms or 0) for bar in bars)])
    scale = (_WIDTH - _LEFT - _RIGHT) / longest_ms
    svg.text(16, 28, title, size=18, weight="bold")
    legend = svg.group("Legend")
    for x, colour, words in (
        (16, _IN_TIME, "within the time"),
        (150, _OVER, "over it"),
        (236, _UNKNOWN, "end unknown"),
    ):
        svg.rectangle(x, 40, 12, 12, colour, legend)
        svg.text(x + 18, 51, words, size=12, parent=legend)
    svg.line(356, 38, 356, 54, _PLAN, 2, legend)
    svg.text(364, 51, "planned end", size=12, parent=legend)
    for number, bar in enumerate(bars):
        y = _HEAD + _ROW * number
        row = svg.group(f"{bar.label}: {bar.figures}")
        svg.text(_LEFT - 10, y + 17, shortened(bar.label, 54), anchor="end", parent=row)
        actual_ms = bar.planned_ms if bar.actual_ms is None else bar.actual_ms
        in_time = min(actual_ms, bar.planned_ms) * scale
        svg.rectangle(_LEFT, y + 5, in_time, 16, _UNKNOWN if bar.actual_ms is None else _IN_TIME, row)
        svg.rectangle(_LEFT + in_time, y + 5, actual_ms * scale - in_time, 16, _OVER, row)
        plan = _LEFT + bar.planned_ms * scale
        svg.line(plan, y + 2, plan, y + 24, _PLAN, 2, row)
        svg.text(_LEFT + max(actual_ms, bar.planned_ms) * scale + 8, y + 17, bar.figures, size=12, parent=row)
    return svg
