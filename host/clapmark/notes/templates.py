"""The person's own words for bullets, quotations and new talks: Jinja templates from clapmark.toml (docs/templates.md).

A template may come from somebody else, so it is held to little: it can say the values it is given, choose and repeat.
It calls nothing, reaches into nothing, and what it makes is bounded and can be nothing but text: no HTML, shortcode,
Obsidian comment, heading or marker comes out of it. It is checked before anything is read or written.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from traceback import extract_tb

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from clapmark.base.errors import UsageError
from clapmark.posts.flavours import HUGO
from clapmark.posts.ids import has_marker
from clapmark.posts.markdown_scan import scan
from clapmark.schedule.text import one_line

BULLET_VALUES = ("time", "tag", "position", "length", "link", "quote", "title", "room", "speakers")
TALK_VALUES = ("title", "abstract", "link", "room", "track", "start", "end", "speakers")
VALUES = {"bullet": BULLET_VALUES, "quote": BULLET_VALUES, "talk": TALK_VALUES}
LISTS = frozenset({"speakers"})

MAX_SOURCE = 4_000
MAX_LINE = 2_000
MAX_LINES = 100
_PIECES = 2_000  # of one rendering: a loop over speakers is the only repetition there is
_FILTERS = frozenset(
    ("upper", "lower", "title", "capitalize", "join", "default", "length", "trim", "first", "last", "truncate")
)
_TESTS = frozenset(("defined", "eq", "ne", "in", "equalto"))
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.For,
    nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Tuple,
    nodes.List,
)  # fmt: skip
_NEUTRAL = (("<", "&lt;"), ("{{", "&#123;{"), ("{%", "&#123;%"), ("%%", "&#37;&#37;"))
_BLOCK_ID = re.compile(r"(?<!\\)\^(?=clap-)")

Values = Mapping[str, str | Sequence[str]]


class Templates:
    """The templates of one archive, ready to be used."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """Check `sources` by name: bullet, quote, talk. Raises UsageError that says which line of which is wrong."""
        self._templates = {name: _compiled(name, source) for name, source in sources.items()}
        for name in self._templates:
            for values in _samples(VALUES[name]):
                _ = self.talk(values) if name == "talk" else self.line(name, values)

    def has(self, name: str) -> bool:
        """Return whether the person has a template of that name."""
        return name in self._templates

    def line(self, name: str, values: Values) -> str:
        """Return what the template makes of the values, as one line of harmless text; "" if there is nothing to say."""
        return _neutral(one_line(self._render(name, values, MAX_LINE), MAX_LINE))

    def talk(self, values: Values) -> tuple[str, ...]:
        """Return the lines for a new talk. Raises UsageError if they are more than text, such as a heading."""
        text = self._render("talk", values, MAX_LINE * MAX_LINES).strip("\n")
        lines = [_neutral(_with_indent(line)) for line in text.split("\n")][:MAX_LINES]
        while lines and not lines[-1]:
            lines.pop()
        ended = [f"{line}\n" for line in lines]
        # behind the lines something can follow that is read as what it is: no code or list has to be closed
        found = scan(["\n", *ended, "\n", HUGO.end_marker("x") + "\n"])
        if found.headings:
            raise _wrong("talk", found.headings[0].line, "it makes a heading; a talk has one already")
        if any(has_marker(line) for line in lines):
            raise _wrong("talk", 1, "it makes a marker of clapmark's")
        if not found.is_live[-1]:
            raise _wrong("talk", len(lines), "it begins a block of code that it does not end")
        return tuple(lines)

    def _render(self, name: str, values: Values, limit: int) -> str:
        out, length = [], 0
        try:
            for piece in islice(self._templates[name].generate(values), _PIECES):
                out.append(piece[: limit - length])
                length += len(out[-1])
                if length >= limit:
                    break
        except (TemplateError, TypeError, ValueError, OverflowError, RecursionError) as error:
            lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
            why = one_line(str(error), 200) or type(error).__name__
            raise _wrong(name, (lines or [1])[-1] or 1, f"{why}, where some values are empty") from error
        return "".join(out)


def _compiled(name: str, source: str) -> Template:
    if name not in VALUES:
        raise UsageError(f"clapmark.toml: there is no template {name!a:.40}; there are {', '.join(VALUES)}.")
    if len(source) > MAX_SOURCE:
        raise _wrong(name, 1, f"it has more than {MAX_SOURCE} characters")
    environment = SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    try:
        _check(name, environment.parse(source), frozenset(VALUES[name]), is_loop=False)
        return environment.from_string(source)
    except TemplateSyntaxError as error:
        raise _wrong(name, error.lineno, one_line(error.message or "it cannot be read", 200)) from error
    except (TemplateError, RecursionError, MemoryError, SyntaxError) as error:
        raise _wrong(name, 1, f"it cannot be used ({type(error).__name__})") from error


def _check(name: str, node: nodes.Node, known: frozenset[str], is_loop: bool) -> None:
    """Raise UsageError for the first thing in a template that is more than saying, choosing and repeating."""
    if not isinstance(node, _NODES):
        raise _wrong(name, node.lineno, f"{type(node).__name__.lower()} cannot be used in a template")
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in known:
        raise _wrong(name, node.lineno, f"there is no value {node.name!a:.40}; there are {', '.join(VALUES[name])}")
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        raise _wrong(
            name, node.lineno, f"the filter {node.name!a:.40} cannot be used; try {', '.join(sorted(_FILTERS))}"
        )
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        raise _wrong(name, node.lineno, f"the test {node.name!a:.40} cannot be used")
    if isinstance(node, nodes.For):
        is_plain = isinstance(node.iter, nodes.Name) and node.iter.name in LISTS and isinstance(node.target, nodes.Name)
        if is_loop or not is_plain or node.recursive:
            raise _wrong(name, node.lineno, "a loop goes over the speakers, and holds no other loop")
        known |= {node.target.name} if isinstance(node.target, nodes.Name) else set()
        is_loop = True
    for child in node.iter_child_nodes():
        _check(name, child, known, is_loop)


def _samples(names: Sequence[str]) -> list[Values]:
    """Return values to try a template with: everything there, nothing there, and each of them alone."""
    whole: Values = {name: ["Ada", "Bo"] if name in LISTS else name for name in names}
    nothing: Values = {name: [] if name in LISTS else "" for name in names}
    return [whole, nothing, *({**nothing, name: whole[name]} for name in names)]


def _neutral(text: str) -> str:
    for old, new in _NEUTRAL:
        text = text.replace(old, new)
    return _BLOCK_ID.sub(r"\\^", text)


def _with_indent(line: str) -> str:
    text = one_line(line, MAX_LINE)
    indent = len(line) - len(line.lstrip(" "))
    return " " * min(indent, 12) + text if text else ""


def _wrong(name: str, line: int, why: str) -> UsageError:
    return UsageError(
        f"clapmark.toml, templates.{name}, line {max(line, 1)}: {why}. Correct it and try again; nothing was changed."
    )
