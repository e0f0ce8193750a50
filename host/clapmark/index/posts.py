"""The user's own words in a post, and the quotations under the bullets: what of them belongs to which talk."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from clapmark.posts.document import GUESSED_LEVEL, Document, LiveBullet, parse_post
from clapmark.posts.flavours import Flavour
from clapmark.posts.markdown_scan import indent_of
from clapmark.posts.titles import heading_keys, is_spelled, title_key
from clapmark.posts.user_text import words_on_line
from clapmark.posts.write_log import Written
from clapmark.schedule import Schedule, Talk
from clapmark.schedule.text import one_line

WORDS, QUOTE, NOTES = "words", "quote", "notes"

_MARK = re.compile(r"<!--.*?-->|%%.*?%%|(?:(?<=\s)|^)\^clap-[a-z2-7]{10}\b|\{\{[<%].*?[>%]\}\}")
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")  # of Markdown: the backslash before a sign
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MAX_TEXT = 20_000


@dataclass(frozen=True)
class Text:
    """A piece of text to be found: WORDS or QUOTE of a bookmark, or NOTES of a talk. Empty ids where there is none."""

    kind: str
    talk_id: str
    bookmark_id: str
    text: str


def texts_of_post(data: bytes, schedule: Schedule, flavour: Flavour, written: Written) -> list[Text]:
    """Return the texts in the bytes of a post; `written` says what in it is clapmark's.

    Raises RefusedError where its markers do not fit together.
    """
    return [text for text in _Post(data, schedule, flavour, written).texts() if text.text]


class _Post:
    def __init__(self, data: bytes, schedule: Schedule, flavour: Flavour, written: Written) -> None:
        self.document = parse_post(data, flavour, {title_key(talk.title) for talk in schedule.talks})
        self.written = written
        self.talks = _talks(self.document, schedule)
        self.edges = {edge for block in self.document.blocks.values() for edge in (block.begin, block.end)}
        self.marks = {bullet.line for bullet in self.document.bullets.values()}

    def texts(self) -> Iterator[Text]:
        taken: set[int] = set()
        for bullet in sorted(self.document.bullets.values(), key=lambda bullet: bullet.line):
            lines = self._lines_of(bullet)
            taken.update(lines)
            talk = self.talks[bullet.line]
            yield from self._of_bullet(bullet, lines, talk.id if talk else "")
        yield from self._notes(taken)

    def _lines_of(self, bullet: LiveBullet) -> list[int]:
        """Return the line of a bullet, and those under it that belong to it."""
        texts = self.document.lines
        depth = indent_of(texts[bullet.line])
        end = bullet.line + 1
        while end < len(texts) and end not in self.marks and end not in self.edges:
            is_nested = not texts[end].strip() or indent_of(texts[end]) > depth
            if not is_nested and self._ends_item(end):
                break
            end += 1
        return list(range(bullet.line, end))

    def _ends_item(self, line: int) -> bool:
        before, text = self.document.lines[line - 1 : line + 1]
        return self.document.is_item[line] or not before.strip() or text.startswith(("#", ">", "```", "~~~"))

    def _of_bullet(self, bullet: LiveBullet, lines: list[int], talk_id: str) -> Iterator[Text]:
        bookmark_id, _, is_quote = bullet.id.partition(".")
        first = self.document.lines[bullet.line]
        words: list[str] = [words_on_line(first.rstrip("\r\n"), bullet, self.written)]
        quotes: list[str] = []
        for line in lines[1:]:
            text = self.document.lines[line].strip()
            (quotes if text.startswith(">") else words).append(text)
        if is_quote:
            quotes, words = [first, *words[1:], *quotes], []
        yield Text(WORDS, talk_id, bookmark_id, _plain(words))
        yield Text(QUOTE, talk_id, bookmark_id, _plain(quotes))

    def _notes(self, taken: set[int]) -> Iterator[Text]:
        pieces: dict[str, list[str]] = {}
        headings = [heading for heading in self.document.headings if heading.level < GUESSED_LEVEL]
        passed = taken | self.edges | {line for one in headings for line in range(one.line, one.last_line + 1)}
        for number, line in enumerate(self.document.lines):
            talk = self.talks[number]
            if talk is not None and number not in passed and not _is_of_schedule(line, talk):
                pieces.setdefault(talk.id, []).append(line)
        for talk_id, lines in pieces.items():
            yield Text(NOTES, talk_id, "", _plain(lines))


def _talks(document: Document, schedule: Schedule) -> list[Talk | None]:
    """Return for each line the talk whose section contains it."""
    by_id = {talk.id: talk for talk in schedule.talks}
    by_title: dict[str, list[Talk]] = {}
    for talk in schedule.talks:
        by_title.setdefault(title_key(talk.title), []).append(talk)
    found: list[Talk | None] = [None] * len(document.lines)
    for heading in document.headings:  # a section in a section comes later, and is more exact
        keys = heading_keys(heading.text, by_title)
        candidates = next((by_title[key] for key in keys if key in by_title), [])
        if len(candidates) > 1:
            candidates = [talk for talk in candidates if is_spelled(heading.text, talk.title)]
        if len(candidates) == 1:
            _set(found, heading.line, document.section_end(heading), candidates[0])
    for key, block in document.blocks.items():
        heading_above = document.heading_above(block.begin)
        if key in by_id and heading_above and found[heading_above.line] is None:  # a heading that its author changed
            _set(found, heading_above.line, document.body_end(heading_above), by_id[key])
        _set(found, block.begin, block.end + 1, by_id.get(key))
    return found


def _set(found: list[Talk | None], first: int, end: int, talk: Talk | None) -> None:
    for line in range(first, end):
        found[line] = talk


def _is_of_schedule(line: str, talk: Talk) -> bool:
    """Return whether a line holds nothing but the talk's abstract or speakers, which are found as such."""
    key = title_key(_plain([line]))
    return not key or key == "takeaway" or key in title_key(" ".join([*talk.speakers, talk.abstract]))


def _plain(lines: list[str]) -> str:
    """Return the words of Markdown lines on one line."""
    texts = (_LINK.sub(r"\1", _MARK.sub(" ", line)) for line in lines)
    joined = " ".join(re.sub(r"^[\s>#]*(?:[-*+]\s+)?", "", text).strip() for text in texts)
    words = html.unescape(_ESCAPE.sub("", joined.replace("**", "")))
    return one_line(words.encode("utf-8", "replace").decode(), _MAX_TEXT)
