"""Escape outside text for Markdown posts: it is shown as the words it is, and can be nothing else.

Titles, abstracts, names and tags come from strangers. After `inline`, text holds no `<`, `{` or `}` at all, so no
HTML, no Hugo shortcode (which Hugo finds before it reads Markdown) and no heading attribute, and no `%%`, so no
Obsidian comment; what Markdown could take for structure is escaped with a backslash (CommonMark 0.31, 2.4; goldmark's
extensions: tables, strikethrough, links from bare addresses, definition lists, maths, marks; Obsidian's links, tags,
highlights and block ids).
"""

import json
import re
from urllib.parse import quote, urlsplit

from clapmark.schedule.text import one_line

MAX_TITLE = 200
MAX_ABSTRACT = 5_000
MAX_NAME = 100
MAX_URL = 2_000
_MAX_READ = 20_000  # cut only after cleaning: half a terminal sequence would leave its other half behind

_ENTITIES = {
    "<": "&lt;", ">": "&gt;", "{": "&#123;", "}": "&#125;", "\\": "&#92;", "&": "&amp;", "$": "&#36;", "%": "&#37;",
}  # fmt: skip
_ANYWHERE = re.compile(r"[<>{}\\`*_\[\]#~|^]|&(?=[#A-Za-z])|([$%=])(?=\1)|(?<=\$)\$|(?<=%)%|(?<==)=|!(?=\[)")
# what goldmark would make a link without any brackets: `http://`, `www.`, `mailto:`, `me@example.org`
_BARE_ADDRESS = re.compile(r"(?i):(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):|@")
_LINE_START = re.compile(r"[-+=:]|\d{1,9}(?=[.)])")
_NOT_IN_A_NOTE_NAME = frozenset('#^[]|\\/:*?"<>{}%$`=~@')
# Everything that RFC 3986 allows in the parts of an address but $ and brackets: a round one would end a Markdown link.
_ADDRESS_SAFE = "/?:@-._~!&'*+,;=%"


def inline(text: str, limit: int) -> str:
    """Return `text` on one line, as Markdown that shows just these words, cut after a word at `limit` characters.

    The result may follow `## `, `> `, `- ` or other words. It is empty if nothing can be shown.
    """
    if text.isascii() and text.isalnum() and len(text) <= limit:  # quick: a tag
        return text
    plain = _shortened(one_line(text, _MAX_READ), limit)
    start = _LINE_START.match(plain)
    if start is None:
        return _escaped(plain)
    first = start[0]
    # a number stays as it is, what follows it is escaped: `1\. `
    head = f"{first}\\{plain[start.end()]}" if first[0].isdigit() else f"\\{first}"
    return head + _escaped(plain[start.end() + first[0].isdigit() :])


def wiki_link(text: str, limit: int) -> str:
    """Return a name as a link to the note of that name in Obsidian, or as `inline` where no note can have that name."""
    name = _shortened(one_line(text, _MAX_READ), limit)
    if not name or name.startswith(".") or name.endswith((".", "…")) or set(name) & _NOT_IN_A_NOTE_NAME:
        return inline(text, limit)
    return f"[[{name}]]"


def front_matter_text(text: str, limit: int) -> str:
    """Return `text` as a double-quoted YAML string on one line, which is also JSON and TOML."""
    quoted = json.dumps(_shortened(one_line(text, _MAX_READ), limit), ensure_ascii=False)
    # some themes print the title as it is, trusting the post's own front matter
    for character in "<>&{}":
        quoted = quoted.replace(character, f"\\u{ord(character):04x}")
    return quoted


def link_target(url: str) -> str:
    """Return `url` for use inside `[#](...)`, or "" if it is no http or https address that is safe to write."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not host or len(url) > MAX_URL or parts.username is not None:
        return ""
    address, mark, fragment = one_line(url, MAX_URL).partition("#")
    safe = f"{quote(address, safe=_ADDRESS_SAFE)}{mark}{quote(fragment, safe=_ADDRESS_SAFE)}"
    safe = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", safe)
    return re.sub(r"&(?=[#A-Za-z])", "&amp;", safe)


def _escaped(plain: str) -> str:
    text = _ANYWHERE.sub(lambda match: _escape_one(match[0]), plain)
    return _BARE_ADDRESS.sub(r"\\\g<0>", text)


def _escape_one(character: str) -> str:
    return _ENTITIES.get(character, f"\\{character}")


def _shortened(plain: str, limit: int) -> str:
    if len(plain) <= limit:
        return plain
    cut = plain[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip() + "…"
