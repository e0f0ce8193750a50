"""Text that a device, a web server or a file supplied, made harmless and bounded before anybody sees it.

No terminal sequence, control character (C0 or C1) or bidirectional override passes. `one_line` and `paragraphs` are
for text that is kept, `quoted` for a value inside a message. `Environment` prints with `printable` and `json_text`:
they are the last line of defence, for text that was not cleaned before.
"""

import json
import re
import unicodedata

# A sequence that moves the cursor or changes the terminal's state is removed as a whole, so that no "[31m" remains.
# ECMA-48: CSI, and the strings OSC, DCS, SOS, PM and APC, each introduced by ESC or by one C1 character.
_TERMINAL_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
)
_JOINERS = "\u200c\u200d"  # Persian needs them, and so do joined emoji
_KEPT_CHARACTERS = "\n\t" + _JOINERS
_DROPPED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Cn", "Co"))
_UNPRINTABLE_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_LINE_ENDS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n"})


def one_line(text: str, limit: int) -> str:
    """Return `text` on one line: harmless characters, single spaces, at most `limit` characters."""
    return " ".join(_harmless(text[: limit * 4]).split())[:limit].rstrip()


def paragraphs(text: str, limit: int) -> str:
    """Return `text` as harmless lines, at most one empty line between them, at most `limit` characters."""
    normal = _harmless(text[: limit * 4].replace("\r\n", "\n").replace("\r", "\n"))
    lines = [" ".join(line.split()) for line in normal.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:limit].rstrip()


def quoted(value: object, limit: int = 60) -> str:
    """Return `value` as a message may show it: harmless, text in quotation marks, at most `limit` characters."""
    if not isinstance(value, str):
        shown = type(value).__name__ if isinstance(value, list | dict) else repr(value)
        return shown if len(shown) <= limit else shown[:limit] + "..."
    shown = one_line(value, limit + 1)
    return f'"{shown}"' if len(shown) <= limit else f'"{shown[:limit]}..."'


def printable(text: str) -> str:
    """Return `text` without what a terminal would obey; line ends, tabs and all visible characters stay."""
    if _is_printable(text):
        return text
    plain = _TERMINAL_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return "".join(character for character in plain if _is_visible(character))


def json_text(value: object, indent: int | None = 2, *, is_ascii: bool = False) -> str:
    r"""Return `value` as JSON whose text stays readable; characters that a terminal would obey are `\u` escapes.

    With `is_ascii`, all characters beyond ASCII are escaped: for an output whose encoding lacks them.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    if _is_printable(text):
        return text
    return "".join(character if _is_visible(character) else json.dumps(character)[1:-1] for character in text)


def _is_printable(text: str) -> bool:
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()  # quick: nearly every text is


def _is_visible(character: str) -> bool:
    return character in _KEPT_CHARACTERS or unicodedata.category(character) not in _UNPRINTABLE_CATEGORIES


def _harmless(text: str) -> str:
    if text.isascii() and text.isprintable():  # quick: nearly every text is
        return text
    plain = _TERMINAL_SEQUENCE.sub("", text).translate(_LINE_ENDS)
    return unicodedata.normalize("NFC", "".join(character for character in plain if _is_kept(character)))


def _is_kept(character: str) -> bool:
    return character in _KEPT_CHARACTERS or unicodedata.category(character) not in _DROPPED_CATEGORIES
