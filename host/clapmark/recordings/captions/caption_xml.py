"""Captions as XML: YouTube's timedtext (srv1 and srv3) and TTML."""

import re
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from clapmark.recordings.captions.cues import MAX_CUES, Cue, Piece, as_words, clean, milliseconds
from clapmark.recordings.transcript import TranscriptError
from clapmark.schedule.text import one_line

_ROOT = re.compile(r"\s*(?:<\?xml[^<>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?(?:timedtext|transcript|tt)[\s>]", re.DOTALL)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,6})?)")


def recognises(text: str) -> bool:
    """Return whether `text` is a document of YouTube's timedtext or TTML."""
    return _ROOT.match(text) is not None


def cues_of(text: str, file: str, notes: list[str]) -> tuple[str, list[Cue]]:
    """Return the kind and the cues of the document `text`. Raises TranscriptError if it is damaged."""
    body = re.sub(r"^\s*<\?xml[^<>]*\?>", "", text)  # the declared encoding may no longer be right
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise TranscriptError(f"{file} is damaged: {one_line(str(error), 100)}. Download it again.") from error
    kind = "ttml" if _name(root) == "tt" else "youtube"
    cues: list[Cue] = []
    lost = 0
    for element in root.iter():
        if _name(element) not in {"p", "text"}:
            continue
        times = _times(element)
        if times is None:
            lost += bool("".join(element.itertext()).strip())
            continue
        pieces = _pieces(element, *times)
        if pieces:
            cues.append(Cue(*times, (tuple(pieces),)))
        if len(cues) > MAX_CUES:
            raise TranscriptError(f"{file} has more than {MAX_CUES} captions, which no talk has.")
    if lost:
        notes.append(f"Captions without a time, which were left out: {lost}.")
    return kind, cues


def _times(element: Any) -> tuple[int, int] | None:  # noqa: ANN401  # defusedxml has no type for it
    if element.get("t") is not None:  # srv3: milliseconds
        start_ms = milliseconds(element.get("t"), 1)
        length_ms = milliseconds(element.get("d"), 1) or 0
        return None if start_ms is None else (start_ms, start_ms + length_ms)
    start_ms = _moment(element.get("begin") or element.get("start"))
    if start_ms is None:
        return None
    end_ms = _moment(element.get("end"))
    if end_ms is None:
        end_ms = start_ms + (_moment(element.get("dur")) or 0)
    return start_ms, max(start_ms, end_ms)


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return milliseconds(text.strip().removesuffix("ms"), 1) if text.strip().endswith("ms") else milliseconds(text)
    seconds = int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))
    return milliseconds(seconds)


def _pieces(element: Any, start_ms: int, end_ms: int) -> list[Piece]:  # noqa: ANN401  defusedxml has no types
    timed = [child for child in element if _name(child) == "s"]
    if not timed:
        words = clean(" ".join(_texts(element)))
        return [Piece(start_ms, end_ms, words)] if words else []
    pieces: list[Piece] = []
    has_space = True
    begins = [start_ms + (milliseconds(child.get("t"), 1) or 0) for child in timed]
    for index, child in enumerate(timed):
        text = "".join(child.itertext())
        shown = clean(text)
        if shown:
            next_ms = begins[index + 1] if index + 1 < len(timed) else end_ms
            glued = bool(pieces) and not has_space and not text[:1].isspace()
            pieces.append(Piece(begins[index], max(begins[index], next_ms), shown, glued))
            has_space = text[-1:].isspace() or bool((child.tail or "").strip("\r\n") != (child.tail or ""))
    return as_words(pieces)


def _texts(element: Any) -> list[str]:  # noqa: ANN401  defusedxml has no types
    """Return the texts of an element, cut where it has a line break."""
    out = [element.text or ""]
    for child in element.iter():
        if child is element:
            continue
        if _name(child) == "br":
            out.append("")
        out[-1] += child.text or ""
        if _name(child) == "br":
            out[-1] += child.tail or ""
            continue
        out[-1] += child.tail or ""
    return out


def _name(element: Any) -> str:  # noqa: ANN401  defusedxml has no types
    return str(element.tag).rpartition("}")[2]
