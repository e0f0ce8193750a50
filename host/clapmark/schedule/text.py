"""Outside text made harmless: no control characters, no direction overrides, no HTML, bounded in length."""

import html
import re
import unicodedata

# Sequences that move a terminal's cursor or change its state go as a whole, so that no "[31m" stays behind.
_TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_KEPT_CHARACTERS = "\n\t\u200c\u200d"  # the zero-width joiners: Persian needs them, and so do joined emoji
_DROPPED_CATEGORIES = {"Cc", "Cf", "Cs", "Cn", "Co"}
_LINE_ENDS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n"})

_TAG = re.compile(r"(<[^<>]{0,2000}>)")
_TAG_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)(?=[\s/>])", re.IGNORECASE)
# with its semicolon: html.unescape alone also turns "x&copyright" into "x©right"
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK_TAGS = frozenset(
    ("p", "div", "br", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "tr")
)
_INLINE_TAGS = frozenset(
    ("a", "b", "i", "u", "em", "strong", "span", "code", "small", "sub", "sup", "img", "td", "th", "font")
)
_SILENT_TAGS = frozenset(("script", "style"))  # what stands between them is no text


def one_line(text: str, limit: int) -> str:
    """Return `text` on one line: harmless characters, single spaces, at most `limit` characters."""
    return " ".join(_harmless(text[: limit * 4]).split())[:limit].rstrip()


def paragraphs(text: str, limit: int) -> str:
    """Return `text` as harmless lines, at most one empty line between them, at most `limit` characters."""
    normal = _harmless(text[: limit * 4].replace("\r\n", "\n").replace("\r", "\n"))
    lines = [" ".join(line.split()) for line in normal.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:limit].rstrip()


def without_html(text: str, limit: int) -> str:
    """Return `text`, its HTML tags turned into lines and words, its entities into characters.

    Text without any known tag keeps what looks like one. Only the first `4 * limit` characters of the others are looked
    at. The result is text, not HTML: it may hold `<` again.
    """
    pieces = _TAG.split(text[: limit * 4])
    names = [_TAG_NAME.match(piece) if position % 2 else None for position, piece in enumerate(pieces)]
    if not any(name and _is_known(name[2].lower()) for name in names):
        return _without_entities(text)
    out: list[str] = []
    silent = ""
    for piece, name in zip(pieces, names, strict=True):
        tag = name[2].lower() if name else ""
        closing = bool(name and name[1])
        if silent:
            if closing and tag == silent:
                silent = ""
        elif tag in _SILENT_TAGS:
            silent = "" if closing else tag
        elif tag in _BLOCK_TAGS:
            out.append(_block_text(tag, closing))
        elif tag not in _INLINE_TAGS and not piece.startswith("<!--"):
            out.append(_without_entities(piece))
    return "".join(out)


def quoted(value: object, limit: int = 60) -> str:
    """Return `value` as a message may show it: harmless, text in quotation marks, at most `limit` characters."""
    if not isinstance(value, str):
        shown = type(value).__name__ if isinstance(value, list | dict) else repr(value)
        return shown if len(shown) <= limit else shown[:limit] + "..."
    shown = one_line(value, limit + 1)
    return f'"{shown}"' if len(shown) <= limit else f'"{shown[:limit]}..."'


def _without_entities(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _harmless(text: str) -> str:
    if text.isascii() and text.isprintable():  # quick: nearly every text is
        return text
    plain = _TERMINAL_SEQUENCE.sub("", text).translate(_LINE_ENDS)
    return unicodedata.normalize("NFC", "".join(character for character in plain if _is_kept(character)))


def _is_kept(character: str) -> bool:
    return character in _KEPT_CHARACTERS or unicodedata.category(character) not in _DROPPED_CATEGORIES


def _is_known(tag: str) -> bool:
    return tag in _BLOCK_TAGS or tag in _INLINE_TAGS or tag in _SILENT_TAGS


def _block_text(tag: str, closing: bool) -> str:
    if tag == "li":
        return "" if closing else "\n- "
    return "\n" if tag in {"br", "tr"} else "\n\n"
