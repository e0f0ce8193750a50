"""Reads a post's lines as Markdown blocks, as far as it takes to know which line is a heading and where text may go in.

This follows CommonMark 0.31, appendix A, for lists, fences, HTML blocks and paragraphs; what is in a quotation is
not looked into. On top of it: front matter, and Hugo shortcodes and Obsidian comments, whose inside is none of
Markdown's business.
"""

import re
from dataclasses import dataclass, field

_ATX = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_RULE = re.compile(r"([-_*])(?:[ \t]*\1){2,}[ \t]*$")
_SETEXT = re.compile(r"(?:(=+)|-+)[ \t]*$")
_ITEM = re.compile(r"(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)")
_BULLET = re.compile(r"- (?:\*\*\d|[A-Za-z]|\d\d:)")  # a list item that is not indented and holds only text
_SHORTCODE = re.compile(r"\{\{[<%]\s*(/?)\s*([\w./-]+)[^}]*?(/?)\s*[>%]\}\}")

_BLOCK_TAG_NAMES = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead "
    "title tr track ul"
)
_ATTRIBUTE = r"""\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?"""
# HTML blocks 1 to 7 of the specification: how they begin, and what ends them ("" for a blank line)
_HTML: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (
        re.compile(r"<(?:pre|script|style|textarea)(?:\s|>|$)", re.I),
        re.compile(r"</(?:pre|script|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{_BLOCK_TAG_NAMES.replace(' ', '|')})(?:\s|/?>|$)", re.I), None),
    (re.compile(rf"(?:<[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$"), None),
)
_COMMENT_END = re.compile("%%")
_QUOTATION = 1 << 30  # the column of a quotation among those of list items: no indentation reaches it
_LAST_HTML = len(_HTML) - 1  # the only one that cannot interrupt a paragraph


@dataclass(frozen=True)
class Heading:
    """A heading that is in no list and no quotation: its first and last line (from 0), level, and raw text."""

    line: int
    last_line: int
    level: int
    text: str


@dataclass
class Scan:
    """What the lines of a post are. All lists have one entry per line."""

    lines: list[str]
    headings: list[Heading] = field(default_factory=list)
    is_live: list[bool] = field(default_factory=list)  # no code, no HTML, no front matter: markers count here
    is_open: list[bool] = field(
        default_factory=list
    )  # code or HTML goes on from the line before: nothing may go in here
    is_item: list[bool] = field(default_factory=list)  # a list item begins at the very start of the line
    unclosed: tuple[int, str] | None = None  # the line and the kind of what is never closed, or None
    ends_in_html: bool = False  # an HTML block goes on to the end: an empty line ends it


@dataclass
class _Region:
    """Lines that are not looked at, until they end."""

    what: str
    line: int
    column: int = 0  # of the list item that it is in: a line that starts left of it ends it
    end: re.Pattern[str] | None = None  # the line that matches is the last; None: a blank line is the end
    is_fence: bool = False


def scan(lines: list[str], is_obsidian: bool = False) -> Scan:
    """Return what the lines (with their line ends) of a post are. `is_obsidian`: `%%` hides lines up to the next."""
    return _Scanner(lines, is_obsidian).run()


def indent_of(line: str) -> int:
    """Return the column of the first character that is no space or tab."""
    column = 0
    for character in line:
        if character == " ":
            column += 1
        elif character == "\t":
            column += 4 - column % 4
        else:
            break
    return column


