r"""Transcripts as text: Whisper's own lines and its TSV, a transcript copied from YouTube, LRC, and ASS subtitles.

Sources: the output of openai-whisper and whisper.cpp; YouTube's panel "Show transcript"; the Advanced SubStation Alpha
specification (Dialogue lines: the fields that the Format line names, the text last, `\N` for a line end).
"""

import re
from itertools import pairwise

from clapmark.recordings.captions.cues import MAX_CUES, Cue, Piece, clean
from clapmark.recordings.position_text import MAX_POSITION_MS
from clapmark.recordings.transcript import TranscriptError

_LAST_MS = 5_000  # how long the last line of a text with only start times lasts
_HEAD_LINES = 40
_TIME = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_SPAN = re.compile(rf"\[{_TIME}\s*-+>\s*{_TIME}\]\s*(.*)")
_START = re.compile(rf"(?:\[{_TIME}\]|{_TIME}(?=\s|$))\s*(.*)")
_LRC_TAG = re.compile(r"\[[a-z#]{1,10}:[^\]]*\]", re.IGNORECASE)
_DIALOGUE = re.compile(r"Dialogue:\s*(.*)")


def kind_of(text: str) -> str:
    """Return `whisper-text`, `tsv`, `ass` or `text`; "" if `text` is none of them."""
    lines = [line.strip() for line in text[:20_000].splitlines() if line.strip()][:_HEAD_LINES]
    if not lines:
        return ""
    if lines[0].split("\t") == ["start", "end", "text"]:
        return "tsv"
    if lines[0] == "[Script Info]" or any(_DIALOGUE.match(line) for line in lines):
        return "ass"
    if _SPAN.fullmatch(lines[0]):
        return "whisper-text"
    words = [line for line in lines if not _LRC_TAG.fullmatch(line)]
    times = [line for line in words if _START.fullmatch(line)]
    return "text" if words and words[0] in times and len(times) * 3 >= len(words) and len(words) > 1 else ""


def cues_of(text: str, kind: str, file: str, notes: list[str]) -> list[Cue]:
    """Return the cues in `text`. Raises TranscriptError if it is larger than any talk's captions."""
    if text.count("\n") + text.count("\r") > MAX_CUES * 3:
        raise TranscriptError(f"{file} has more than {MAX_CUES * 3} lines, which no talk has.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if kind == "text":
        return _from_starts(lines)
    reader = {"tsv": _tsv_line, "ass": _ass_line, "whisper-text": _span_line}[kind]
    found: list[tuple[int, int, list[str]]] = []
    lost = 0
    for line in lines[1:] if kind == "tsv" else lines:
        read = reader(line)
        if read is not None:
            found.append((read[0], max(read[0], read[1]), [read[2]]))
        elif kind == "whisper-text" and found and line.strip():
            found[-1][2].append(line)
        else:
            lost += bool(line.strip()) and kind == "tsv"
    if lost:
        notes.append(f"Lines without a time, which were left out: {lost}.")
    return [_cue(start_ms, end_ms, words) for start_ms, end_ms, words in found]


def _from_starts(lines: list[str]) -> list[Cue]:
    """Return the cues of lines that begin with a time; each lasts until the next one."""
    found: list[tuple[int, list[str]]] = []
    for line in lines:
        plain = line.strip()
        match = _START.fullmatch(plain)
        if match is not None:
            groups = match.groups()
            found.append((_ms(groups[:4] if groups[1] is not None else groups[4:8]), [groups[8]]))
        elif plain and found and not _LRC_TAG.fullmatch(plain):
            found[-1][1].append(plain)
    ends = [max(one[0], other[0]) for one, other in pairwise(found)]
    ends += [found[-1][0] + _LAST_MS] if found else []
    return [_cue(start_ms, end_ms, words) for (start_ms, words), end_ms in zip(found, ends, strict=True)]


def _span_line(line: str) -> tuple[int, int, str] | None:
    match = _SPAN.fullmatch(line.strip())
    return (_ms(match.groups()[:4]), _ms(match.groups()[4:8]), match[9]) if match else None


def _tsv_line(line: str) -> tuple[int, int, str] | None:
    cells = line.split("\t", 2)
    if len(cells) < 3 or not (cells[0].isdecimal() and cells[1].isdecimal()):
        return None
    start_ms, end_ms = (min(int(cell[:12]), MAX_POSITION_MS - 1) for cell in cells[:2])
    return start_ms, end_ms, cells[2]


def _ass_line(line: str) -> tuple[int, int, str] | None:
    match = _DIALOGUE.match(line.strip())
    cells = match[1].split(",", 9) if match else []
    times = [re.fullmatch(_TIME, cell.strip()) for cell in cells[1:3]]
    if len(cells) < 10 or times[0] is None or times[1] is None:
        return None
    return _ms(times[0].groups()), _ms(times[1].groups()), re.sub(r"\\[Nnh]", " ", cells[9])


def _cue(start_ms: int, end_ms: int, lines: list[str]) -> Cue:
    pieces = ((Piece(start_ms, end_ms, words),) for line in lines if (words := clean(line)))
    return Cue(start_ms, end_ms, tuple(pieces))


def _ms(groups: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = (group or "" for group in groups)
    whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return min(whole_s * 1000 + int((fraction or "0").ljust(3, "0")), MAX_POSITION_MS - 1)
