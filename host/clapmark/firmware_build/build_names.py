"""Shortens the names that only the app itself sees, before mpy-cross compiles it.

Every module of bytecode carries the names that it uses, and the device keeps each in its heap: a third of the
bytecode, and 6 KB of heap. Short are the functions, attributes and variables that the app defines, and the parameters
that nobody passes by keyword. A name stays as it is if a library could mean something else by it, if it stands in a
text (getattr, settings), or if it is a class that a message to a person names.
"""

import ast
import builtins
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, product
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

from clapmark.firmware_build.build_namespaces import Namespaces

# methods of what the app gets from MicroPython: framebuf, asyncio, select, errors
_LIBRARIES = """
blit ellipse fill fill_rect hline line pixel poly rect scroll text vline
cancel close done ipoll modify poll push queue_read register remove run set unregister wait
args errno ph_key value
"""
# what benchmarks and tests touch when they start the compiled app by a main.py of their own
_FOR_SCRIPTS = "start controller tick uptime_ms display refresh state schedule talks count"


def shorten_names(sources: Mapping[str, str], around: Iterable[str] = ()) -> tuple[dict[str, str], dict[str, str]]:
    """Return the modules `sources` (text by path) with short names, and the short form of each full one.

    Names that can never meet share a word: each word takes heap once.

    `around` are the texts of modules that stay as they are: those that start the app, and the models of its hardware.
    """
    trees = {path: ast.parse(text) for path, text in sources.items()}
    keywords = {node.arg or "" for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    spaces = Namespaces(trees)  # before `self` has another name
    for tree in trees.values():
        _Parameters(keywords).visit(tree)
    kept = {*_LIBRARIES.split(), *_FOR_SCRIPTS.split()} | keywords | _builtin_names()
    kept |= {part for path in sources for part in path.removesuffix(".py").split("/")}
    for text in around:
        kept |= set(_names(ast.parse(text)))
    for tree in trees.values():
        kept |= set(_foreign_names(tree))
    defined = {name for tree in trees.values() for name in _defined_names(tree)}
    uses = Counter(name for tree in trees.values() for name in _names(tree))
    attributes = {node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    short: dict[str, str] = {}
    for name, _ in uses.most_common():
        if name in defined and name not in kept and len(name) > 2 and not name.startswith("__"):
            taken = {short[other] for other in spaces.neighbours(name) if other in short}
            words: Iterator[str] = _words(ascii_uppercase)
            if name in spaces.attributes:  # the small letters are those of parameters, which no attribute meets
                words = chain(ascii_lowercase, words)
                taken |= attributes
            else:
                taken |= uses.keys()
            short[name] = next(word for word in words if word not in taken)
    for path, tree in trees.items():
        _Renamer(short).visit(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not node.level:
                _make_relative(node, path.split("/")[:-1])
    return {path: ast.unparse(tree) + "\n" for path, tree in trees.items()}, short


def _words(letters: str) -> Iterator[str]:
    """Yield words that begin with one of `letters`: of one letter, of two, of three."""
    for length in range(3):
        for rest in product(ascii_letters + digits, repeat=length):
            yield from (letter + "".join(rest) for letter in letters)


def _builtin_names() -> set[str]:
    kinds = (
        str,
        bytes,
        bytearray,
        memoryview,
        int,
        list,
        tuple,
        dict,
        set,
        range,
        Exception,
        io.FileIO,
        io.TextIOWrapper,
    )
    return set(dir(builtins)).union(*(dir(kind) for kind in kinds))


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield every name that stands in the code, once for each place."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield name


def _defined_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.Module(body=body) | ast.ClassDef(body=body):
                if isinstance(node, ast.ClassDef):
                    yield node.name
                yield from (
                    part.id
                    for line in body
                    if isinstance(line, ast.Assign | ast.AnnAssign)
                    for part in ast.walk(line)
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
                )


def _foreign_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that mean something outside of the app: of libraries, in texts, of classes."""
    modules = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules |= {alias.asname or alias.name for alias in names}
            case ast.ImportFrom(module=module, names=names, level=0) if (module or "").split(".")[0] != "firmware":
                modules |= {alias.asname or alias.name for alias in names}
                yield from (module or "").split(".")
                yield from (alias.name for alias in names)
            case ast.Constant(value=str(text)):
                yield text
            case ast.ClassDef(name=name) if _is_named_in_messages(node):
                yield name
    yield from modules
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield node.attr


def _is_named_in_messages(node: ast.ClassDef) -> bool:
    """Return whether it is an error, or a part that the supervisor says has given no sign."""
    methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    return node.name.endswith("Error") or "is_alive" in methods


def _make_relative(node: ast.ImportFrom, package: list[str]) -> None:
    """Name a module of the app from where the importing one lies: `..core.state` is shorter than the whole path."""
    module = (node.module or "").split(".")
    if module[0] != package[0]:
        return
    common = 1
    while common < min(len(package), len(module)) and package[common] == module[common]:
        common += 1
    node.level = len(package) - common + 1
    node.module = ".".join(module[common:]) or None


class _Renamer(ast.NodeTransformer):
    """Gives names their short form, wherever they stand."""

    def __init__(self, short: Mapping[str, str]) -> None:
        self._short = short

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "attr", "name", "asname", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                setattr(node, field, self._short.get(name, name))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self._short.get(name, name) for name in node.names]
        return super().generic_visit(node)


class _Parameters(ast.NodeTransformer):
    """Calls the parameters of every function a, b, c..., those of inner functions first."""

    def __init__(self, keywords: set[str]) -> None:
        self._keywords = keywords

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._shorten(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._shorten(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._shorten(node)

    def _shorten(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        taken = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        taken |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)} | self._keywords
        words = (word for word in _words(ascii_lowercase) if word not in taken)
        short = {
            argument.arg: next(words)
            for argument in (*node.args.posonlyargs, *node.args.args)
            if argument.arg not in self._keywords and len(argument.arg) > 1
        }
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                part.id = short.get(part.id, part.id)
            elif isinstance(part, ast.arg):
                part.arg = short.get(part.arg, part.arg)
        return node
