"""Caption files as they come: WebVTT and SRT (webvtt-py), and Whisper's JSON, made into cues.

Recognised by content. All text is a stranger's: it leaves here without tags, control characters and direction marks.
Sources: W3C WebVTT, 4.2.2 (cue text tags, timestamps in it); the output of openai-whisper and of whisper.cpp.
"""

import html
import io
import json
import math
import re
from dataclasses import dataclass
from typing import Any

from clapmark.recordings.position_text import MAX_POSITION_MS
from clapmark.recordings.transcript import MAX_FILE_BYTES, TranscriptError
from clapmark.schedule.text import one_line

MAX_CUES = 100_000
MAX_LINE = 2_000
MAX_LINES = 600_000
MAX_CUE_LINES = 20
_TAG = re.compile(r"</?(?:[cibuv]|ruby|rt|lang|font)(?:[.\s][^<>]{0,200})?/?>|\{\\[^{}]{0,100}\}", re.IGNORECASE)
_STAMP = re.compile(r"<(\d{1,3}:)?(\d{2}):(\d{2})\.(\d{3})>")
_SRT_TIMES = re.compile(r"\d{1,2}:\d{2}:\d{2}[,.]\d{1,3}\s*-->")
_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})")


@dataclass(frozen=True)
class Piece:
    """A word or a few, and when they were said."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Cue:
    """What is shown at once: its lines, each the pieces that it is timed in. `is_timed`: within the line too."""

    start_ms: int
    end_ms: int
    lines: tuple[tuple[Piece, ...], ...]
    is_timed: bool = False


def parse_captions(data: bytes, file: str) -> tuple[str, list[Cue]]:
    """Return what kind of file `data` is (`webvtt`, `srt`, `whisper`), and its cues by time.

    `file` names it in messages. Raises TranscriptError if it is none of these, or too large.
    """
    if len(data) > MAX_FILE_BYTES:
        raise TranscriptError(f"{file} has more than 20 MB, which captions of a talk never have.")
    text = _decoded(data, file).lstrip("\ufeff").replace("\0", "\ufffd")
    start = text.lstrip()
    if start.startswith("{"):
        kind, cues = "whisper", _whisper(start, file)
    elif start.startswith("WEBVTT"):
        kind, cues = "webvtt", _subtitles(start, "vtt", file)
    elif _SRT_TIMES.search(start[:10_000]):
        kind, cues = "srt", _subtitles(start, "srt", file)
    else:
        raise TranscriptError(
            f"{file} holds no captions that clapmark reads: WebVTT begins with WEBVTT, SRT with a number and two "
            "times, Whisper's JSON with a brace. Export it as one of these."
        )
    if not any(cue.lines for cue in cues):
        raise TranscriptError(f"{file} holds no words.")
    return kind, sorted((cue for cue in cues if cue.lines), key=lambda cue: (cue.start_ms, cue.end_ms))


def _decoded(data: bytes, file: str) -> str:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{file} is not in UTF-8. Save it as UTF-8 and try again.") from error


def _subtitles(text: str, kind: str, file: str) -> list[Cue]:
    import webvtt  # noqa: PLC0415  # only this command needs it

    # before it is parsed: a hostile file of the same size would take minutes
    if text.count("-->") > MAX_CUES or text.count("\n") + text.count("\r") > MAX_LINES:
        raise TranscriptError(f"{file} has more than {MAX_CUES} captions or {MAX_LINES} lines, which no talk has.")
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=kind).captions
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError, ValueError) as error:
        raise TranscriptError(f"{file} is damaged: {one_line(str(error), 100)}. Download it again.") from error
    cues = []
    for caption in captions:
        start_ms, end_ms = _moment(caption.start), _moment(caption.end)
        if start_ms is None or end_ms is None:
            continue
        end_ms = max(end_ms, start_ms)
        raw_lines = caption.raw_text.split("\n")[:MAX_CUE_LINES]
        lines = [_line(raw, start_ms, end_ms) for raw in raw_lines]
        is_timed = any(_STAMP.search(raw) for raw in raw_lines)
        cues.append(Cue(start_ms, end_ms, tuple(line for line in lines if line), is_timed))
    return cues


def _line(raw: str, start_ms: int, end_ms: int) -> tuple[Piece, ...]:
    """Return the pieces of one line: cut at the times in it, without tags."""
    pieces: list[Piece] = []
    at_ms = start_ms
    parts = _STAMP.split(raw[:MAX_LINE])  # text, then four groups and a text for each time
    for position in range(0, len(parts), 5):
        text = _clean(parts[position])
        if position + 5 < len(parts):
            next_ms = _milliseconds(*(group or "" for group in parts[position + 1 : position + 5]))
            next_ms = min(max(next_ms, at_ms), end_ms)
        else:
            next_ms = end_ms
        if text:
            pieces.append(Piece(at_ms, next_ms, text))
        at_ms = next_ms
    return tuple(pieces)


def _whisper(text: str, file: str) -> list[Cue]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"{file} is no JSON that can be read: {one_line(str(error), 100)}.") from error
    segments = value.get("segments", value.get("transcription"))
    if not isinstance(segments, list) or len(segments) > MAX_CUES:
        raise TranscriptError(
            f'{file} is no JSON of Whisper: a list "segments" (or "transcription", from whisper.cpp) is missing.'
        )
    return [cue for segment in segments if isinstance(segment, dict) and (cue := _segment(segment))]


def _segment(segment: dict[str, Any]) -> Cue | None:
    offsets = segment.get("offsets")
    if isinstance(offsets, dict):  # whisper.cpp: whole milliseconds
        start_ms, end_ms = _number_ms(offsets.get("from"), 1), _number_ms(offsets.get("to"), 1)
    else:
        start_ms, end_ms = _number_ms(segment.get("start"), 1000), _number_ms(segment.get("end"), 1000)
    text = segment.get("text")
    if start_ms is None or end_ms is None or not isinstance(text, str):
        return None
    end_ms = max(start_ms, end_ms)
    words = segment.get("words")
    pieces = []
    for word in words[:MAX_LINE] if isinstance(words, list) else []:
        said = word.get("word") if isinstance(word, dict) else None
        from_ms, to_ms = (_number_ms(word.get(key), 1000) for key in ("start", "end")) if said else (None, None)
        if isinstance(said, str) and from_ms is not None and to_ms is not None and (clean := _clean(said)):
            pieces.append(Piece(from_ms, max(from_ms, to_ms), clean))
    if not pieces and (clean := _clean(text)):
        pieces = [Piece(start_ms, end_ms, clean)]
    return Cue(start_ms, end_ms, (tuple(pieces),) if pieces else ())


def _clean(text: str) -> str:
    return one_line(html.unescape(_TAG.sub("", text[:MAX_LINE])), MAX_LINE)


def _moment(text: str) -> int | None:
    match = _TIME.fullmatch(text.strip())
    ms = _milliseconds(*(group or "" for group in match.groups())) if match else MAX_POSITION_MS
    return ms if ms < MAX_POSITION_MS else None


def _milliseconds(hours: str, minutes: str, seconds: str, fraction: str) -> int:
    whole_s = int(hours.rstrip(":") or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole_s * 1000 + int(fraction.ljust(3, "0"))


def _number_ms(value: object, factor: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return round(value * factor) if 0 <= value * factor < MAX_POSITION_MS else None
