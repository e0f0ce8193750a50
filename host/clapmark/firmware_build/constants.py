"""Writes the app's constants as numbers where they are used, before mpy-cross compiles it; lines stay where they are.

mpy-cross folds a `const` within one module. One of another module (`state.NOTE`) would be looked up by name at each
use, and its name and value would take heap in every module that imports it: 3 KB in all. Here both are known, so uses
become numbers, and definitions and imports that are no longer needed become `pass`. No other name is touched.
"""

import ast
from collections.abc import Iterator, Mapping

_CONST = "const"
_CONST_MODULES = ("micropython", "firmware.core.portable")  # where modules import `const` from
_Edit = tuple[int, int, bytes]  # from, to, new text


def fold_constants(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the modules `sources` (text by path, as in `firmware/core/state.py`) with their constants folded.

    A constant is `NAME = const(INTEGER)` at the top of a module. Raises ValueError where one is used in a way that
    cannot be followed, and SyntaxError.
    """
    modules = {_name(path): ast.parse(text, path) for path, text in sources.items()}
    constants = {name: _constants(tree) for name, tree in modules.items()}
    folded = {}
    for path, text in sources.items():
        name = _name(path)
        if name not in _CONST_MODULES:
            text = _Folder(name, path.endswith("/__init__.py"), constants, modules[name]).fold(text)  # noqa: PLW2901  each pass folds the text before
        folded[path] = text
    return folded


def _name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _constants(tree: ast.Module) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="const"), args=[value])):
                found[name] = _value(value, found)
    return found


def _value(node: ast.expr, known: Mapping[str, int]) -> int:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    if any(isinstance(part, ast.Call) for part in ast.walk(node)) or not names <= known.keys():
        raise ValueError(f"const({ast.unparse(node)}) is no number that the build knows")
    value = eval(compile(ast.Expression(node), "const", "eval"), {"__builtins__": {}}, dict(known))  # noqa: S307  # nosec B307 # our own source, no calls
    if not isinstance(value, int):
        raise ValueError(f"const({ast.unparse(node)}) is no whole number")
    return value


class _Folder:
    """Folds one module. An import counts for the whole module, also if it is inside a function."""

    def __init__(
        self, name: str, is_package: bool, constants: Mapping[str, Mapping[str, int]], tree: ast.Module
    ) -> None:
        self._package = name if is_package else name.rpartition(".")[0]
        self._constants = constants
        self._tree = tree
        self._own = constants[name]
        self._names: dict[str, int] = dict(self._own)
        self._aliases: dict[str, str] = {}  # modules by their name here
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self._learn(node)

    def fold(self, text: str) -> str:
        """Return the module's `text` with as many lines as before."""
        data = text.encode()
        lines = [0]
        for line in data.splitlines(keepends=True):
            lines.append(lines[-1] + len(line))
        found = sorted(self._edits(data, lines))
        for start, end, new in reversed(found):
            data = data[:start] + new + b"\n" * data.count(b"\n", start, end) + data[end:]
        return data.decode()

    def _edits(self, data: bytes, lines: list[int]) -> Iterator[_Edit]:
        def span(node: ast.stmt | ast.expr) -> tuple[int, int]:
            assert node.end_lineno is not None  # noqa: S101  # nosec B101 # ast.parse sets it
            assert node.end_col_offset is not None  # noqa: S101  # nosec B101
            return lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset

        used = self._names_still_used()
        definitions = [node for node in self._tree.body if self._is_definition(node)]
        gone = {id(part) for node in definitions for part in ast.walk(node)}
        for definition in definitions:
            yield *span(definition), b"pass"
        for node in ast.walk(self._tree):
            if id(node) in gone:
                continue
            if isinstance(node, ast.ImportFrom):
                kept = [alias for alias in node.names if self._is_needed(node, alias, used)]
                if len(kept) < len(node.names):
                    words = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in kept)
                    source = "." * node.level + (node.module or "")
                    yield *span(node), f"from {source} import {words}".encode() if kept else b"pass"
            elif (table := self._table(node)) is not None and isinstance(node, ast.Call):
                gone |= {id(part) for part in ast.walk(node)}
                yield *span(node), repr(table).encode()
            elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
                value = self._constant(node)
                if value is not None:
                    yield *span(node), b"%d" % value if value >= 0 else b"(%d)" % value

    def _table(self, node: ast.AST) -> bytes | None:
        """Return the value of `bytes((1, 2))`, whose tuple would take four times as much as the bytes."""
        match node:
            case ast.Call(func=ast.Name(id="bytes"), args=[ast.Tuple(elts=elements)], keywords=[]):
                numbers = [part.value if isinstance(part, ast.Constant) else self._constant(part) for part in elements]
                found = [number for number in numbers if isinstance(number, int)]
                return bytes(found) if len(found) == len(numbers) else None
        return None

    def _constant(self, node: ast.expr) -> int | None:
        match node:
            case ast.Name(id=name):
                return self._names.get(name)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self._aliases:
                return self._constants[self._aliases[module]].get(name)
            case ast.Attribute(value=value, attr=name) if self._is_ours(name):
                # a class of another library may have such a name, as Pin.OUT
                if not (isinstance(value, ast.Name) and value.id[:1].isupper()):
                    raise ValueError(f"{ast.unparse(node)}: which module's constant is that?")
        return None

    def _names_still_used(self) -> set[str]:
        """Return the names that are read elsewhere than in front of a constant."""
        folded = {
            id(node.value)
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Attribute) and self._constant(node) is not None
        }
        return {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and id(node) not in folded}

    def _is_needed(self, node: ast.ImportFrom, alias: ast.alias, used: set[str]) -> bool:
        source = self._source(node)
        if alias.name in self._constants.get(source, {}) or (alias.name == _CONST and source in _CONST_MODULES):
            return False
        name = alias.asname or alias.name
        return name not in self._aliases or name in used

    def _learn(self, node: ast.ImportFrom) -> None:
        source = self._source(node)
        for alias in node.names:
            name = alias.asname or alias.name
            if f"{source}.{alias.name}" in self._constants:
                self._aliases[name] = f"{source}.{alias.name}"
            elif alias.name in self._constants.get(source, {}):
                self._names[name] = self._constants[source][alias.name]

    def _source(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self._package.split(".")[: len(self._package.split(".")) - node.level + 1]
        return ".".join([*package, node.module] if node.module else package)

    def _is_definition(self, node: ast.stmt) -> bool:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        return isinstance(target, ast.Name) and target.id in self._own

    def _is_ours(self, name: str) -> bool:
        return name.isupper() and any(name in constants for constants in self._constants.values())
