"""The ownership rule: how bullets get into a post in which a person writes (DESIGN.md, "The archive").

Clapmark owns the lines that carry its marker, inside its blocks, as long as they read as it wrote them. Everything
else belongs to the person. So a merge only ever adds lines, replaces a line of its own, or takes one of its own out:

- a bullet that stands as it was written may be updated, moved to its talk, or taken out;
- a bullet with a person's words in it or under it is left, and what it would have become is told, once;
- a bullet or section that was written before and is not there any more was deleted: it does not come back;
- a bullet outside the blocks, or in another talk's block, was moved there by the person: it is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from clapmark.notes.document import Document, LiveBullet, parse_post
from clapmark.notes.ids import begin_marker, bullet_marker, end_marker
from clapmark.notes.places import Places
from clapmark.notes.written import Written


@dataclass(frozen=True)
class Bullet:
    """One bullet: the bookmark's id, and its text in Markdown, on one line."""

    id: str
    text: str

    @property
    def line(self) -> str:
        """The whole line, without its line end."""
        return f"- {self.text} {bullet_marker(self.id)}"


@dataclass(frozen=True)
class Section:
    """One talk of the schedule, or the heading over a lightning session, as it would stand in the post.

    `title_keys` say which heading of the post is its own; `parent` is the key of the session it belongs to. A section
    that is not `wanted` is only known for its place among the others.
    """

    key: str
    title_keys: tuple[str, ...]
    parent: str = ""
    level: int = 2
    wanted: bool = False
    heading: str = ""  # all that follows in Markdown, lines without line ends
    lead: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    bullets: tuple[Bullet, ...] = ()


@dataclass
class Merged:
    """The new post, and sentences for the person about what was left as it is."""

    post: bytes
    left: list[str] = field(default_factory=list)


def merge(post: bytes, sections: Sequence[Section], written: Written, retracted: frozenset[str]) -> Merged:
    """Return `post` with the bullets of `sections` (in the order of the schedule) in it.

    `retracted` holds the ids of bullets that are to go: taken back on the device, or of another post by now. A bullet
    whose id is neither here nor there is left: its journal may lie on another laptop. `written` is added to.
    Raises RefusedError where the markers of the post are missing or double.
    """
    document = parse_post(post)
    merging = _Merging(document, written, Places(document, sections))
    for section in sections:
        if section.wanted:
            merging.take(section)
    for bullet_id in sorted(retracted & document.bullets.keys()):
        merging.retract(document.bullets[bullet_id])
    merging.place(sections)
    return Merged(merging.to_bytes(), merging.left)


