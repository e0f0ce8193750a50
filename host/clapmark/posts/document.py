"""A parsed post: its lines, its headings, and where clapmark's own bullets are."""

import re
from bisect import bisect_right
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from clapmark.base.errors import ConflictError
from clapmark.posts.flavours import HUGO, Flavour
from clapmark.posts.ids import begin_key, end_key, has_marker, mark_ids
from clapmark.posts.markdown_scan import Heading, Scan, indent_of, scan
from clapmark.posts.titles import heading_keys

_TAKEAWAY = re.compile(r"(?:\*\*|__)?(?:my )?takeaway", re.IGNORECASE)
_BLOCK = re.compile(r"\s*(?:[-+*>]|\d{1,9}[.)]\s|```|~~~|#{1,6}\s|<)")  # begins something else than more text
_TITLE_LEVELS = range(2, 5)
# The levels of lines that look like headings in a plain post: the section before them may end there, or continue below.
# A line in small letters may be a part of a talk, such as `q & a`, whose takeaway comes later.
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
    hidden: dict[str, int] = field(default_factory=dict)  # key: line of a begin marker in code, HTML or a comment
    by_title: dict[str, list[Heading]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._heading_lines = [heading.line for heading in self.headings]

    def heading_above(self, line: int, keys: Iterable[str] = ()) -> Heading | None:
        """Return the last heading before `line`, or at it, that has one of the title `keys`; else the last of all."""
        fitting = [one for key in keys for one in self.by_title.get(key, ()) if one.line <= line]
        if fitting:
            return max(fitting, key=lambda one: one.line)
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
        end of the post is in a code fence or a comment.
        """
        start, end = heading.last_line + 1, self.body_end(heading, GUESSED_LEVEL)
        for line in range(start, end):
            is_first = line == start or not self.lines[line - 1].strip()
            if is_first and not self.is_open[line] and _TAKEAWAY.match(self.lines[line]):
                return self.outside_blocks(line)
        last = end = self.body_end(heading, DOUBTFUL_LEVEL)
        while last > start and not self.lines[last - 1].strip():
            last -= 1
        if last == start:  # nothing written yet: one empty line under the heading, if two can be had
            return self.outside_blocks(min(start + 1, end) if end - start > 1 else start)
        if last < len(self.lines) and self.is_open[last]:  # an HTML block that ends with the empty line behind it
            last = end
        return self.place_at(last)

    def place_at(self, line: int) -> int:
        """Return `line`, or the line behind the block that it is in.

        Raises RefusedError if it is the end of the post and in a code fence or a comment.
        """
        line = self.outside_blocks(line)
        if line == len(self.lines) and self.unclosed:
            opened, what = self.unclosed
            raise RefusedError(f"the {what} that begins in line {opened + 1} is never closed; close it first")
        return line

    def end_of_text(self, line: int) -> int:
        """Return the line after the text that begins in the bullet in `line` and may continue below it."""
        following = line + 1
        while following < len(self.lines):
            text = self.lines[following]
            is_block = _BLOCK.match(text) or end_key(text) or begin_key(text) or not text.strip()
            if is_block or self.is_item[following] or self.is_open[following]:
                break
            following += 1
        return following

    def has_words_below(self, bullet: LiveBullet, own_lines: Container[int]) -> bool:
        """Return whether lines under a bullet belong to it: nested, or more of its text.

        The lines in `own_lines` are clapmark's: the answer is the one without them.
        """
        rest = (number for number in range(bullet.line + 1, len(self.lines)) if number not in own_lines)
        is_near = True
        for number in rest:
            text = self.lines[number]
            if not text.strip():
                is_near = False
                continue
            if end_key(text) or begin_key(text):  # a marker is not text of the bullet, even if it is indented
                return False
            is_own_block = self.is_item[number] or text.startswith("#")
            return indent_of(text) > 0 or (is_near and not is_own_block)
        return False

    def outside_blocks(self, line: int) -> int:
        """Return `line` if it is outside of all blocks, else the line behind the block that it is in."""
        for block in self.blocks.values():
            if block.begin < line <= block.end:
                return block.end + 1
        return line


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
            for key in heading_keys(heading.text, titles):
                document.by_title.setdefault(key, []).append(heading)
    _find_markers(document, found.is_live)
    return document


def _with_bare_headings(found: Scan, titles: Container[str]) -> list[Heading]:
    """Return the headings, and with them the lines that stand by themselves and are, or look like, a title.

    Clapmark's blocks do not count: a line is a title, or is not, as if they were not there. So it stays what it was
    when bullets are put under it, above it or behind it.
    """
    lines = found.lines
    outside = [number for number, is_inside in enumerate(_inside_blocks(found)) if not is_inside]
    bare = []
    for position, number in enumerate(outside):
        line = lines[number]
        text = line.strip().removeprefix("\ufeff")
        is_alone = (not position or not lines[outside[position - 1]].strip()) and not line[:1].isspace() and text
        if not is_alone or not found.is_live[number] or found.is_open[number] or _PLAIN_ITEM.match(line):
            continue
        below = lines[outside[position + 1]] if position + 1 < len(outside) else ""
        is_known = any(key in titles for key in heading_keys(text, titles))
        if is_known and (not below.strip() or _PLAIN_ITEM.match(below)):
            bare.append(Heading(number, number, 2, text))
        elif not below.strip() and _may_be_title(text):
            is_word = text[0].isupper() or text[0].isdigit()
            bare.append(Heading(number, number, GUESSED_LEVEL if is_word else DOUBTFUL_LEVEL, text))
    known = {heading.line for heading in found.headings}
    return sorted([*found.headings, *(one for one in bare if one.line not in known)], key=lambda one: one.line)


def _inside_blocks(found: Scan) -> list[bool]:
    """Return for each line whether it is a marker of a block or between the two."""
    inside = []
    key = ""
    for line, is_live in zip(found.lines, found.is_live, strict=True):
        is_marker = is_live and "clapmark " in line
        if is_marker and not key:
            key = begin_key(line)
            inside.append(bool(key))
        else:
            inside.append(bool(key))
            if is_marker and key and end_key(line) == key:
                key = ""
    return inside


def _may_be_title(text: str) -> bool:
    return len(text) <= _MAX_GUESSED and not text.endswith(_NO_TITLE_ENDS) and not _TAKEAWAY.match(text)


def _refuse_conflict(lines: list[str]) -> None:
    """Raise RefusedError if git has left a conflict: what looks deleted may exist on its other side."""
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
            if key := begin_key(line):
                document.hidden[key] = number
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
