"""Whether a heading of a post names a talk: what counts in a title, and what people add to their headings.

Case, accents, punctuation, emphasis and links do not count (base.fold_names). A heading may also carry marks that are
not part of the title: a block id, tags and a comment of Obsidian, an HTML comment or anchor, attributes, a footnote.
"""

import html
import re
import unicodedata
from collections.abc import Container
from functools import lru_cache

from clapmark.base.fold_names import title_letters

_LINK = re.compile(r"!?(?<!\\)\[((?:[^\[\]\\]|\\.)*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_ATTRIBUTES = re.compile(r"\{:?\s*[#.][^{}]*\}\s*$")
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_COMMENT = re.compile(r"<!--.*?-->|%%.*?%%")
_EMBED = re.compile(r"!\[\[[^\[\]]*\]\]")
_WIKI_LINK = re.compile(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_HTML_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_FOOTNOTE = re.compile(r"\[\^[^\[\]]+\]")
_ANY_ATTRIBUTES = re.compile(r"\{[^{}]*\}\s*$")
_MARKS_BEHIND = re.compile(r"(?:\s+(?:\^[A-Za-z0-9-]+|#(?=[^\s#]*[^\W\d])[\w/-]+))+\s*$")
_TAGS_BEFORE = re.compile(r"^\s*(?:#(?=[^\s#]*[^\W\d])[\w/-]+\s+)+")


@lru_cache(maxsize=4096)  # a conference has hundreds of titles, each compared with every heading
def title_key(text: str) -> str:
    """Return what two spellings of a title have in common: its letters and digits, without links and escapes."""
    plain = _LINK.sub(r" \1 ", _ATTRIBUTES.sub("", text))
    return title_letters(html.unescape(_ESCAPE.sub("", plain)))


def heading_keys(text: str, titles: Container[str] = ()) -> list[str]:
    """Return the keys under which the heading `text` (Markdown, without `#`) may name a talk.

    If the whole text is one of the known `titles`, it is that title: a `#python` in it belongs to it. Otherwise the
    text without the marks that people add counts as well.
    """
    keys = [title_key(text)]
    if keys[0] in titles:
        return keys
    for words in _without_marks(text):
        key = title_key(words)
        if key and key not in keys:
            keys.append(key)
    return keys


def spelled_key(title: str) -> str:
    """Return the letters and digits of a title with their accents: `Café` and `Cafe` differ, their `title_key` not."""
    plain = html.unescape(_ESCAPE.sub("", _LINK.sub(r" \1 ", _ATTRIBUTES.sub("", title))))
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return "".join(character for character in folded if character.isalnum() or character in "+#")


def is_spelled(heading: str, title: str) -> bool:
    """Return whether a heading has the letters of a title, with their accents; its marks do not count."""
    wanted = spelled_key(title)
    return any(spelled_key(words) == wanted for words in (heading, *_without_marks(heading)))


def _without_marks(text: str) -> tuple[str, str]:
    """Return a heading without the marks that people add, with the shown texts of its links, and with their targets."""
    bare = _FOOTNOTE.sub(" ", _HTML_TAG.sub(" ", _EMBED.sub(" ", _COMMENT.sub(" ", text))))
    bare = _ANY_ATTRIBUTES.sub("", bare.rstrip())
    bare = _TAGS_BEFORE.sub("", _MARKS_BEHIND.sub("", bare))
    return _WIKI_LINK.sub(_shown, bare), _WIKI_LINK.sub(_target, bare)


def _shown(link: re.Match[str]) -> str:
    """Return the text that Obsidian shows for a link to a note."""
    return f" {link[2] or _target(link)} "


def _target(link: re.Match[str]) -> str:
    """Return the name of the note, or of the heading in it, that a link leads to, without its folders."""
    return f" {link[1].rsplit('#', 1)[-1].rsplit('/', 1)[-1]} "
