"""How this copy of clapmark was installed, and so the command that adds to it or updates it: pipx, uv or pip."""

import sys
from pathlib import Path

from clapmark.base.shell import shell_word

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
    """Return the command that installs what an optional part of clapmark needs, such as "browse"."""
    wanted = shell_word(f"clapmark[{extra}]")
    kind = _installer()
    if kind == "pipx":
        return f"pipx install --force {wanted}"
    if kind == "uv tool":
        return f"uv tool install {wanted}"
    return _pip(wanted)


def package_command(package: str) -> str:
    """Return the command that installs or updates one package beside clapmark, such as "esptool"."""
    kind = _installer()
    if kind == "pipx":
        return f"pipx inject --force clapmark {package}"
    if kind == "uv tool":
        return f"uv tool install --upgrade --with {package} clapmark"
    return _pip(f"--upgrade {package}")


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


def _has_line(path: Path, beginning: str) -> bool:
    try:
        return any(line.startswith(beginning) for line in path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return False