class _Merging:
    def __init__(self, document: Document, written: Written, places: Places) -> None:
        self.document = document
        self.written = written
        self.places = places
        self.by_key: dict[str, list[LiveBullet]] = {}  # the bullets at the very left of each block
        for bullet in document.bullets.values():
            if document.is_item[bullet.line]:
                self.by_key.setdefault(bullet.key, []).append(bullet)
        self.left: list[str] = []
        self.replaced: dict[int, str | None] = {}  # line: its new text, None to take it out
        self.inserted: dict[int, list[str]] = {}  # before which line: the new lines
        self.new: dict[str, list[Bullet]] = {}  # section key: bullets that are to go in

    def take(self, section: Section) -> None:
        """Update the bullets of a section that are in the post, and collect those that are to go in."""
        new = self.new.setdefault(section.key, [])
        for bullet in section.bullets:
            live = self.document.bullets.get(bullet.id)
            if live is not None:
                if self._update(section, bullet, live):
                    new.append(bullet)
            elif bullet.id not in self.document.mentioned and not self.written.has_bullet(bullet.id):
                new.append(bullet)

    def retract(self, live: LiveBullet) -> None:
        """Take out a bullet, if it stands as it was written."""
        if self._is_own(live):
            self.replaced[live.line] = None
            self.written.add_removal(live.id)
        elif self.written.add_removal(live.id):
            self.left.append(
                f"line {live.line + 1}: the bookmark was taken back or moved, but its bullet has words of yours"
            )

    def place(self, sections: Sequence[Section]) -> None:
        """Put the new bullets where they belong, with headings where there are none."""
        places = self.places
        # a session whose heading was deleted comes back with a new bookmark in one of its talks
        needed = {section.parent for section in sections if self.new.get(section.key) and not places.heading(section)}
        for section in sections:
            if not section.wanted:
                continue
            new = self.new[section.key]
            heading = places.heading(section)
            if section.key in self.document.blocks:
                self._into_block(section, new)
            elif heading is not None:
                if new:
                    self._insert(self.document.place_for_block(heading), self._block(section, new))
            elif places.is_ambiguous(section):
                if new:
                    self.left.append(places.why_ambiguous(section))
                continue
            elif new or section.key in needed or not self.written.has_section(section.key):
                self._create(section, new)
            else:
                continue  # its section was deleted
            self.written.add_section(section.key)

    def to_bytes(self) -> bytes:
        """Return the merged post."""
        document = self.document
        out: list[str] = []
        for number, line in enumerate(document.lines):
            out += [text + document.newline for text in self.inserted.get(number, ())]
            if number not in self.replaced:
                out.append(line)
            elif (text := self.replaced[number]) is not None:
                out.append(text + line[len(line.rstrip("\r\n")) :])
        last = self.inserted.get(len(document.lines), [])
        if last:
            out += self._at_the_end(last)
        return "".join(out).encode("utf-8", "surrogateescape")

    def _at_the_end(self, lines: list[str]) -> list[str]:
        """Return the lines to append; a post without a newline at its end stays one."""
        newline = self.document.newline
        before = self.document.lines[-1] if self.document.lines else newline
        text = newline.join(lines)
        if self.document.ends_in_html and lines[0]:
            text = newline + text
        return [text + newline] if before.endswith("\n") else [newline + text]

    def _update(self, section: Section, bullet: Bullet, live: LiveBullet) -> bool:
        """Bring a bullet that is in the post up to date; return whether it has to be put in anew elsewhere."""
        is_home = live.key == section.key
        if is_home and self.document.lines[live.line].rstrip("\r\n") == bullet.line:
            self.written.add_text(bullet.id, section.key, bullet.line)  # not there after a crash, or a lost list
            return False
        if not self._is_own(live):
            is_known = self.written.has_bullet(bullet.id)
            # after the list was lost every bullet is known again as the person's: that is no news to them
            if self.written.add_text(bullet.id, section.key, bullet.line) and is_known:
                self.left.append(f"line {live.line + 1} has words of yours; it would now read: {bullet.text}")
            return False
        if not is_home and self.places.is_ambiguous(section):
            return False  # it stays where it is until the person has said where it goes
        self.replaced[live.line] = bullet.line if is_home else None
        self.written.add_text(bullet.id, section.key, bullet.line)
        return not is_home

    def _is_own(self, live: LiveBullet) -> bool:
        line = self.document.lines[live.line]
        is_written = self.written.has_text(live.id, live.key, line.rstrip("\r\n"))  # outside of blocks nothing ever was
        return is_written and not self.document.has_words_below(live.line)

    def _into_block(self, section: Section, new: list[Bullet]) -> None:
        if not new:
            return
        document, block = self.document, self.document.blocks[section.key]
        order = {bullet.id: number for number, bullet in enumerate(section.bullets)}
        inside = sorted((bullet.line, order.get(bullet.id, -1)) for bullet in self.by_key.get(section.key, ()))
        for bullet in new:
            position = 0  # how many of those inside stay before the new one
            for count, (_, number) in enumerate(inside, 1):
                if 0 <= number < order[bullet.id]:
                    position = count
            line = inside[position][0] if position < len(inside) else block.end
            while line - 1 > block.begin and not document.lines[line - 1].strip() and not document.is_open[line - 1]:
                line -= 1
            self._insert(line, [bullet.line])
            self.written.add_text(bullet.id, section.key, bullet.line)

    def _block(self, section: Section, new: list[Bullet]) -> list[str]:
        for bullet in new:
            self.written.add_text(bullet.id, section.key, bullet.line)
        return [begin_marker(section.key), *(bullet.line for bullet in new), end_marker(section.key)]

    def _create(self, section: Section, new: list[Bullet]) -> None:
        line = self.document.place_at(self.places.for_new(section))
        before = self.inserted.get(line, [])
        lines = [section.heading]
        for part in (section.lead, self._block(section, new) if new else (), section.tail):
            if part:
                lines += ["", *part]
        above = before[-1] if before else self.document.lines[line - 1].strip() if line else ""
        is_last = line == len(self.document.lines)
        self._insert(line, [*([""] if above else []), *lines, *([] if is_last else [""])])

    def _insert(self, line: int, lines: list[str]) -> None:
        self.inserted.setdefault(line, []).extend(lines)
