"""Name the command that adds an optional dependency to this installation, however it was installed."""

import shlex
import sys
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec
from pathlib import Path


def install_command(extra: str) -> str:
    """Return the shell command that installs the packages of Clapmark's extra `extra` ("anki", "browse", "notebook").

    pipx and uv keep tools in environments of their own, where a plain `pip install` would not reach them.
    """
    packages = " ".join(shlex.quote(package) for package in _packages(extra))
    if (Path(sys.prefix) / "pipx_metadata.json").exists():
        return f"pipx inject clapmark {packages}"
    python = shlex.quote(sys.executable)
    if find_spec("pip") is None:  # environments of uv have no pip
        return f"uv pip install --python {python} {packages}"
    return f"{python} -m pip install {packages}"


def _packages(extra: str) -> list[str]:
    """Return the requirements of the extra without their markers, as in `["genanki>=0.13"]`."""
    try:
        lines = requires("clapmark") or []
    except PackageNotFoundError:
        lines = []
    pairs = [line.partition(";") for line in lines]
    wanted = [name.strip() for name, _, marker in pairs if f"extra == '{extra}'" in marker.replace('"', "'")]
    return wanted or [f"clapmark[{extra}]"]
