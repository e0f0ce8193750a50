"""Writes the app's constants into the places that use them, before mpy-cross compiles it.

mpy-cross folds `const` within one module. What a module takes from another (`state.NOTE`) would be looked up by name
whenever it is used, and name and value would lie in the heap of the device. Here both are known: the uses become
numbers, and what nobody needs any more (the definition, the import) goes.
"""

import ast
from collections.abc import Iterable, Mapping

_CONST = "const"
_FROM = ("micropython", "firmware.core.portable")  # where modules take `const` from


def fold_constants(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the modules `sources` (text by path, as in `firmware/core/state.py`) with their constants folded.

    A constant is `NAME = const(INTEGER)` at the top of a module. Raises ValueError where one is used in a way that
    cannot be followed.
    """
    modules = {_name(path): ast.parse(text) for path, text in sources.items()}
    constants = {name: _constants(tree) for name, tree in modules.items()}
    folded = {}
    for path in sources:
        name = _name(path)
        if name in _FROM:
            folded[path] = sources[path]
            continue
        is_package = path.endswith("/__init__.py")
        tree = _Folder(name, is_package, constants, set(modules)).folded(modules[name])
        folded[path] = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
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


class _Folder(ast.NodeTransformer):
    """Folds one module. An import counts for the whole module, also where it stands in a function."""

    def __init__(
        self, name: str, is_package: bool, constants: Mapping[str, Mapping[str, int]], modules: set[str]
    ) -> None:
        self._package = name if is_package else name.rpartition(".")[0]
        self._constants = constants
        self._modules = modules
        self._own = constants[name]
        self._names: dict[str, int] = dict(self._own)
        self._aliases: dict[str, str] = {}

    def folded(self, node: ast.Module) -> ast.Module:
        """Return the module `node`, changed in place."""
        for part in ast.walk(node):
            if isinstance(part, ast.ImportFrom):
                self._learn(part)
        self.generic_visit(node)
        node.body = [part for part in node.body if not self._is_definition(part)]
        used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        _drop_imports(node, self._aliases.keys() - used)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        source = self._source(node)
        gone = self._constants.get(source, {})
        node.names = [
            alias for alias in node.names if alias.name not in gone and not (alias.name == _CONST and source in _FROM)
        ]
        return node if node.names else None

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self._aliases:
            value = self._constants[self._aliases[node.value.id]].get(node.attr)
            if value is not None:
                return ast.copy_location(ast.Constant(value), node)
        elif self._is_ours(node.attr) and not (isinstance(node.value, ast.Name) and node.value.id[:1].isupper()):
            # a class of another library may have such a name, as Pin.OUT
            raise ValueError(f"{ast.unparse(node)}: which module's constant is that?")
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Have `bytes((1, 2))` written out: a tuple takes four times as much."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="bytes"), args=[ast.Tuple(elts=numbers)], keywords=[]):
                found = [number.value for number in numbers if isinstance(number, ast.Constant)]
                values = [value for value in found if isinstance(value, int)]
                if len(values) == len(numbers):
                    return ast.copy_location(ast.Constant(bytes(values)), node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._names:
            return ast.copy_location(ast.Constant(self._names[node.id]), node)
        return node

    def _learn(self, node: ast.ImportFrom) -> None:
        source = self._source(node)
        for alias in node.names:
            name = alias.asname or alias.name
            if f"{source}.{alias.name}" in self._modules:
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


def _drop_imports(tree: ast.Module, names: Iterable[str]) -> None:
    """Take modules that are not used any more out of the imports at the top."""
    unused = set(names)
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) not in unused]
            if not node.names:
                continue
        kept.append(node)
    tree.body = kept
