"""WebVTT, SRT and SBV: lines with two times, and the words below each.

Read by our own parser: the libraries drop what does not follow the format, such as a caption without its number or a
text after an empty line, and captions must not lose words. Source: W3C WebVTT, 4.1 and 4.2.2 (tags, times in cues).
"""

import re

from clapmark.recordings.captions.cues import MAX_CUES, Cue, Piece, clean
from clapmark.recordings.position_text import MAX_POSITION_MS
from clapmark.recordings.transcript import TranscriptError

MAX_LINES = 600_000
_STAMP = re.compile(r"<(\d{1,3}:)?(\d{2}):(\d{2})\.(\d{3})>")
# blanks within a time are those of translation programs, the arrows those of text programs
_TIME = r"(?:(\d{1,4}): ?)?(\d{1,2}): ?(\d{1,2})(?: ?[.,:] ?(\d{1,3}))?\d*"
_TIMES = re.compile(rf"\s*{_TIME}\s*(?:-+\s?->|->|[–—]-?>|→)\s*{_TIME}(?:\s.*)?")
_SBV_TIMES = re.compile(rf"\s*{_TIME}\s*,\s*{_TIME}\s*")
_ARROW = re.compile(r"\s*\S{0,20}\d\S{0,20}\s*-->\s*\S{0,20}(?:\s.*)?|.{0,30}-->\s*\d.{0,60}")
_VTT_BLOCKS = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


def kind_of(text: str) -> str:
    """Return `webvtt`, `srt` or `sbv`; "" if `text` is none of them."""
    if text.startswith("WEBVTT"):
        return "webvtt"
    head = text[:10_000].splitlines()
    if any(_TIMES.fullmatch(line) for line in head):
        return "srt"
    return "sbv" if any(_SBV_TIMES.fullmatch(line) for line in head) else ""


def cues_of(text: str, kind: str, file: str, notes: list[str]) -> list[Cue]:
    """Return the cues in `text`. Raises TranscriptError if it is larger than any talk's captions."""
    if text.count("-->") > MAX_CUES or text.count("\n") + text.count("\r") > MAX_LINES:
        raise TranscriptError(f"{file} has more than {MAX_CUES} captions or {MAX_LINES} lines, which no talk has.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks, untimed = _Blocks(kind, lines).read()
    if untimed:
        notes.append(f"Captions with a time that cannot be read, kept with the one before: {untimed}.")
    return [_cue(*block) for block in blocks]


class _Blocks:
    """Finds the captions: each time line, and the lines of words below it."""

    def __init__(self, kind: str, lines: list[str]) -> None:
        self._kind = kind
        self._lines = lines
        self._times = _SBV_TIMES if kind == "sbv" else _TIMES
        self._found: list[tuple[int, int, list[str]]] = []
        self._untimed = 0

    def read(self) -> tuple[list[tuple[int, int, list[str]]], int]:
        """Return start, end and lines of each caption, and how many had a broken time."""
        number = 0
        while number < len(self._lines):
            line = self._lines[number]
            if self._is_block_to_skip(number):
                number = self._after_block(number)
                continue
            if (times := self._times.fullmatch(line)) is not None:
                start_ms, end_ms = _ms(times.groups()[:4]), _ms(times.groups()[4:])
                if start_ms < MAX_POSITION_MS:
                    self._found.append((start_ms, min(max(end_ms, start_ms), MAX_POSITION_MS - 1), []))
                else:
                    self._without_time()
            elif self._kind != "sbv" and "-->" in line and _ARROW.fullmatch(line):
                self._without_time()
            elif line.strip() and self._found and not self._is_number(number):
                self._found[-1][2].append(line)
            number += 1
        return self._found, self._untimed

    def _without_time(self) -> None:
        """Begin a caption whose time is broken: it takes that of the end of the one before."""
        self._untimed += 1
        end_ms = self._found[-1][1] if self._found else 0
        self._found.append((end_ms, end_ms, []))

    def _is_number(self, number: int) -> bool:
        """Return whether the line is the number (SRT) or the name (WebVTT) of the caption below it."""
        below = self._lines[number + 1] if number + 1 < len(self._lines) else ""
        if not (self._times.fullmatch(below) or ("-->" in below and _ARROW.fullmatch(below))):
            return False
        is_first = number == 0 or not self._lines[number - 1].strip()
        return is_first if self._kind == "webvtt" else self._lines[number].strip().isdecimal()

    def _is_block_to_skip(self, number: int) -> bool:
        if self._kind != "webvtt":
            return False
        is_first = number == 0 or not self._lines[number - 1].strip()
        line = self._lines[number]
        if not is_first or _VTT_BLOCKS.match(line) is None:
            return number == 0
        below = self._lines[number + 1] if number + 1 < len(self._lines) else ""
        return self._times.fullmatch(below) is None  # else it is the name of a cue

    def _after_block(self, number: int) -> int:
        while number < len(self._lines) and self._lines[number].strip():
            number += 1
        return number + 1


def _cue(start_ms: int, end_ms: int, raw_lines: list[str]) -> Cue:
    lines = [_line(raw, start_ms, end_ms) for raw in raw_lines]
    is_timed = any(_STAMP.search(raw) for raw in raw_lines)
    return Cue(start_ms, end_ms, tuple(line for line in lines if line), is_timed)


def _line(raw: str, start_ms: int, end_ms: int) -> tuple[Piece, ...]:
    """Return the pieces of one line: cut at the times in it, without tags."""
    pieces: list[Piece] = []
    at_ms = start_ms
    has_space = True
    parts = _STAMP.split(raw)  # text, then four groups and a text for each time
    for position in range(0, len(parts), 5):
        text = clean(parts[position])
        if position + 5 < len(parts):
            hours, minutes, seconds, fraction = (group or "" for group in parts[position + 1 : position + 5])
            next_ms = _ms((hours.rstrip(":"), minutes, seconds, fraction))
            next_ms = min(max(next_ms, at_ms), end_ms)
        else:
            next_ms = end_ms
        if text:
            plain = re.sub(r"</?[^<>]{0,200}>", "", parts[position])
            glued = bool(pieces) and not has_space and not plain[:1].isspace()
            pieces.append(Piece(at_ms, next_ms, text, glued))
            has_space = plain[-1:].isspace()
        at_ms = next_ms
    return tuple(pieces)


def _ms(groups: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = (group or "" for group in groups)
    whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole_s * 1000 + int((fraction or "0").ljust(3, "0"))
