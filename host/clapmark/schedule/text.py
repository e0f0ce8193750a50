"""HTML in schedules turned into plain text; `base.foreign_text` makes text harmless, and is offered here as well."""

import html
import re

from clapmark.base.foreign_text import one_line, paragraphs, quoted

__all__ = ["one_line", "paragraphs", "quoted", "unescaped", "without_html"]

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
_SILENT_TAGS = frozenset(("script", "style"))  # what is between them is no text
_SURELY_HTML = re.compile(
    r"""^\s*<(?:p|div|ul|ol|h[1-6]|pre|blockquote|table)(?:\s[^<>]{0,500})?>"""
    r"""|<(?:a\s[^<>]{0,500}href|img\s[^<>]{0,500}src)\s*=\s*["'][^<>]{0,2000}>|<br\s*/>""",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"<br\s*>", re.IGNORECASE)
# what programs escape when they write text as HTML
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,6}|#[xX][0-9a-fA-F]{2,6});")


def without_html(text: str, limit: int) -> str:
    """Return `text`; if it is HTML, its tags turned into lines and words, its entities into characters.

    It is HTML if something in it can be nothing else: an element with its end tag, a link or picture with an address,
    `<br/>`, several `<br>`, or a block tag in front of everything. A sentence about `<p>` or `<script>` is not HTML,
    and keeps every word. Only the first `4 * limit` characters of HTML are read. The result is text, and may
    have `<` in it again.
    """
    pieces = _TAG.split(text[: limit * 4])
    names = [_TAG_NAME.match(piece) if position % 2 else None for position, piece in enumerate(pieces)]
    if not _is_html(text[: limit * 4], names):
        return _without_entities(text) if _has_only_entities(text) else text
    last_closing = {name[2].lower(): position for position, name in enumerate(names) if name and name[1]}
    out: list[str] = []
    silent = ""
    for position, (piece, name) in enumerate(zip(pieces, names, strict=True)):
        tag = name[2].lower() if name else ""
        closing = bool(name and name[1])
        if silent:
            if closing and tag == silent:
                silent = ""
        elif tag in _SILENT_TAGS and (closing or last_closing.get(tag, -1) > position):
            silent = "" if closing else tag
        elif tag in _SILENT_TAGS:  # never closed: a word about the tag
            out.append(piece)
        elif tag in _BLOCK_TAGS:
            out.append(_block_text(tag, closing))
        elif tag not in _INLINE_TAGS and not piece.startswith("<!--"):
            out.append(_without_entities(piece))
    return "".join(out)


def unescaped(text: str) -> str:
    """Return the plain text that a program has escaped as HTML, such as `Bits &amp; Bytes`; other text as it is."""
    return _ESCAPED.sub(lambda match: html.unescape(match[0]), text) if _has_only_entities(text) else text


def _without_entities(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _is_html(text: str, names: list[re.Match[str] | None]) -> bool:
    if _SURELY_HTML.search(text) or len(_LINE_BREAK.findall(text)) > 1:
        return True
    opened: set[str] = set()
    for name in names:
        tag = name[2].lower() if name else ""
        if name and name[1] and tag in opened:
            return True
        if tag in _BLOCK_TAGS or tag in _INLINE_TAGS:
            opened.add(tag)
    return False


def _has_only_entities(text: str) -> bool:
    """Return whether a program has escaped `text`: it would not have left a `<` or a bare `&` in it."""
    return "<" not in text and ">" not in text and "&" not in _ENTITY.sub("", text)


def _block_text(tag: str, closing: bool) -> str:
    if tag == "li":
        return "" if closing else "\n- "
    return "\n" if tag in {"br", "tr"} else "\n\n"
