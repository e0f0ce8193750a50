"""Captions as JSON: Whisper, whisper.cpp, WhisperX, YouTube's json3, and lists of texts with a start.

Sources: the output of openai-whisper, whisper.cpp and WhisperX (its README: words that have no letters of the model's
alphabet, such as "2014." or "£13.60", have no times); YouTube's timedtext with fmt=json3; youtube-transcript-api.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from clapmark.recordings.captions.cues import MAX_CUES, Cue, Piece, as_words, clean, joins_without_space, milliseconds
from clapmark.recordings.transcript import TranscriptError


def cues_of(value: object, file: str, notes: list[str]) -> tuple[str, list[Cue]]:
    """Return the kind of JSON that `value` is and its cues. Raises TranscriptError if it holds no captions."""
    segments: object = value
    kind = "whisper"
    if isinstance(value, dict):
        if isinstance(value.get("events"), list):
            kind, segments = "json3", value["events"]
        else:
            value = _of_services(value)
            names = ("segments", "transcription", "transcript", "captions", "subtitles", "word_segments", "words")
            segments = next((value[name] for name in names if isinstance(value.get(name), list) and value[name]), None)
    if not isinstance(segments, list) or len(segments) > MAX_CUES:
        raise TranscriptError(
            f'{file} is no JSON of captions: a list "segments" (Whisper), "transcription" (whisper.cpp) or "events" '
            "(YouTube) is missing."
        )
    cues: list[Cue] = []
    lost = 0
    at_ms = 0
    for segment in segments:
        cue = (_event(segment) if kind == "json3" else _segment(segment, at_ms)) if isinstance(segment, dict) else None
        if cue is None:
            lost += bool(segment) and not (kind == "json3" and isinstance(segment, dict) and "segs" not in segment)
            continue
        at_ms = cue.end_ms
        cues.append(cue)
    if lost:
        notes.append(f"Entries without a text, which were left out: {lost}.")
    return kind, cues


def _of_services(value: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a service that transcribes in the shape of Whisper's; other JSON as it is."""
    results = value.get("results")
    if isinstance(results, dict) and isinstance(results.get("items"), list):  # AWS
        return {"segments": [{"words": _aws_words(results["items"])}]}
    if isinstance(results, dict) and isinstance(results.get("channels"), list):  # Deepgram
        return {"segments": [{"words": words} for words in _alternatives(results["channels"][:1])]}
    if isinstance(results, list):  # Google
        return {"segments": [{"words": words} for words in _alternatives(results)]}
    if isinstance(value.get("result"), list):  # Vosk
        return {"segments": [{"words": value["result"]}]}
    words = value.get("words")
    if isinstance(words, list) and not value.get("segments") and _counts_milliseconds(words):  # AssemblyAI
        seconds = [
            {**word, **{key: word[key] / 1000 for key in ("start", "end") if isinstance(word.get(key), int)}}
            for word in words
            if isinstance(word, dict)
        ]
        return {"segments": [{"words": seconds}]}
    return value


def _alternatives(results: list[Any]) -> list[list[dict[str, Any]]]:
    """Return the words of the first alternative of each result, under Whisper's names."""
    found = []
    for result in results:
        alternatives = result.get("alternatives") if isinstance(result, dict) else None
        best = alternatives[0] if isinstance(alternatives, list) and alternatives else None
        words = best.get("words") if isinstance(best, dict) else None
        if _is_list(words):
            found.append(
                [
                    {
                        "word": word.get("punctuated_word", word.get("word")),
                        "start": word.get("start", word.get("startTime")),
                        "end": word.get("end", word.get("endTime")),
                    }
                    for word in words or ()
                    if isinstance(word, dict)
                ]
            )
    return found


def _aws_words(items: list[Any]) -> list[dict[str, Any]]:
    words: list[dict[str, Any]] = []
    for item in items:
        alternatives = item.get("alternatives") if isinstance(item, dict) else None
        best = alternatives[0] if isinstance(alternatives, list) and alternatives else None
        text = best.get("content") if isinstance(best, dict) else None
        if not isinstance(text, str):
            continue
        if item.get("type") == "punctuation" and words:
            words[-1]["word"] += text
        else:
            words.append({"word": text, "start": item.get("start_time"), "end": item.get("end_time")})
    return words


def _counts_milliseconds(words: list[Any]) -> bool:
    """Return whether words have their times in milliseconds: whole numbers, and over 20 for an average word."""
    times: list[tuple[Any, Any]] = [(word.get("start"), word.get("end")) for word in words if isinstance(word, dict)]
    if not times or not all(type(start) is int and type(end) is int for start, end in times):
        return False
    return bool(sum(end - start for start, end in times) > 20 * len(times))


def _segment(segment: dict[str, Any], at_ms: int) -> Cue | None:
    """Return the cue of a segment; one without times begins where the one before ended, at `at_ms`."""
    text = next((segment[key] for key in ("text", "word", "transcript") if isinstance(segment.get(key), str)), None)
    start_ms, end_ms = _times(segment)
    words = [word for word in segment["words"] if isinstance(word, dict)] if _is_list(segment.get("words")) else []
    if text is None:
        if not words:
            return None
        text = " ".join(str(word.get("word", word.get("text", ""))).strip() for word in words)
    known = [time for word in words for time in _times(word) if time is not None] if start_ms is None else []
    if known:
        start_ms, end_ms = min(known), max(known)
    start_ms = at_ms if start_ms is None else start_ms
    end_ms = max(start_ms, start_ms if end_ms is None else end_ms)
    pieces = _pieces(text, words, start_ms, end_ms) or _whole(text, start_ms, end_ms)
    return Cue(start_ms, end_ms, (tuple(pieces),) if pieces else ())


