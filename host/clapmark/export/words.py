"""The person's own words at a bullet, read back from the post: what stands there that clapmark did not write."""

import re

from clapmark.archive import Archive
from clapmark.index.sources import post_paths
from clapmark.notes.document import Document, LiveBullet, RefusedError, parse_post
from clapmark.notes.flavours import FLAVOURS
from clapmark.notes.ids import QUOTE, mark_ids
from clapmark.notes.scan import indent_of
from clapmark.notes.written import Written
from clapmark.schedule.text import paragraphs

MAX_WORDS = 5_000
_MARK = re.compile(r"\s*(?:<!-- clapmark \S+ -->|%% clapmark \S+ %%|(?<!\S)\^clap-[a-z2-7]{10}(?![\w-]))")
_MARKER = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")
# a bullet as clapmark writes it without a template: what is known where the list of written lines was lost
_OWN = re.compile(
    r"^(?:[-*+]\s+)?\**(?:time unknown|\\?~?(?:\d{4}-\d\d-\d\d )?\d{1,2}:\d\d)\**\s*(?:\[[\d:]+\]\([^()\s]*\)\s*)?"
    r"(?:#?[^\s,]{1,48}(?:$|(?:, (?:about )?\d+ min (?:in|before the start|after the end))(?:, [\d mins]+ long)?))?"
)


def read_words(archive: Archive, slug: str) -> dict[str, str]:
    """Return, by bookmark id, the person's words in the posts of a conference. A post that is refused has none."""
    path = archive.written_path(slug)
    written = Written(path.read_bytes() if path.exists() else b"")
    words: dict[str, str] = {}
    for post in post_paths(archive, slug):
        if not post.exists():
            continue
        try:
            document = parse_post(post.read_bytes(), FLAVOURS[archive.settings.flavour])
        except RefusedError:
            continue  # `clapmark notes` says why
        for bullet in document.bullets.values():
            if not bullet.id.endswith(QUOTE) and (text := _words(document, bullet, written)):
                words[bullet.id] = text
    return words


def _words(document: Document, bullet: LiveBullet, written: Written) -> str:
    first = document.lines[bullet.line].rstrip("\r\n")
    lines = [_first_line(first, bullet, written)]
    depth = indent_of(first)
    for number in range(bullet.line + 1, len(document.lines)):
        line = document.lines[number].rstrip("\r\n")
        if line.strip() and indent_of(line) <= depth:
            break
        if bullet.id + QUOTE in mark_ids(line) and _is_own_quote(bullet, line, written):
            continue
        lines.append(_MARKER.sub("", _MARK.sub("", line)).strip())
    text = "\n".join(lines).encode("utf-8", "replace").decode()
    return paragraphs(text, MAX_WORDS)


def _is_own_quote(bullet: LiveBullet, line: str, written: Written) -> bool:
    mark_id = bullet.id + QUOTE
    return written.has_text(mark_id, bullet.key, line) or not written.has_bullet(mark_id)


def _first_line(line: str, bullet: LiveBullet, written: Written) -> str:
    """Return what the person added to a line: what is left of it behind the longest text that clapmark wrote."""
    mark = _MARK.search(line)
    own_mark = mark[0].strip() if mark else ""
    body = " ".join((line[: mark.start()] + line[mark.end() :]).split(" ")) if mark else line
    parts = body.rstrip().split(" ")
    for count in range(len(parts), 0, -1):
        if written.has_text(bullet.id, bullet.key, f"{' '.join(parts[:count])} {own_mark}"):
            return _plain_start(" ".join(parts[count:]))
    return _plain_start(_MARKER.sub("", _OWN.sub("", body.strip())))


def _plain_start(words: str) -> str:
    """Return words without what joined them to the text before them."""
    return words.strip().lstrip(",;:–—").strip()
