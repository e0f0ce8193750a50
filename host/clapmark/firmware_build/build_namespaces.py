"""Which names of the app may never be the same word: those that can meet in a module, or on one object.

A module's namespace holds whatever stands there as a plain name, in its functions too. An object's holds the methods
and attributes of its class, of those that it inherits from and of those that inherit from it: classes with the same
name, or with a common ancestor, count as one. An attribute that is set from outside of any class could be on any
object.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Namespaces:
    """The namespaces of the modules `trees`, by path. `attributes` are the names that stand nowhere as a plain name."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self._modules = {path: _plain_names(tree) for path, tree in trees.items()}
        self._classes = _class_groups(trees.values())
        self._anywhere = {
            node.attr
            for tree in trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and not _is_self(node.value)
        }
        plain = set().union(*self._modules.values())
        self.attributes = set().union(*self._classes) - plain
        self._members: dict[str, list[set[str]]] = defaultdict(list)
        for space in (*self._modules.values(), *self._classes):
            for name in space:
                self._members[name].append(space)
        self._all_attributes = set().union(self._anywhere, *self._classes)

    def neighbours(self, name: str) -> set[str]:
        """Return the names that must differ from `name`."""
        found = set().union(*self._members[name])
        if name in self._anywhere:
            found |= self._all_attributes
        elif name in self._all_attributes:
            found |= self._anywhere
        return found - {name}


def _plain_names(tree: ast.Module) -> set[str]:
    """Return what stands in a module as a name of its own: variables, functions, parameters, imports."""
    methods = {id(part) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for part in node.body}
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if id(node) not in methods:
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name)
                found.add(name.rpartition(".")[2])
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
    return found


def _class_groups(trees: Iterable[ast.Module]) -> list[set[str]]:
    """Return the attributes of each family of classes."""
    family: dict[str, str] = {}  # a class's name, and another name of its family

    def head(name: str) -> str:
        while family.setdefault(name, name) != name:
            name = family[name]
        return name

    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for node in classes:
        for base in node.bases:
            family[head(ast.unparse(base).rpartition(".")[2])] = head(node.name)
    found: dict[str, set[str]] = defaultdict(set)
    for node in classes:
        found[head(node.name)] |= _own_attributes(node)
    return list(found.values())


def _own_attributes(node: ast.ClassDef) -> set[str]:
    found = {part.name for part in node.body if isinstance(part, _FUNCTIONS)}
    for line in node.body:
        if isinstance(line, ast.Assign | ast.AnnAssign):
            found |= {name.id for name in ast.walk(line) if isinstance(name, ast.Name)}
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and _is_self(part.value):
            found.add(part.attr)
    return found


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
