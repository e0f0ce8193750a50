"""A post as clapmark sees it: its lines, its headings, and where clapmark's own bullets stand in it."""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Container
from dataclasses import dataclass, field

from clapmark.base.errors import ConflictError
from clapmark.posts.flavours import HUGO, Flavour
from clapmark.posts.ids import QUOTE, begin_key, end_key, has_marker, mark_ids
from clapmark.posts.markdown_scan import Heading, Scan, indent_of, scan

_TAKEAWAY = re.compile(r"(?:\*\*|__)?(?:my )?takeaway", re.IGNORECASE)
_LINK = re.compile(r"!?(?<!\\)\[((?:[^\[\]\\]|\\.)*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_ATTRIBUTES = re.compile(r"\{[#.][^{}]*\}\s*$")
_BLOCK = re.compile(r"\s*(?:[-+*>]|\d{1,9}[.)]\s|```|~~~|#{1,6}\s|<)")  # begins something else than more text
_TITLE_LEVELS = range(2, 5)
# Of lines that look like headings in a plain post: the section before them may end there, or go on below. One in small
# letters may be a part of a talk, such as `q & a`, whose takeaway comes later.
GUESSED_LEVEL = 9
DOUBTFUL_LEVEL = 10
_MAX_GUESSED = 120
_NO_TITLE_ENDS = (".", ":", ",", ";", "#", "…")
_PLAIN_ITEM = re.compile(r"[ \t]*(?:[-+*>•◦▪–]|\d{1,9}[.)])\s")


class RefusedError(ConflictError):
    """A post whose markers do not fit together; nothing in it is touched."""


@dataclass(frozen=True)
class LiveBullet:
    """A line of clapmark's in the post: its mark's id, its number, the key of the block around it, "" if in none."""

    id: str
    line: int
    key: str


@dataclass(frozen=True)
class Block:
    """The lines from a begin marker to its end marker."""

    key: str
    begin: int
    end: int


@dataclass
class Document:
    """The post; `lines` keep their line ends, and joined they are the post, byte for byte."""

    lines: list[str]
    newline: str
    headings: list[Heading]
    is_open: list[bool]
    is_item: list[bool]
    unclosed: tuple[int, str] | None
    ends_in_html: bool
    blocks: dict[str, Block] = field(default_factory=dict)
    bullets: dict[str, LiveBullet] = field(default_factory=dict)  # by mark id: bullets, and lines under them
    mentioned: set[str] = field(default_factory=set)  # ids anywhere, also in code
    by_title: dict[str, list[Heading]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._heading_lines = [heading.line for heading in self.headings]

    def heading_above(self, line: int) -> Heading | None:
        """Return the last heading before `line`, or at it, or None."""
        position = bisect_right(self._heading_lines, line)
        while position and self.headings[position - 1].level >= GUESSED_LEVEL:
            position -= 1
        return self.headings[position - 1] if position else None

    def body_end(self, heading: Heading, lowest: int = 6) -> int:
        """Return the line of the next heading of any level down to `lowest`, or the number of lines."""
        for position in range(bisect_right(self._heading_lines, heading.line), len(self.headings)):
            if self.headings[position].level <= lowest:
                return self._heading_lines[position]
        return len(self.lines)

    def section_end(self, heading: Heading) -> int:
        """Return the line of the next heading of the same level or above, or the number of lines."""
        for position in range(bisect_right(self._heading_lines, heading.line), len(self.headings)):
            if self.headings[position].level <= heading.level:
                return self._heading_lines[position]
        return len(self.lines)

    def place_for_block(self, heading: Heading) -> int:
        """Return the line before which a block of bullets goes in the section of `heading`.

        Before its takeaway, where it has one, else behind everything that was written. Raises RefusedError if the
        end of the post lies in a code fence or a comment.
        """
        start, end = heading.last_line + 1, self.body_end(heading, GUESSED_LEVEL)
        for line in range(start, end):
            is_first = line == start or not self.lines[line - 1].strip()
            if is_first and not self.is_open[line] and _TAKEAWAY.match(self.lines[line]):
                return line
        last = end = self.body_end(heading, DOUBTFUL_LEVEL)
        while last > start and not self.lines[last - 1].strip():
            last -= 1
        if last == start:  # nothing written yet: one empty line under the heading, if two can be had
            return min(start + 1, end) if end - start > 1 else start
        if last < len(self.lines) and self.is_open[last]:  # an HTML block that ends with the empty line behind it
            last = end
        return self.place_at(last)

    def place_at(self, line: int) -> int:
        """Return `line`. Raises RefusedError if it is the end of the post and lies in a code fence or a comment."""
        if line == len(self.lines) and self.unclosed:
            opened, what = self.unclosed
            raise RefusedError(
                f"the {what} that begins in line {opened + 1} is never closed, so nothing can go behind it"
            )
        return line

    def quote_below(self, bullet: LiveBullet) -> LiveBullet | None:
        """Return clapmark's line under a bullet, if it stands directly under it."""
        quote = self.bullets.get(bullet.id + QUOTE)
        return quote if quote and quote.line == bullet.line + 1 else None

    def end_of_text(self, line: int) -> int:
        """Return the line behind the text that begins in the bullet in `line` and may go on below it."""
        following = line + 1
        while following < len(self.lines):
            text = self.lines[following]
            is_block = _BLOCK.match(text) or end_key(text) or begin_key(text) or not text.strip()
            if is_block or self.is_item[following] or self.is_open[following]:
                break
            following += 1
        return following

    def has_words_below(self, bullet: LiveBullet) -> bool:
        """Return whether lines under a bullet, clapmark's own aside, belong to it: nested, or more of its text."""
        quote = self.quote_below(bullet)
        line = quote.line if quote else bullet.line
        following = line + 1
        while following < len(self.lines) and not self.lines[following].strip():
            following += 1
        if following == len(self.lines):
            return False
        text = self.lines[following]
        if indent_of(text):
            return True
        is_near = following == line + 1
        is_own_block = self.is_item[following] or end_key(text) or begin_key(text) or text.startswith("#")
        return is_near and not is_own_block


def parse_post(data: bytes, flavour: Flavour = HUGO, titles: Container[str] = ()) -> Document:
    """Return the document in the bytes of a post. Raises RefusedError where markers are missing or double.

    In plain posts a talk's title may stand as a line by itself: `titles` are the keys of those that are known.
    """
    text = data.decode("utf-8", "surrogateescape")
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    if not lines[-1]:
        lines.pop()
    if "<<<<<<< " in text:
        _refuse_conflict(lines)
    found = scan(lines, is_obsidian=flavour.name == "obsidian")
    if flavour.name == "plain":
        found.headings = _with_bare_headings(found, titles)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    document = Document(
        lines, newline, found.headings, found.is_open, found.is_item, found.unclosed, found.ends_in_html
    )
    for heading in found.headings:
        if heading.level in _TITLE_LEVELS:
            document.by_title.setdefault(title_key(heading.text), []).append(heading)
    _find_markers(document, found.is_live)
    return document


def title_key(text: str) -> str:
    """Return what two headings of the same talk have in common: letters and digits, no case, no links, no punctuation.

    `+` and `#` behind a letter count: C, C++ and C# are different.
    """
    plain = _LINK.sub(r" \1 ", _ATTRIBUTES.sub("", text))
    plain = html.unescape(re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", plain))
    plain = unicodedata.normalize("NFKC", plain).casefold()
    plain = re.sub(r"(?<=[^\W_])([+#]+)", lambda match: "p" * match[1].count("+") + "s" * match[1].count("#"), plain)
    key = "".join(character for character in plain if character.isalnum())
    return key or "".join(plain.split())


def _with_bare_headings(found: Scan, titles: Container[str]) -> list[Heading]:
    """Return the headings, and with them the lines that stand by themselves and are, or look like, a title."""
    lines = found.lines
    bare = []
    for number, line in enumerate(lines):
        text = line.strip().removeprefix("\ufeff")
        is_alone = (not number or not lines[number - 1].strip()) and not line[:1].isspace() and text
        if not is_alone or not found.is_live[number] or found.is_open[number] or _PLAIN_ITEM.match(line):
            continue
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if title_key(text) in titles and (not below.strip() or _PLAIN_ITEM.match(below)):
            bare.append(Heading(number, number, 2, text))
        elif not below.strip() and _may_be_title(text):
            is_word = text[0].isupper() or text[0].isdigit()
            bare.append(Heading(number, number, GUESSED_LEVEL if is_word else DOUBTFUL_LEVEL, text))
    known = {heading.line for heading in found.headings}
    return sorted([*found.headings, *(one for one in bare if one.line not in known)], key=lambda one: one.line)


def _may_be_title(text: str) -> bool:
    return len(text) <= _MAX_GUESSED and not text.endswith(_NO_TITLE_ENDS) and not _TAKEAWAY.match(text)


def _refuse_conflict(lines: list[str]) -> None:
    """Raise RefusedError if git has left a conflict: what looks deleted may only stand on its other side."""
    begun = next((number for number, line in enumerate(lines) if line.startswith("<<<<<<< ")), None)
    if begun is not None and any(line.startswith(">>>>>>> ") for line in lines[begun:]):
        raise RefusedError(
            f"git has left a conflict in it, in line {begun + 1}; keep the bullets of both sides, then try again"
        )


def _find_markers(document: Document, is_live: list[bool]) -> None:
    begun: tuple[str, int] | None = None
    for number, line in enumerate(document.lines):
        if not has_marker(line):
            continue
        ids = mark_ids(line)
        document.mentioned.update(ids)
        if not is_live[number]:
            continue
        if ids:
            for bullet_id in ids:
                if bullet_id in document.bullets:
                    first = document.bullets[bullet_id].line + 1
                    raise RefusedError(f"lines {first} and {number + 1} carry the same marker, {bullet_id}")
                document.bullets[bullet_id] = LiveBullet(bullet_id, number, begun[0] if begun else "")
        elif key := begin_key(line):
            if begun:
                raise RefusedError(
                    f"line {number + 1} begins the bullets of {key} before those of {begun[0]} have ended"
                )
            if key in document.blocks:
                first = document.blocks[key].begin + 1
                raise RefusedError(f"lines {first} and {number + 1} both begin the bullets of {key}")
            begun = key, number
        elif key := end_key(line):
            if not begun or begun[0] != key:
                raise RefusedError(f"line {number + 1} ends the bullets of {key}, but they do not begin before it")
            document.blocks[key] = Block(key, begun[1], number)
            begun = None
    if begun:
        raise RefusedError(f"line {begun[1] + 1} begins the bullets of {begun[0]}, but nothing ends them")
