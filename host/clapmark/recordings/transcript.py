"""A transcript as clapmark keeps it: sentences, each with its place in the recording.

It is stored in conferences/SLUG/transcripts/TALK.json, a sentence on each line: `[start_ms, end_ms, "text"]`.
"""

import json
from dataclasses import dataclass

from clapmark.base.errors import ClapmarkError
from clapmark.recordings.position_text import MAX_POSITION_MS
from clapmark.schedule.text import one_line, quoted

FORMAT = "clapmark-transcript"
VERSION = 1
MAX_SENTENCES = 50_000
MAX_SENTENCE = 1_000  # characters
MAX_FILE_BYTES = 20_000_000


class TranscriptError(ClapmarkError):
    """A transcript that cannot be read; the message names the file and says what to do."""


@dataclass(frozen=True)
class Sentence:
    """What was said from `start_ms` to `end_ms` of the recording.

    The text is harmless when it is made from captions; read back from a file that somebody may have edited it can be
    anything again: `quote` cleans what it gives out.
    """

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Transcript:
    """All that was said, by time. `source` says what it was made from: `webvtt`, `srt`, `whisper`."""

    source: str
    sentences: tuple[Sentence, ...]


def to_json(transcript: Transcript) -> bytes:
    """Return `transcript` as UTF-8 JSON, a sentence on each line, the same bytes for the same content."""
    rows = [[one.start_ms, one.end_ms, one.text] for one in transcript.sentences]
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    head = json.dumps({"format": FORMAT, "version": VERSION, "source": transcript.source})
    return f'{head[:-1]}, "sentences": [\n{lines}\n]}}\n'.encode()


def from_json(data: bytes, file: str) -> Transcript:
    """Return what `to_json` wrote. The file may have been edited: nothing in it is trusted. Raises TranscriptError."""
    again = "Load the captions again: clapmark transcript TALK FILE."
    if len(data) > MAX_FILE_BYTES:
        raise TranscriptError(f"{file} has more than 20 MB. {again}")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"{file} is damaged: {one_line(str(error), 100)}. {again}") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("version") != VERSION:
        raise TranscriptError(f"{file} is not a transcript of this version of Clapmark. {again}")
    rows, source = value.get("sentences"), value.get("source")
    if not isinstance(rows, list) or len(rows) > MAX_SENTENCES or not isinstance(source, str):
        raise TranscriptError(f"{file} has no list of sentences. {again}")
    sentences = (_sentence(row, file) for row in rows)
    return Transcript(one_line(source, 20), tuple(sorted(sentences, key=lambda one: (one.start_ms, one.end_ms))))


def _sentence(row: object, file: str) -> Sentence:
    match row:
        case [int() as start_ms, int() as end_ms, str() as text] if 0 <= start_ms <= end_ms < MAX_POSITION_MS:
            return Sentence(int(start_ms), int(end_ms), text[:MAX_SENTENCE])
    shown = quoted(json.dumps(row)[:60])
    raise TranscriptError(f"{file}: found {shown}, expected [start_ms, end_ms, text]. Correct it.")
