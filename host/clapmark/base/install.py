"""How this copy of clapmark was installed, and so the command that adds to it or updates it: pipx, uv or pip."""

import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from clapmark.base.shell import shell_command, shell_word

_PIPX_FILE = "pipx_metadata.json"
_UV_TOOL_FILE = "uv-receipt.toml"


def upgrade_command() -> str:
    """Return the command that updates clapmark."""
    kind = _installer()
    if kind == "pipx":
        return "pipx upgrade clapmark"
    if kind == "uv tool":
        return "uv tool upgrade clapmark"
    return _pip("--upgrade clapmark")


def extra_command(extra: str) -> str:
    """Return the command that installs the packages of clapmark's extra `extra`: "anki", "browse" or "notebook"."""
    packages = _packages_of(extra)
    kind = _installer()
    if kind == "pipx":
        return f"pipx inject clapmark {shell_command(packages)}"
    if kind == "uv tool":
        return f"uv tool install {' '.join(f'--with {shell_word(package)}' for package in packages)} clapmark"
    if kind == "uv pip":
        return f"uv pip install --python {shell_word(sys.executable)} {shell_command(packages)}"
    return _pip(shell_command(packages))


def package_command(package: str, *, is_upgrade: bool = False) -> str:
    """Return the command that installs one package into Clapmark's environment, such as "esptool", or updates it."""
    kind = _installer()
    if kind == "pipx":
        return f"pipx inject --force clapmark {package}"
    if kind == "uv tool":
        return f"uv tool install {'--upgrade ' if is_upgrade else ''}--with {package} clapmark"
    return _pip(f"--upgrade {package}" if is_upgrade else package)


def _installer() -> str:
    """Return "pipx", "uv tool", "uv pip" or "pip": who made the environment that Python runs in."""
    prefix = Path(sys.prefix)
    if (prefix / _PIPX_FILE).exists():
        return "pipx"
    if (prefix / _UV_TOOL_FILE).exists():
        return "uv tool"
    return "uv pip" if _has_line(prefix / "pyvenv.cfg", "uv =") else "pip"


def _pip(what: str) -> str:
    python = shell_word(sys.executable)
    return f"uv pip install {what} --python {python}" if _installer() == "uv pip" else f"{python} -m pip install {what}"


def _packages_of(extra: str) -> list[str]:
    """Return the requirements of the extra without their markers, such as ["genanki>=0.13"]."""
    try:
        lines = requires("clapmark") or []
    except PackageNotFoundError:
        lines = []
    pairs = [line.partition(";") for line in lines]
    wanted = [name.strip() for name, _, marker in pairs if f"extra == '{extra}'" in marker.replace('"', "'")]
    return wanted or [f"clapmark[{extra}]"]


def _has_line(path: Path, beginning: str) -> bool:
    try:
        return any(line.startswith(beginning) for line in path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return False
