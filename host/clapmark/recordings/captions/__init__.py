"""Caption files as they come, made into cues: WebVTT, SRT, SBV, JSON, XML, and texts with times.

Recognised by content. Every word that was captioned leaves here, in its order: words without a time get one between
their neighbours, a caption without a number or with a broken time belongs to the one above. All text is a stranger's:
it is returned without tags, control characters and direction marks.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clapmark.base.text_files import decode_text
from clapmark.recordings.captions import caption_json, caption_xml, subtitles, timed_text
from clapmark.recordings.captions.cues import Cue
from clapmark.recordings.transcript import MAX_FILE_BYTES, TranscriptError
from clapmark.schedule.text import one_line

__all__ = ["Captions", "Cue", "parse_captions"]

_KNOWN = (
    "WebVTT (begins with WEBVTT), SRT and SBV (lines with two times), the JSON of Whisper, whisper.cpp, WhisperX and "
    "YouTube (json3), AssemblyAI, Deepgram, Vosk, AWS and Google, the XML of YouTube and TTML, Whisper's TSV, ASS, "
    "LRC, and text whose lines begin with a time"
)


@dataclass(frozen=True)
class Captions:
    """What a file holds. `kind`: `webvtt`, `srt`, `whisper`, ...; `notes`: what was odd, a sentence each."""

    kind: str
    cues: list[Cue]
    notes: list[str] = field(default_factory=list)


def parse_captions(data: bytes, file: str) -> Captions:
    """Return the captions in the bytes of a file, by time. `file` names it in messages.

    Raises TranscriptError if it is no caption file, if it is too large, or if it has no words.
    """
    if len(data) > MAX_FILE_BYTES:
        raise TranscriptError(f"{file} has more than 20 MB, which captions of a talk never have.")
    decoded = decode_text(data)
    text = decoded.text.lstrip("\ufeff").replace("\0", "\ufffd")
    notes = [decoded.note] if decoded.note else []
    start = text.lstrip()
    kind = ""
    cues: list[Cue] = []
    if re.match(r"\{|\[\s*[{\]]", start):  # "[00:00.000 --> ...]" is text
        kind, cues = caption_json.cues_of(_json(start, file), file, notes)
    elif start.startswith("<") and caption_xml.recognises(start):
        kind, cues = caption_xml.cues_of(start, file, notes)
    else:
        kind = subtitles.kind_of(start)
        if kind:
            cues = subtitles.cues_of(start, kind, file, notes)
        elif kind := timed_text.kind_of(start):
            cues = timed_text.cues_of(start, kind, file, notes)
    if not kind:
        raise TranscriptError(f"{file} is no caption file that clapmark reads. It reads {_KNOWN}.")
    if not any(cue.lines for cue in cues):
        raise TranscriptError(f"{file} holds no words.")
    return Captions(kind, sorted((cue for cue in cues if cue.lines), key=_by_time), notes)


_by_time: Callable[[Cue], tuple[int, int]] = lambda cue: (cue.start_ms, cue.end_ms)  # noqa: E731  # a sort key


def _json(text: str, file: str) -> Any:  # noqa: ANN401  # JSON holds anything
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"{file} is no JSON that can be read: {one_line(str(error), 100)}.") from error
