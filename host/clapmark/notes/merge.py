"""The ownership rule: how bullets get into a post in which a person writes (DESIGN.md, "The archive").

Clapmark owns the lines that carry its marker, inside its blocks, as long as they read as it wrote them. Everything
else belongs to the person. So a merge only ever adds lines, replaces a line of its own, or takes one of its own out:

- a bullet that is as it was written may be updated, moved to its talk, or removed;
- a bullet with a person's words in it or under it is left, and what it would have become is reported once; a quotation
  that arrives later still goes under it, as a line of its own;
- a bullet or section that was written before and is no longer there was deleted: it does not come back;
- a bullet outside the blocks, or in another talk's block, was moved there by the person: it is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from clapmark.notes.edits import Edits
from clapmark.notes.model import Bullet, Section
from clapmark.notes.places import Places
from clapmark.posts.document import Document, LiveBullet, RefusedError, parse_post
from clapmark.posts.flavours import HUGO, OBSIDIAN, Flavour
from clapmark.posts.ids import QUOTE
from clapmark.posts.write_log import Written

_VIDEO = ".video-"  # before a section's key, in the list of what was written: the line of the talk's video


@dataclass
class Merged:
    """The new post, and sentences for the person about what was left as it is."""

    post: bytes
    left: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)  # ids of the bullets that were taken out


def merge(
    post: bytes,
    sections: Sequence[Section],
    written: Written,
    retracted: frozenset[str],
    flavour: Flavour = HUGO,
    incoming: frozenset[str] = frozenset(),
) -> Merged:
    """Return `post` with the bullets of `sections` (in the order of the schedule) in it.

    `retracted` holds the ids of bullets that are to go: taken back on the device, or of another post by now. A bullet
    whose id is neither here nor there is left: its journal may be on another laptop. `incoming` are ids of bullets
    that come from another post, and so were written but not deleted. `written` is added to.
    Raises RefusedError where the markers of the post are missing or double.
    """
    titles = {key for section in sections for key in section.title_keys}
    document = parse_post(post, flavour, titles)
    merging = _Merging(document, written, Places(document, sections, flavour), flavour, incoming)
    for section in sections:
        if section.wanted:
            merging.take(section)
    for bullet_id in sorted(retracted.intersection(document.bullets)):
        merging.retract(document.bullets[bullet_id])
    merging.place(sections)
    return Merged(merging.edits.to_bytes(), merging.left, merging.removed)


class _Merging:
    def __init__(
        self, document: Document, written: Written, places: Places, flavour: Flavour, incoming: frozenset[str]
    ) -> None:
        self.flavour = flavour
        self.incoming = incoming
        self.removed: set[str] = set()
        self.document = document
        self.written = written
        self.places = places
        self.by_key: dict[str, list[LiveBullet]] = {}  # the bullets of each block that are not indented
        for bullet in document.bullets.values():
            if document.is_item[bullet.line]:
                self.by_key.setdefault(bullet.key, []).append(bullet)
        quotes = (live for live in document.bullets.values() if live.id.endswith(QUOTE))
        # the lines of quotations and videos, under whichever bullet they are: no words of the person
        self.own_lines = {live.line for live in quotes if self._is_as_written(live)}
        self.own_lines |= {line for key in document.blocks if (line := self._own_video(key)) is not None}
        self.left: list[str] = []
        self.edits = Edits(document)
        self.new: dict[str, list[Bullet]] = {}  # section key: bullets that are to go in

    def take(self, section: Section) -> None:
        """Update the bullets of a section that are in the post, and collect those that are to go in."""
        new = self.new.setdefault(section.key, [])
        for bullet in section.bullets:
            live = self.document.bullets.get(bullet.id)
            has_more = bullet.link or bullet.quote or bullet.id + QUOTE in self.document.bullets
            if live is not None and not has_more and self._is_current(section, bullet, live):
                continue  # quick: nearly every bullet does
            if live is not None:
                bare = self._bare_line(bullet)
                if live.key == section.key and self.document.lines[live.line].rstrip("\r\n") == bare:
                    self.written.add_text(bullet.id, section.key, bare)  # the list of written lines was lost
                is_own = self._is_own(live)
                if self._update(section, bullet, live, is_own):
                    new.append(bullet)
                elif live.key == section.key and has_more:
                    self._update_quote(section, bullet, live, is_own)
            elif bullet.id not in self.document.mentioned and (
                bullet.id in self.incoming or not self.written.was_deleted(bullet.id)
            ):
                new.append(bullet)

    def retract(self, live: LiveBullet) -> None:
        """Remove a bullet if it is as it was written."""
        if self._is_own(live):
            for gone in self._take_out(live):
                self.removed.add(gone.id)
                self.written.add_removal(gone.id)
        elif self.written.add_notice(live.id):
            self.left.append(
                f"line {live.line + 1}: the bookmark was taken back or moved, but its bullet has words of yours"
            )

    def place(self, sections: Sequence[Section]) -> None:
        """Insert the new bullets in their sections, with headings if there are none."""
        places = self.places
        for section in sections:
            if not section.wanted:
                continue
            new = self.new[section.key]
            heading = places.heading(section)
            if new:
                self._check_hidden(section)
            if section.key in self.document.blocks:
                self._into_block(section, new)
                self._update_video(section)
            elif heading is not None:
                if new or (section.video and not self.written.was_deleted(_VIDEO + section.key)):
                    self.edits.insert(self.document.place_for_block(heading), self._block(section, new))
            elif places.is_ambiguous(section):
                if new:
                    self.left.append(places.why_ambiguous(section))
                continue
            elif section.is_session:
                if not self._is_session_needed(section, sections):
                    continue
                self._create(section, new)
            elif new or not self.written.has_section(section.key):
                self._create(section, new)
            else:
                continue  # its section was deleted
            self.written.add_section(section.key)

    def _check_hidden(self, section: Section) -> None:
        """Raise RefusedError if the block that was written for a section is part of code, HTML or a comment by now."""
        line = self.document.hidden.get(section.key)
        if line is not None and section.key not in self.document.blocks and self.written.has_section(section.key):
            raise RefusedError(
                f"the bullets of {section.key} begin in line {line + 1}, inside code, HTML or a comment; "
                "a code fence or a comment above that line may lack its end"
            )

    def _is_session_needed(self, session: Section, sections: Sequence[Section]) -> bool:
        """Return whether a talk of a session has to be written that has no section yet.

        A session whose heading was deleted comes back with a new bookmark in such a talk.
        """
        was_written = self.written.has_section(session.key)
        for talk in sections:
            is_new = talk.wanted and talk.parent == session.key and self.places.heading(talk) is None
            is_new = is_new and talk.key not in self.document.blocks and not self.places.is_ambiguous(talk)
            if is_new and (self.new[talk.key] or not (was_written or self.written.has_section(talk.key))):
                return True
        return False

    def _update(self, section: Section, bullet: Bullet, live: LiveBullet, is_own: bool) -> bool:
        """Update a bullet in the post; return whether it has to be inserted elsewhere."""
        if self._is_current(section, bullet, live):
            return False
        is_home = live.key == section.key
        line = self._line(bullet)
        if not is_own:
            is_known = self.written.has_bullet(bullet.id)
            # a link that arrives later is not reported: it goes under the bullet
            bare = self._bare_line(bullet)
            # after the list was lost, every bullet counts as the person's: they need no report of that
            if self.written.add_text(bullet.id, section.key, bare) and is_known:
                text = bullet.bare_text or bullet.text
                self.left.append(f"line {live.line + 1} has words of yours; it would now read: {text}")
            return False
        if not is_home and self.places.is_ambiguous(section):
            return False  # it stays where it is until the person has said where it goes
        if is_home:
            self.edits.replaced[live.line] = line
            self.written.add_text(bullet.id, section.key, line)
        else:
            self._take_out(live)
        return not is_home

    def _is_current(self, section: Section, bullet: Bullet, live: LiveBullet) -> bool:
        line = self._line(bullet)
        if live.key != section.key or self.document.lines[live.line].rstrip("\r\n") != line:
            return False
        self.written.add_text(bullet.id, section.key, line)  # not there after a crash, or a lost list
        return True

    def _update_quote(self, section: Section, bullet: Bullet, live: LiveBullet, is_own: bool) -> None:
        """Update or insert the line under a bullet; the bullet itself may be the person's."""
        has_link = is_own or not bullet.link or bullet.link in self.document.lines[live.line]
        text = bullet.quote if has_link else bullet.quote_with_link
        mark_id = bullet.id + QUOTE
        line = f"  {text} {self.flavour.mark(mark_id)}" if text else ""
        quote = self.document.bullets.get(mark_id)
        if quote is not None:
            is_current = quote.key == section.key and self.document.lines[quote.line].rstrip("\r\n") == line
            if not is_current and not self._is_as_written(quote):
                return  # the person wrote into it, or moved it
            if not is_current:
                self.edits.replaced[quote.line] = line or None
            if not line:
                self.written.add_removal(mark_id)
        elif line and mark_id not in self.document.mentioned and not self.written.was_deleted(mark_id):
            if not self.document.is_item[live.line]:
                return  # moved into a list or a quotation that the person wrote
            self.edits.quoted[self.document.end_of_text(live.line)] = line
            self.written.add_insertion(mark_id)
        else:
            return
        if line:
            self.written.add_text(mark_id, section.key, line)

    def _is_own(self, live: LiveBullet) -> bool:
        """Return whether a bullet is as it was written, with no words of the person under it."""
        if not self._is_as_written(live):  # outside of blocks nothing ever was written
            return False
        return not self.document.has_words_below(live, self.own_lines)

    def _is_as_written(self, live: LiveBullet) -> bool:
        return self.written.has_text(live.id, live.key, self.document.lines[live.line].rstrip("\r\n"))

    def _take_out(self, bullet: LiveBullet) -> list[LiveBullet]:
        """Take out a bullet, and its quotation unless the person wrote into that; return what was taken out."""
        quote = self.document.bullets.get(bullet.id + QUOTE)
        going = [bullet, quote] if quote and self._is_as_written(quote) else [bullet]
        self.edits.replaced.update({live.line: None for live in going})
        return going

    def _line(self, bullet: Bullet) -> str:
        return f"- {bullet.text} {self.flavour.mark(bullet.id)}"

    def _bare_line(self, bullet: Bullet) -> str:
        """Return the bullet's line without what a recording gives to it."""
        return f"- {bullet.bare_text or bullet.text} {self.flavour.mark(bullet.id)}"

    def _new_lines(self, section: Section, bullet: Bullet) -> list[str]:
        """Return the lines of a bullet that goes in, and remember them. A line under it that was deleted stays away."""
        lines = [self._line(bullet)]
        self.written.add_insertion(bullet.id, bullet.id in self.incoming)
        self.written.add_text(bullet.id, section.key, lines[0])
        mark_id = bullet.id + QUOTE
        quote = self.document.bullets.get(mark_id)
        if quote is not None:
            is_free = self.edits.replaced.get(quote.line, "") is None  # it is taken out where it was
        else:
            is_free = mark_id in self.incoming or not self.written.was_deleted(mark_id)
        if bullet.quote and is_free and (quote is not None or mark_id not in self.document.mentioned):
            self.written.add_insertion(mark_id, mark_id in self.incoming)
            lines.append(f"  {bullet.quote} {self.flavour.mark(mark_id)}")
            self.written.add_text(mark_id, section.key, lines[1])
        return lines

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
            self.edits.insert(line, self._new_lines(section, bullet))

    def _update_video(self, section: Section) -> None:
        """Update the line of the talk's video. It has no mark, since Hugo reads it: it is found by its text."""
        block = self.document.blocks[section.key]
        mark_id = _VIDEO + section.key
        if not section.video and not self.written.has_bullet(mark_id):
            return
        inside = range(block.begin + 1, block.end)
        if section.video and any(self.document.lines[line].rstrip("\r\n") == section.video for line in inside):
            self.written.add_text(mark_id, section.key, section.video)
            return
        old = self._own_video(section.key)
        if old is not None:
            self.edits.replaced[old] = section.video or None
            if not section.video:
                self.written.add_removal(mark_id)
        elif section.video and not self.written.was_deleted(mark_id):
            self.written.add_insertion(mark_id)
            first = block.begin + 1
            before = self.edits.inserted.get(first, [])
            # text under the video's line would become part of its paragraph, also text that was indented code
            is_apart = not before and (first == block.end or not self.document.lines[first].strip())
            self.edits.inserted[first] = [section.video, *([] if is_apart else [""]), *before]
        if section.video:
            self.written.add_text(mark_id, section.key, section.video)

    def _own_video(self, key: str) -> int | None:
        """Return the line in the block of `key` that is the talk's video as it was written."""
        block, mark_id = self.document.blocks[key], _VIDEO + key
        if not self.written.has_bullet(mark_id):
            return None
        lines = ((line, self.document.lines[line].rstrip("\r\n")) for line in range(block.begin + 1, block.end))
        return next((line for line, text in lines if self.written.has_text(mark_id, key, text)), None)

    def _block(self, section: Section, new: list[Bullet], lead: tuple[str, ...] = ()) -> list[str]:
        lines = [line for bullet in new for line in self._new_lines(section, bullet)]
        if lead:
            lines = [*lead, *([""] if lines else []), *lines]
        mark_id = _VIDEO + section.key
        if section.video and not self.written.was_deleted(mark_id):
            self.written.add_insertion(mark_id)
            self.written.add_text(mark_id, section.key, section.video)
            lines = [section.video, *([""] if lines else []), *lines]
        if self.flavour is OBSIDIAN:  # there the end marker is text, which would become part of the last bullet
            lines.append("")
        return [self.flavour.begin_marker(section.key), *lines, self.flavour.end_marker(section.key)]

    def _create(self, section: Section, new: list[Bullet]) -> None:
        line = self.document.place_at(self.places.for_new(section))
        before = self.edits.inserted.get(line, [])
        lines, lead = [section.heading], section.block_lead()
        block = self._block(section, new, lead) if new or section.video or lead else []
        for part in (section.lead(), block, section.tail):
            if part:
                lines += ["", *part]
        above = before[-1] if before else self.document.lines[line - 1].strip() if line else ""
        is_last = line == len(self.document.lines)
        self.edits.insert(line, [*([""] if above else []), *lines, *([] if is_last else [""])])
