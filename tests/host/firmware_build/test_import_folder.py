"""boot.py names the app's packages, so that an import need not look for them in flash: the names must be right."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
FIRMWARE = ROOT / "firmware"


def constant(name: str) -> list[str]:
    """Return the words of a constant of boot.py."""
    for node in ast.parse((ROOT / "boot.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return list(eval(ast.unparse(node.value)))
    raise AssertionError(f"boot.py has no {name}")


def packages() -> dict[str, ast.Module]:
    files = sorted(FIRMWARE.glob("*/**/__init__.py"))
    return {path.parent.relative_to(FIRMWARE).as_posix(): ast.parse(path.read_text()) for path in files}


def test_boot_knows_every_package_of_the_app() -> None:
    assert sorted(constant("_PACKAGES")) == sorted(packages())


def test_boot_knows_which_packages_have_code() -> None:
    with_code = [name for name, tree in packages().items() if not all(isinstance(part, ast.Expr) for part in tree.body)]
    assert sorted(constant("_WITH_CODE")) == with_code


def test_the_app_itself_is_a_package_without_code() -> None:
    assert all(isinstance(part, ast.Expr) for part in ast.parse((FIRMWARE / "__init__.py").read_text()).body)
