"""The small changes that a random mutant makes: one place of a source, changed so that it should behave otherwise."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


@dataclass(frozen=True)
class Change:
    """One mutant: its lines in the source (from 1), what was there and what is there instead, and the new source."""

    line: int
    last_line: int
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        """The change on one line."""
        return f"{self.line}: {_short(self.before)} -> {_short(self.after)}"


def changes_of(source: str) -> Iterator[Change]:
    """Yield every change that can be made to `source`, in the order of its lines.

    Docstrings, annotations, imports and the text of messages are left alone: no test should fail for them.
    """
    tree = ast.parse(source)
    skipped = _without_behaviour(tree)
    for node in ast.walk(tree):
        if id(node) in skipped or not hasattr(node, "lineno"):
            continue
        for after in _variants(node):
            before = ast.unparse(node)
            changed = ast.unparse(after)
            if before != changed:
                yield Change(node.lineno, node.end_lineno, before, changed, _replaced(source, node, after))


def _variants(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        after = copy.deepcopy(node)
        after.ops = [_COMPARISONS[type(node.ops[0])]()]
        yield after
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _is_text(node):
        after = copy.deepcopy(node)
        after.op = _OPERATORS[type(node.op)]()
        yield after
    elif isinstance(node, ast.BoolOp):
        after = copy.deepcopy(node)
        after.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield after
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield ast.Constant(not node.value)
    elif (
        isinstance(node, ast.Continue | ast.Break)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        or (isinstance(node, ast.Assign | ast.AugAssign) and isinstance(_target(node), ast.Attribute | ast.Subscript))
    ):
        yield ast.Pass()


def _target(node: ast.Assign | ast.AugAssign) -> ast.AST:
    return node.targets[0] if isinstance(node, ast.Assign) else node.target


def _is_text(node: ast.BinOp) -> bool:
    parts = (node.left, node.right)
    return any(isinstance(part, ast.JoinedStr) or _is_text_constant(part) for part in parts)


def _is_text_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _without_behaviour(tree: ast.AST) -> set[int]:
    """Return the ids of the nodes whose change no test should notice."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            parts += [node.returns, *(argument.annotation for argument in arguments)]
        elif isinstance(node, ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.ClassDef):
            parts += [one for one in node.decorator_list if "frozen" in ast.unparse(one)]  # the type checker's matter
        elif isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        ):
            parts.append(node)
        for part in parts:
            if part is not None:
                skipped |= {id(one) for one in ast.walk(part)}
    return skipped


def _replaced(source: str, node: ast.AST, after: ast.AST) -> str:
    lines = source.splitlines(keepends=True)
    data = "".join(lines).encode()
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    begin = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
    end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
    text = ast.unparse(after)
    if isinstance(after, ast.expr):
        text = f"({text})"
    return (data[:begin] + text.encode() + data[end:]).decode()


def _short(text: str) -> str:
    first = text.split("\n", maxsplit=1)[0]
    return first if len(first) <= 60 else first[:59] + "…"
