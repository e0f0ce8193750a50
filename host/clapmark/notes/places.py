"""Find where the talks of a schedule are in a post, and where a new section belongs."""

from collections.abc import Sequence

from clapmark.notes.model import Section
from clapmark.posts.document import Document
from clapmark.posts.flavours import HUGO, Flavour
from clapmark.posts.markdown_scan import Heading
from clapmark.posts.titles import is_spelled


class Places:
    """Finds the heading of each section.

    A heading that fits two wanted talks, or a talk that fits two headings, is left open.
    """

    def __init__(self, document: Document, sections: Sequence[Section], flavour: Flavour = HUGO) -> None:
        """`sections` are all talks of the schedule in their order, a session before its talks."""
        self._document = document
        self._flavour = flavour
        self._sections = sections
        self._position = {section.key: number for number, section in enumerate(sections)}
        self._claimed: dict[int, str] = {}  # line of a heading: key of the block under it
        self._found: dict[str, Heading] = {}
        self._several: dict[str, list[int]] = {}  # key: lines of the headings that fit
        self._created: dict[str, int] = {}  # key of a new section: the line before which it goes
        self._locate()

    def heading(self, section: Section) -> Heading | None:
        """Return the heading of a section, or None."""
        return self._found.get(section.key)

    def is_ambiguous(self, section: Section) -> bool:
        """Return whether more than one heading fits the section, or its heading fits another one as well."""
        return section.key in self._several

    def why_ambiguous(self, section: Section) -> str:
        """Return a sentence for the person, with the way out."""
        lines = ", ".join(str(line + 1) for line in self._several[section.key])
        return (
            f"line {lines}: the heading does not identify the talk, so its bookmarks were not written. "
            f"Put the lines {self._flavour.begin_marker(section.key)} and {self._flavour.end_marker(section.key)} "
            "where they belong"
        )

    def for_new(self, section: Section) -> int:
        """Return the line before which a new section goes: behind the talk before it, before the talk after it."""
        line = self._inside_parent(section) if section.parent else self._among(section, "")
        self._created[section.key] = line
        return line

    def _inside_parent(self, section: Section) -> int:
        if section.parent in self._created:
            return self._created[section.parent]
        parent = self._found.get(section.parent)
        if parent is None:
            return self._among(section, "")
        end = self._document.section_end(parent)
        return min(max(self._among(section, section.parent, default=end), parent.last_line + 1), end)

    def _among(self, section: Section, parent: str, default: int = -1) -> int:
        position = self._position[section.key]
        for other in reversed(self._sections[:position]):
            if parent and other.parent != parent:
                continue
            if other.key in self._created:
                return self._created[other.key]
            if other.key in self._found:
                return self._end_of(other, parent)
        for other in self._sections[position + 1 :]:
            if parent and other.parent != parent:
                continue
            if other.key in self._found:
                first = other if parent or not other.parent else self._sections[self._position[other.parent]]
                return self._found.get(first.key, self._found[other.key]).line
        return default if default >= 0 else len(self._document.lines)

    def _end_of(self, other: Section, parent: str) -> int:
        outermost = self._found.get(other.parent, self._found[other.key]) if not parent else self._found[other.key]
        return self._document.section_end(outermost)

    def _locate(self) -> None:
        document = self._document
        title_keys = {section.key: section.title_keys for section in self._sections}
        for key, block in document.blocks.items():
            heading = document.heading_above(block.begin, title_keys.get(key, ()))
            if heading is not None:
                self._claimed.setdefault(heading.line, key)
                if key in self._position:
                    self._found[key] = heading
        fitting: dict[int, list[Section]] = {}
        for section in self._sections:
            if section.key in self._found or section.key in document.blocks:
                continue
            headings = self._candidates(section)
            if len(headings) > 1:
                spelled = [heading for heading in headings if is_spelled(heading.text, section.title)]
                headings = spelled or headings
            if len(headings) > 1:
                self._several[section.key] = [heading.line for heading in headings]
            elif headings:
                fitting.setdefault(headings[0].line, []).append(section)
        by_line = {heading.line: heading for heading in document.headings}
        for line, fits in fitting.items():
            spelled_so = [section for section in fits if is_spelled(by_line[line].text, section.title)]
            # a heading with the very letters of one title is not that of a talk whose title differs in accents
            sections = spelled_so if spelled_so and len(fits) > 1 else fits
            wanted = [section for section in sections if section.wanted] or sections
            if len(wanted) == 1:
                self._found[wanted[0].key] = by_line[line]
            else:
                self._several.update({section.key: [line] for section in wanted})

    def _candidates(self, section: Section) -> list[Heading]:
        found = {
            heading.line: heading for key in section.title_keys for heading in self._document.by_title.get(key, ())
        }
        free = [
            heading for line, heading in sorted(found.items()) if self._claimed.get(line, section.key) == section.key
        ]
        parent = self._found.get(section.parent)
        if parent is not None:
            end = self._document.section_end(parent)
            return [heading for heading in free if parent.line < heading.line < end] or free
        return free