class _Scanner:
    def __init__(self, lines: list[str], is_obsidian: bool) -> None:
        self.result = Scan(lines)
        self.is_obsidian = is_obsidian
        self.region: _Region | None = None
        self.columns: list[int] = []  # of the content of the list items that are open, outermost first
        self.in_paragraph = False
        self.paragraph_line = 0
        self.fresh_item = False  # the line before began a list item and had nothing in it
        self.closers: dict[str, int] = {}  # shortcode name: last line on which it is closed

    def run(self) -> Scan:
        result = self.result
        for number, line in enumerate(result.lines):
            if "{{" in line:
                for slash, name, _ in _SHORTCODE.findall(line):
                    if slash:
                        self.closers[name] = number
        body = _front_matter_end(result.lines)
        for number, line in enumerate(result.lines):
            if number < body:
                result.is_live.append(False)
                result.is_open.append(True)
                result.is_item.append(False)
                continue
            result.is_open.append(self.region is not None and self._goes_on(line))
            result.is_item.append(False)
            result.is_live.append(
                self._line(number, line.rstrip("\r\n").expandtabs(4) if "\t" in line else line.rstrip("\r\n"))
            )
        region = self.region
        if region and region.column == 0 and region.end is not None:
            result.unclosed = region.line, region.what
        result.ends_in_html = region is not None and region.end is None
        return result

    def _goes_on(self, line: str) -> bool:
        region = self.region
        return region is not None and (not region.column or not line.strip() or indent_of(line) >= region.column)

    def _line(self, number: int, line: str) -> bool:
        """Take one line; return whether markers in it count."""
        if self.region is not None:
            if self._goes_on(line):
                self._in_region(self.region, line)
                return False
            self.region = None
        if _BULLET.match(line) and "{{" not in line:  # quick: a large post has tens of thousands of them
            self.result.is_item[number] = True
            self.columns = [2]
            self.fresh_item, self.in_paragraph, self.paragraph_line = False, True, number
            return True
        if not line.strip():
            if self.fresh_item:  # a list item may begin with one empty line, not with two
                self.columns.pop()
            self.fresh_item = self.in_paragraph = False
            return True
        self.fresh_item = False
        return self._blocks(number, line)

    def _in_region(self, region: _Region, line: str) -> None:
        if region.end is None:
            if not line.strip():
                self.region = None
        elif region.is_fence:
            if indent_of(line) - region.column <= 3 and region.end.fullmatch(line.strip()):
                self.region = None
        elif region.end.search(line):
            self.region = None

    def _blocks(self, number: int, line: str) -> bool:
        indent = len(line) - len(line.lstrip(" "))
        matched = 0
        while matched < len(self.columns) and indent >= self.columns[matched]:
            matched += 1
        base = self.columns[matched - 1] if matched else 0
        all_matched = matched == len(self.columns)
        paragraph = self.in_paragraph  # still open, unless a block begins here
        rest = line[indent:]
        while True:
            if indent - base >= 4:
                if paragraph:
                    return True  # goes on, as indented as it likes
                self._close(matched)
                self.in_paragraph = False
                return False  # indented code
            interrupts = paragraph and all_matched
            item = _ITEM.match(rest) if not _RULE.match(rest) else None
            if item and not (interrupts and (item.end() == len(rest.rstrip()) or item[1] not in {None, "1"})):
                self._close(matched)
                if not matched and line.startswith(rest):
                    self.result.is_item[number] = True
                paragraph = self.in_paragraph = False
                after = rest[item.end() :]
                content = after.lstrip(" ")
                spaces = len(after) - len(content)
                if not content:
                    self.columns.append(indent + item.end() + 1)
                    self.fresh_item = True
                    return True
                self.columns.append(indent + item.end() + (spaces if spaces <= 4 else 1))
                matched, base, all_matched = len(self.columns), self.columns[-1], True
                indent += item.end() + spaces
                rest = content
                continue
            return self._leaf(number, line, rest, matched, base, interrupts, paragraph)

    def _leaf(
        self, number: int, line: str, rest: str, matched: int, base: int, interrupts: bool, paragraph: bool
    ) -> bool:
        first = rest[0]
        if first == "#" and (atx := _ATX.match(rest)):
            self._close(matched)
            self.in_paragraph = False
            if not matched:
                self.result.headings.append(Heading(number, number, len(atx[1]), atx[2] or ""))
            return True
        if first in "`~" and (fence := _FENCE.match(rest)):
            self._close(matched)
            self.in_paragraph = False
            mark = fence[1] or fence[2]
            end = re.compile(f"{re.escape(mark[0])}{{{len(mark)},}}")
            self.region = _Region("code fence", number, base, end, is_fence=True)
            return False
        if first == "<" and self._html(number, rest, matched, base, paragraph):
            return self.region is None and rest.startswith("<!--")
        if first in "=-" and interrupts and (setext := _SETEXT.match(rest)):
            self.in_paragraph = False
            if not self.columns:
                text = " ".join(part.strip() for part in self.result.lines[self.paragraph_line : number])
                self.result.headings.append(Heading(self.paragraph_line, number, 1 if setext[1] else 2, text))
            return True
        if first in "-_*" and _RULE.match(rest):
            self._close(matched)
            self.in_paragraph = False
            return True
        if first == ">":
            self._close(matched)
            # the paragraph of a quotation may continue without `>`: then what follows is no heading and no code
            self.in_paragraph = bool(rest.lstrip("> ")) and not re.match(r"[>\s]*(?:#{1,6}\s|```|~~~|<)", rest)
            if self.in_paragraph:
                self.columns.append(_QUOTATION)
            return True
        if not paragraph:
            self._close(matched)
            self.paragraph_line = number
        self.in_paragraph = True
        self._shortcodes(number, line)
        if self.is_obsidian and rest.startswith("%%") and rest.count("%%") % 2:
            self.region = _Region("comment", number, 0, _COMMENT_END)
            self.in_paragraph = False
        return True

    def _html(self, number: int, rest: str, matched: int, base: int, paragraph: bool) -> bool:
        for kind, (start, end) in enumerate(_HTML):
            if start.match(rest) and not (kind == _LAST_HTML and paragraph):
                self._close(matched)
                self.in_paragraph = False
                if end is None or not end.search(rest):
                    self.region = _Region("HTML comment" if kind == 1 else "HTML block", number, base, end)
                return True
        return False

    def _shortcodes(self, number: int, line: str) -> None:
        if "{{" not in line:
            return
        opened: list[str] = []
        for slash, name, closed in _SHORTCODE.findall(line):
            if slash and name in opened:
                del opened[opened.index(name) :]
            elif not slash and not closed and self.closers.get(name, -1) > number:
                opened.append(name)
        if opened:
            end = re.compile(r"\{\{[<%]\s*/\s*" + re.escape(opened[0]) + r"\s*[>%]\}\}")
            self.region = _Region(f"shortcode {opened[0]}", number, 0, end)
            self.in_paragraph = False

    def _close(self, matched: int) -> None:
        del self.columns[matched:]


def _front_matter_end(lines: list[str]) -> int:
    """Return the number of the first line behind the front matter (YAML, TOML or JSON), 0 where there is none."""
    if not lines:
        return 0
    first = lines[0].removeprefix("\ufeff").rstrip()
    ends = {"---": ("---",), "+++": ("+++",), "{": ("}",)}.get(first)
    if ends is None:
        return 0
    for number in range(1, len(lines)):
        if lines[number].rstrip() in ends:
            return number + 1
    return 0
