"""Collect the edits of a merge by line and build the post from them; all other lines stay byte for byte."""

from clapmark.posts.document import Document


class Edits:
    """The edits of a document, by line number."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.replaced: dict[int, str | None] = {}  # line: its new text, None to take it out
        self.quoted: dict[int, str] = {}  # before which line: the new line under a bullet
        self.inserted: dict[int, list[str]] = {}  # before which line, and behind such a line: the new lines

    def insert(self, line: int, lines: list[str]) -> None:
        """Insert lines before `line`, after those that were inserted there earlier."""
        self.inserted.setdefault(line, []).extend(lines)

    def to_bytes(self) -> bytes:
        """Return the merged post."""
        document = self.document
        out: list[str] = []
        for number, line in enumerate(document.lines):
            if number in self.quoted:
                out.append(self.quoted[number] + document.newline)
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
