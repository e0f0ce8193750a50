"""Timeline markers for DaVinci Resolve (Timelines > Import > Timeline Markers from EDL).

The shape is that of Resolve's own export ("Timeline Markers to EDL", DaVinci Resolve Manual, "Exporting Timeline
Markers to EDL"): an event of one frame in CMX 3600, then a line ` |C:colour |M:name |D:frames`.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from clapmark.export.chapters import left_out
from clapmark.export.model import ExportError, Format, Result, TalkMarks
from clapmark.schedule.text import quoted

_RATES = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "48": Fraction(48),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "60": Fraction(60),
}
_COLOURS = ("Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia")
_TIMECODE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d):(\d\d)")


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return an event for each mark, at the timeline's frame rate, without dropped frame numbers."""
    (one,) = talks
    remarks = left_out(one)
    rate = _RATES.get(options["fps"])
    if rate is None:
        raise ExportError(f"fps is one of {', '.join(_RATES)}, not {quoted(options['fps'])}.")
    nominal = round(rate)
    first = _frames(options["start"], nominal)
    tags = sorted({mark.tag for mark in one.marks})
    lines = [f"TITLE: {_plain(one.talk.title)}", "FCM: NON-DROP FRAME", ""]
    for number, (start_ms, mark) in enumerate(one.placed, 1):
        frame = first + round(rate * start_ms / 1000)
        span = max(round(rate * mark.clip_ms / 1000), 1)
        begin, end = _timecode(frame, nominal), _timecode(frame + 1, nominal)
        colour = _COLOURS[tags.index(mark.tag) % len(_COLOURS)]
        lines += [
            f"{number:03d}  001      V     C        {begin} {end} {begin} {end}  ",
            f" |C:ResolveColor{colour} |M:{_plain(mark.label)} |D:{span}",
            "",
        ]
    return Result("\n".join(lines).encode(), tuple(remarks))


def _frames(timecode: str, nominal: int) -> int:
    match = _TIMECODE.fullmatch(timecode)
    if match is None or int(match[4]) >= nominal:
        raise ExportError(f"start is a timecode such as 01:00:00:00, not {quoted(timecode)}.")
    hours, minutes, seconds, frames = map(int, match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * nominal + frames


def _timecode(frame: int, nominal: int) -> str:
    whole_s, frames = divmod(frame, nominal)
    return f"{whole_s // 3600 % 24:02d}:{whole_s // 60 % 60:02d}:{whole_s % 60:02d}:{frames:02d}"


def _plain(text: str) -> str:
    """Return `text` without the bar, which ends a field."""
    return text.replace("|", "/").strip()


FORMAT = Format(
    "resolve",
    "timeline markers for DaVinci Resolve (EDL)",
    ".edl",
    write,
    per_talk=True,
    needs_recording=True,
    options={
        "fps": ("25", "the timeline's frame rate: " + ", ".join(_RATES)),
        "start": ("01:00:00:00", "the timeline's first timecode"),
    },
)
