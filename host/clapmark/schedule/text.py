"""HTML in schedules turned into plain text; `base.foreign_text` makes text harmless, and is offered here as well."""

import html
import re

from clapmark.base.foreign_text import one_line, paragraphs, quoted

__all__ = ["one_line", "paragraphs", "quoted", "without_html"]

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


def _without_entities(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _is_known(tag: str) -> bool:
    return tag in _BLOCK_TAGS or tag in _INLINE_TAGS or tag in _SILENT_TAGS


def _block_text(tag: str, closing: bool) -> str:
    if tag == "li":
        return "" if closing else "\n- "
    return "\n" if tag in {"br", "tr"} else "\n\n"
