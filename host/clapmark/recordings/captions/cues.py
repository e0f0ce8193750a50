"""What captions are made of: cues, lines, pieces; and how the text of a piece is cleaned and joined."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clapmark.base.fold_names import is_unspaced
from clapmark.recordings.position_text import MAX_POSITION_MS
from clapmark.schedule.text import one_line

MAX_CUES = 100_000
_TAG = re.compile(r"</?(?:[cibuv]|ruby|rt|lang|font)(?:[.\s][^<>]{0,200})?/?>|\{\\[^{}]{0,100}\}", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A word or a few, and when they were said. `glued`: no space is between it and the piece before."""

    start_ms: int
    end_ms: int
    text: str
    glued: bool = False


@dataclass(frozen=True)
class Cue:
    """What is shown at once: its lines, each the pieces that it is timed in. `is_timed`: within the line too."""

    start_ms: int
    end_ms: int
    lines: tuple[tuple[Piece, ...], ...]
    is_timed: bool = False


def clean(text: str) -> str:
    """Return the words of a caption: without its tags, on one line, harmless."""
    return one_line(html.unescape(_TAG.sub("", text)), len(text) + 1)


def joined(pieces: Iterable[Piece]) -> str:
    """Return the text of pieces, with a space between those that are not glued."""
    out = ""
    for piece in pieces:
        out += piece.text if piece.glued or not out else f" {piece.text}"
    return out


def joins_without_space(before: str, after: str) -> bool:
    """Return whether two texts follow each other without a space, as in Japanese, Chinese and Thai."""
    return bool(before and after) and _is_unspaced(before[-1]) and _is_unspaced(after[0])


def as_words(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with those joined that are parts of one word: ` re` `leas` `ed` are `released`.

    Characters of scripts without spaces stay pieces of their own, since each has its time.
    """
    out: list[Piece] = []
    for piece in pieces:
        if out and piece.glued and not joins_without_space(out[-1].text, piece.text):
            last = out[-1]
            out[-1] = replace(last, end_ms=max(last.end_ms, piece.end_ms), text=last.text + piece.text)
        else:
            out.append(piece)
    return out


def milliseconds(value: object, factor: float = 1000) -> int | None:
    """Return a number of seconds (or, with `factor` 1, of milliseconds) as milliseconds; None if it is not a time."""
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("s"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return round(value * factor) if 0 <= value * factor < MAX_POSITION_MS else None


def _is_unspaced(character: str) -> bool:
    code = ord(character)
    return is_unspaced(character) or 0x3000 < code <= 0x303F or 0xFF00 <= code <= 0xFF65