def _times(value: dict[str, Any]) -> tuple[int | None, int | None]:
    offsets = value.get("offsets")
    if isinstance(offsets, dict):  # whisper.cpp: whole milliseconds
        return milliseconds(offsets.get("from"), 1), milliseconds(offsets.get("to"), 1)
    start_ms = milliseconds(value.get("start"))
    end_ms = milliseconds(value.get("end"))
    length_ms = milliseconds(value.get("duration"))
    if end_ms is None and start_ms is not None and length_ms is not None:
        end_ms = start_ms + length_ms
    return start_ms, end_ms


def _whole(text: str, start_ms: int, end_ms: int) -> list[Piece]:
    words = clean(text)
    return [Piece(start_ms, end_ms, words)] if words else []


def _pieces(text: str, words: Sequence[dict[str, Any]], start_ms: int, end_ms: int) -> list[Piece]:
    """Return the segment's text in the pieces that its words time; empty if the words are not those of the text.

    The text is what was said, with its spaces; the words only say when. What no word covers belongs to the one before.
    """
    whole = unicodedata.normalize("NFC", text)
    said = [unicodedata.normalize("NFC", str(word.get("word", word.get("text", "")) or "")).strip() for word in words]
    begins: list[int] = []
    at = 0
    for one in said:
        found = whole.find(one, at) if one else at
        if found < 0 or any(letter.isalnum() for letter in whole[at:found]):
            return _pieces_of_words(words, text, start_ms, end_ms)
        begins.append(found)
        at = found + len(one)
    if not begins or any(letter.isalnum() for letter in whole[at:]):
        return []
    begins[0] = 0
    pieces: list[Piece] = []
    times = _filled([_times(word) for word in words], said, start_ms, end_ms)
    for index, (from_ms, to_ms) in enumerate(times):
        part = whole[begins[index] : begins[index + 1] if index + 1 < len(begins) else len(whole)]
        shown = clean(part)
        if shown:
            before = whole[: begins[index]]
            glued = bool(pieces) and not before[-1:].isspace() and not part[:1].isspace()
            pieces.append(Piece(from_ms, to_ms, shown, glued))
    return as_words(pieces)


def _pieces_of_words(words: Sequence[dict[str, Any]], text: str, start_ms: int, end_ms: int) -> list[Piece]:
    """Return the words themselves, if they have all letters of the text; else nothing, and the text is taken whole."""
    raw = [str(word.get("word", word.get("text", "")) or "") for word in words]
    if _letters("".join(raw)) != _letters(text):
        return []
    has_spaces = any(one[:1].isspace() for one in raw[1:])
    times = _filled([_times(word) for word in words], raw, start_ms, end_ms)
    pieces: list[Piece] = []
    for one, (from_ms, to_ms) in zip(raw, times, strict=True):
        shown = clean(one)
        if shown:
            unspaced = bool(pieces) and joins_without_space(pieces[-1].text, shown)
            glued = bool(pieces) and (not one[:1].isspace() if has_spaces else unspaced)
            pieces.append(Piece(from_ms, to_ms, shown, glued))
    return as_words(pieces)


def _filled(
    times: list[tuple[int | None, int | None]], said: Sequence[str], start_ms: int, end_ms: int
) -> list[tuple[int, int]]:
    """Return a time for each word: those without one share the gap between their neighbours, by their lengths."""
    out: list[tuple[int, int]] = []
    number = 0
    at_ms = start_ms
    while number < len(times):
        from_ms, to_ms = times[number]
        if from_ms is not None:
            to_ms = from_ms if to_ms is None else max(from_ms, to_ms)
            out.append((from_ms, to_ms))
            at_ms = to_ms
            number += 1
            continue
        run = number
        while run < len(times) and times[run][0] is None:
            run += 1
        next_ms = times[run][0] if run < len(times) else end_ms
        span_ms = max((next_ms or at_ms) - at_ms, 0)
        total = sum(len(one) for one in said[number:run]) or 1
        passed = 0
        for one in said[number:run]:
            begin_ms = at_ms + span_ms * passed // total
            passed += len(one)
            out.append((begin_ms, at_ms + span_ms * passed // total))
        at_ms += span_ms
        number = run
    return out


def _event(event: dict[str, Any]) -> Cue | None:
    """Return the cue of an event of YouTube's json3; None for one that only moves the window."""
    start_ms = milliseconds(event.get("tStartMs"), 1)
    segments = event.get("segs")
    if start_ms is None or not isinstance(segments, list):
        return None
    end_ms = start_ms + (milliseconds(event.get("dDurationMs"), 1) or 0)
    texts = [
        (str(one.get("utf8") or ""), milliseconds(one.get("tOffsetMs"), 1)) for one in segments if isinstance(one, dict)
    ]
    begins = [start_ms + (offset_ms or 0) for _, offset_ms in texts]
    pieces: list[Piece] = []
    has_space = True
    for index, (text, _) in enumerate(texts):
        next_ms = begins[index + 1] if index + 1 < len(texts) else end_ms
        shown = clean(text)
        if shown:
            glued = bool(pieces) and not has_space and not text[:1].isspace()
            pieces.append(Piece(begins[index], max(next_ms, begins[index]), shown, glued))
        has_space = text[-1:].isspace() if text else has_space
    return Cue(start_ms, max(end_ms, start_ms), (tuple(as_words(pieces)),) if pieces else ())


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _is_list(value: object) -> bool:
    return isinstance(value, list)
