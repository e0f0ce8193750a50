"""The three kinds of posts: Hugo's Markdown, Obsidian's, and plain Markdown without front matter.

They differ in how clapmark's markers are hidden, and in a few words of the post. Everything that a flavour decides is
in this object or asked of its `name` in `sections.py` and `lines.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """How posts are written. `opening` and `closing` hide a marker from readers; `time` and `takeaway` are Markdown."""

    name: str
    opening: str
    closing: str
    takeaway: str
    time: str  # with {} for the time of day
    suffixes: tuple[str, ...] = (".md",)

    def begin_marker(self, key: str) -> str:
        """Return the marker line before clapmark's lines of the section `key`."""
        return f"{self.opening} clapmark begin {key} {self.closing}"

    def end_marker(self, key: str) -> str:
        """Return the marker line after clapmark's lines of the section `key`."""
        return f"{self.opening} clapmark end {key} {self.closing}"

    def mark(self, mark_id: str) -> str:
        """Return the mark at the end of a line that clapmark wrote; it names the bookmark of the line.

        In Obsidian a bullet carries a block id, so that other notes can link to it: `[[post#^clap-ykukl3k7e7]]`.
        """
        if self.name == "obsidian" and "." not in mark_id:
            return f"^clap-{mark_id}"
        return f"{self.opening} clapmark {mark_id} {self.closing}"


HUGO = Flavour("hugo", "<!--", "-->", "**takeaway:**", "**{}**")
OBSIDIAN = Flavour("obsidian", "%%", "%%", "**takeaway:**", "**{}**")
PLAIN = Flavour("plain", "<!--", "-->", "takeaway:", "{}", (".md", ".txt"))

FLAVOURS = {flavour.name: flavour for flavour in (HUGO, OBSIDIAN, PLAIN)}
