"""Cues made into sentences: what captions repeat is dropped, words are timed, and sentences found.

YouTube's own captions roll: every line is shown twice or three times, at the bottom while it is spoken and above the
next one. Where a file does that, a line that repeats the end of the cue before it is the same words, said once.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clapmark.recordings.captions.cues import Cue, Piece, joined, joins_without_space
from clapmark.recordings.transcript import MAX_SENTENCE, MAX_SENTENCES, Sentence

_NEAR_MS = 500  # between a cue and the one that repeats it
_PAUSE_MS = 2_000  # ends a sentence even without a full stop
_LONG_MS = 12_000  # a sentence that has gone on for so long may end where a line ends,
_LONG_WORD = 100  # characters
_LONGEST_MS = 25_000  # and here it ends anywhere: captions without punctuation
_END = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")
_INSIDE_END = re.compile(r"(?<=[。！？])")  # scripts that put no space behind a sentence
_ABBREVIATION = re.compile(r"(?:[A-Z]|[A-Za-z](?:\.[A-Za-z])+|Mr|Mrs|Ms|Dr|Prof|St|vs|etc|ca|bzw|Nr|No|approx)\.")
_NEW_SPEAKER = re.compile(r"^(?:>>+|[-–—]$)")  # before the first word of a line


def sentences_of(cues: Sequence[Cue]) -> tuple[Sentence, ...]:
    """Return the sentences in `cues`, which are sorted by time."""
    out: list[Sentence] = []
    words: list[Piece] = []
    for line in _lines(cues):
        for number, word in enumerate(line):
            is_new_speaker = number == 0 and _NEW_SPEAKER.match(word.text) is not None
            if words and (is_new_speaker or _breaks(words, word)):
                _close(out, words)
            text = _NEW_SPEAKER.sub("", word.text) if is_new_speaker else word.text
            if text:
                glued = word.glued or (number == 0 and bool(words) and joins_without_space(words[-1].text, text))
                words.append(Piece(word.start_ms, word.end_ms, text, glued))
        if words and words[-1].end_ms - words[0].start_ms >= _LONG_MS:
            _close(out, words)
    _close(out, words)
    return tuple(out[:MAX_SENTENCES])


def is_end(text: str) -> bool:
    """Return whether a sentence ends behind `text`."""
    last = text.rsplit(" ", 1)[-1]
    return _END.search(last) is not None and _ABBREVIATION.fullmatch(last) is None


def _breaks(words: Sequence[Piece], following: Piece) -> bool:
    last = words[-1]
    if following.start_ms - last.end_ms >= _PAUSE_MS or following.end_ms - words[0].start_ms > _LONGEST_MS:
        return True
    if sum(len(word.text) + 1 for word in words) + len(following.text) > MAX_SENTENCE:
        return True
    if following.glued and not joins_without_space(last.text, following.text):
        return False
    return is_end(last.text) and not following.text[:1].islower()


def _close(out: list[Sentence], words: list[Piece]) -> None:
    if words:
        text = joined((replace(words[0], glued=False), *words[1:]))[:MAX_SENTENCE]
        out.append(Sentence(words[0].start_ms, max(word.end_ms for word in words), text))
        words.clear()


def _lines(cues: Sequence[Cue]) -> Iterable[list[Piece]]:
    """Yield the lines as words, each once, in the order of time."""
    is_rolling = _rolls(cues)
    before: Cue | None = None
    for number, cue in enumerate(cues):
        repeated = _repeated(before, cue) if is_rolling else 0
        before = cue
        fresh = cue.lines[repeated:]
        if not fresh:
            continue
        following = cues[number + 1] if number + 1 < len(cues) else None
        end_ms = cue.end_ms
        if following is not None and cue.start_ms < following.start_ms < end_ms:
            end_ms = following.start_ms  # shown on while the next is spoken
        yield from _timed(fresh, cue, end_ms)


def _rolls(cues: Sequence[Cue]) -> bool:
    if any(cue.is_timed for cue in cues):
        return True
    hits = sum(1 for number in range(1, len(cues)) if _repeated(cues[number - 1], cues[number]))
    return hits >= 3 and hits * 3 >= len(cues) - 1


def _repeated(before: Cue | None, cue: Cue) -> int:
    """Return how many first lines of `cue` are the last lines of the cue before it."""
    if before is None or cue.start_ms > before.end_ms + _NEAR_MS:
        return 0
    old = [_text(line) for line in before.lines]
    new = [_text(line) for line in cue.lines]
    for count in range(min(len(old), len(new)), 0, -1):
        if old[-count:] == new[:count]:
            return count
    return 0


def _text(line: Sequence[Piece]) -> str:
    return joined(line)


def _timed(lines: Sequence[Sequence[Piece]], cue: Cue, end_ms: int) -> Iterable[list[Piece]]:
    """Yield `lines` as single words: those timed together share their time by length, lines of one cue its time."""
    total = sum(len(_text(line)) for line in lines) or 1
    passed = 0
    for line in lines:
        length = len(_text(line))
        if len(line) == 1 and line[0].start_ms == cue.start_ms and line[0].end_ms == cue.end_ms:
            span_ms = end_ms - cue.start_ms
            from_ms = cue.start_ms + span_ms * passed // total
            to_ms = cue.start_ms + span_ms * (passed + length) // total
            yield list(_words(Piece(from_ms, to_ms, line[0].text, line[0].glued)))
        else:
            yield [word for piece in line for word in _words(piece)]
        passed += length


def _short(text: str) -> list[str]:
    """Return `text` in parts that a sentence can hold: captions may have a paragraph without any space."""
    return [text[begin : begin + _LONG_WORD] for begin in range(0, len(text), _LONG_WORD)]


def _words(piece: Piece) -> Iterable[Piece]:
    """Yield the words of a piece. Sentences of scripts without spaces are parted, and remain glued."""
    parts: list[tuple[str, bool]] = []
    for number, word in enumerate(piece.text.split()):
        pieces = [part for whole in _INSIDE_END.split(word) for part in _short(whole)]
        parts += [(part, bool(inner) or (number == 0 and piece.glued)) for inner, part in enumerate(pieces)]
    total = sum(len(part) for part, _ in parts) or 1
    span_ms = piece.end_ms - piece.start_ms
    passed = 0
    for part, glued in parts:
        start_ms = piece.start_ms + span_ms * passed // total
        passed += len(part)
        yield Piece(start_ms, piece.start_ms + span_ms * passed // total, part, glued)
