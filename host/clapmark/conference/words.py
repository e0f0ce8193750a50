"""The person's own words at a bullet, read back from the post: the text that clapmark did not write."""

from collections.abc import Iterable
from pathlib import Path

from clapmark.posts.document import Document, LiveBullet, RefusedError, parse_post
from clapmark.posts.flavours import FLAVOURS
from clapmark.posts.ids import QUOTE, mark_ids
from clapmark.posts.markdown_scan import indent_of
from clapmark.posts.user_text import ITEM, MARK, words_on_line
from clapmark.posts.write_log import Written
from clapmark.schedule.text import paragraphs

MAX_WORDS = 5_000


def read_words(posts: Iterable[Path], flavour: str, written: Written) -> dict[str, str]:
    """Return, by bookmark id, the person's words in the posts of a conference. A post that is refused has none."""
    words: dict[str, str] = {}
    for post in posts:
        if not post.exists():
            continue
        try:
            document = parse_post(post.read_bytes(), FLAVOURS[flavour])
        except RefusedError:
            continue  # `clapmark notes` says why
        for bullet in document.bullets.values():
            if not bullet.id.endswith(QUOTE) and (text := _words(document, bullet, written)):
                words[bullet.id] = text
    return words


def _words(document: Document, bullet: LiveBullet, written: Written) -> str:
    first = document.lines[bullet.line].rstrip("\r\n")
    lines = [words_on_line(first, bullet, written)]
    depth = indent_of(first)
    for number in range(bullet.line + 1, len(document.lines)):
        line = document.lines[number].rstrip("\r\n")
        if line.strip() and indent_of(line) <= depth:
            break
        if bullet.id + QUOTE in mark_ids(line) and _is_own_quote(bullet, line, written):
            continue
        lines.append(ITEM.sub("", MARK.sub("", line)).strip())
    text = "\n".join(lines).encode("utf-8", "replace").decode()
    return paragraphs(text, MAX_WORDS)


def _is_own_quote(bullet: LiveBullet, line: str, written: Written) -> bool:
    mark_id = bullet.id + QUOTE
    return written.has_text(mark_id, bullet.key, line) or not written.has_bullet(mark_id)
