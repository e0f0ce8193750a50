"""The words around a press: whole sentences, as many as were asked for."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clapmark.archive.archive import SETTINGS_NAME
from clapmark.base.errors import UsageError
from clapmark.recordings.captions.cues import joins_without_space
from clapmark.recordings.sentences import is_end
from clapmark.recordings.transcript import MAX_SENTENCE, Sentence, Transcript
from clapmark.schedule.text import one_line

MAX_QUOTE = 1_500  # characters
MAX_WINDOW_S = 600


@dataclass(frozen=True)
class Window:
    """How much is quoted: from so long before a press to so long after it. Both 0: nothing."""

    before_ms: int = 30_000
    after_ms: int = 10_000


@dataclass(frozen=True)
class Windows:
    """The window of every tag, as clapmark.toml has it."""

    default: Window = Window()
    tags: Mapping[str, Window] | None = None

    def of(self, tag: str) -> Window:
        """Return the window of bookmarks with `tag`."""
        return (self.tags or {}).get(tag, self.default)


def read_windows(folder: Path) -> Windows:
    """Return what [quotes] in clapmark.toml of the archive in `folder` says. Raises UsageError if it makes no sense."""
    path = folder / SETTINGS_NAME
    with path.open("rb") as file:
        table = tomllib.load(file).get("quotes", {})
    try:
        if not isinstance(table, dict) or not isinstance(table.get("tags", {}), dict):
            raise TypeError('"quotes" and "quotes.tags" must be tables')
        default = _window(table, Window())
        return Windows(default, {tag: _window(value, default) for tag, value in table.get("tags", {}).items()})
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path} cannot be used: {error}. Correct it and try again; nothing was changed.") from error


def quote(transcript: Transcript, position_ms: int, length_ms: int, window: Window) -> str:
    """Return what was said around `position_ms`, or in the passage of `length_ms` from there; "" if nothing was.

    Whole sentences: those with their middle in the window, and the one that was spoken at the press. A quotation that
    begins or ends within a sentence, since the captions show no sentence ends, has `…` there.
    """
    if length_ms:
        first_ms, last_ms = position_ms, position_ms + length_ms
    elif window.before_ms or window.after_ms:
        first_ms, last_ms = position_ms - window.before_ms, position_ms + window.after_ms
    else:
        return ""
    sentences = transcript.sentences
    chosen = []
    for number, one in enumerate(sentences):
        if one.start_ms > last_ms:
            break
        if first_ms <= (one.start_ms + one.end_ms) // 2 <= last_ms or one.start_ms <= position_ms < one.end_ms:
            chosen.append(number)
    chosen = _shortened(sentences, chosen, position_ms, is_passage=length_ms > 0)
    if not chosen:
        return ""
    text = one_line(_joined([sentences[number].text for number in chosen]), MAX_QUOTE + MAX_SENTENCE)
    if not text:
        return ""
    before = sentences[chosen[0] - 1] if chosen[0] else None
    is_cut = before is not None and not is_end(before.text) and not sentences[chosen[0]].text[:1].isupper()
    return f"{'… ' if is_cut else ''}{text}{'' if is_end(text) else ' …'}"


def _joined(texts: Sequence[str]) -> str:
    """Return the sentences one after the other; a script that puts no space between sentences gets none."""
    out = ""
    for text in texts:
        out += text if not out or joins_without_space(out, text) else f" {text}"
    return out


def _shortened(sentences: Sequence[Sentence], chosen: list[int], position_ms: int, is_passage: bool) -> list[int]:
    """Return the sentences that fit: of a passage the first ones, else those nearest to the press."""
    total = sum(len(sentences[number].text) + 1 for number in chosen)
    while len(chosen) > 1 and total > MAX_QUOTE:
        first, last = sentences[chosen[0]], sentences[chosen[-1]]
        is_first_farther = position_ms - first.end_ms > last.start_ms - position_ms
        total -= len(sentences[chosen.pop(0 if is_first_farther and not is_passage else -1)].text) + 1
    return chosen


def _window(table: Any, default: Window) -> Window:  # noqa: ANN401  # TOML holds anything
    if not isinstance(table, dict):
        raise TypeError('a tag of "quotes.tags" must be a table, such as { before_s = 60, after_s = 5 }')
    return Window(_seconds_ms(table, "before_s", default.before_ms), _seconds_ms(table, "after_s", default.after_ms))


def _seconds_ms(table: Mapping[str, Any], key: str, default_ms: int) -> int:
    value = table.get(key, default_ms / 1000)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_WINDOW_S:
        raise ValueError(f'"{key}" must be 0 to {MAX_WINDOW_S} seconds')
    return round(value * 1000)
