"""Clapmark as a user has it: the wheel in an environment of its own, outside the checkout, with an empty HOME."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOOLS = Path(sys.executable).parent  # uv and pipx come with the dev extra
_UNREACHABLE = ("error sending request", "dns error", "Failed to fetch", "Failed to establish", "Temporary failure")


def tool(name: str) -> str:
    """Return the program `name` of the development environment, else of the PATH."""
    return shutil.which(name, path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}") or pytest.fail(f"{name} is missing")


def run(*words: object, cwd: Path, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run an installer; skip the test if it cannot reach PyPI."""
    hidden = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | (variables or {})
    done = subprocess.run([*map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and any(sign in done.stderr for sign in _UNREACHABLE):
        pytest.skip(f"PyPI cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    return done


def cache_folder() -> str:
    """Return uv's cache, so that packages are linked and not downloaded again where HOME is an empty folder."""
    done = run(tool("uv"), "cache", "dir", cwd=ROOT)
    return done.stdout.strip()


class Installed:
    """A fresh environment in `folder` with one wheel, and the folder `work` in which commands are typed."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.work = folder / "work"
        self.home = folder / "home"
        self.work.mkdir(parents=True)
        self.home.mkdir()
        self.environment = folder / "environment"
        self.python = self.environment / "bin" / "python"
        uv = tool("uv")
        assert run(uv, "venv", "-q", "--python", sys.executable, self.environment, cwd=folder).returncode == 0
        done = run(uv, "pip", "install", "-q", "--python", self.python, wheel, cwd=folder)
        assert done.returncode == 0, done.stderr

    def with_micropython(self) -> "Installed":
        """Put the checkout's MicroPython where `clapmark sim` would fetch one to."""
        cache = self.home / ".cache" / "clapmark"
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / "micropython").exists() and (ROOT / ".micropython").exists():
            (cache / "micropython").symlink_to(ROOT / ".micropython")
        return self

    def variables(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": f"{self.environment / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8"}

    def start(self, *words: object, **more: object) -> "subprocess.Popen[str]":
        command = [str(self.environment / "bin" / "clapmark"), *map(str, words)]
        return subprocess.Popen(command, cwd=self.work, env=self.variables() | more.pop("variables", {}), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)  # fmt: skip

    def type(self, *words: object, code: int = 0, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a `clapmark` command to its end; it must end with `code`, and never with a traceback."""
        process = self.start(*words, variables=variables, stdin=subprocess.DEVNULL)
        out, errors = process.communicate(timeout=200)
        assert process.returncode == code, (words, process.returncode, out, errors)
        assert "Traceback" not in errors, errors
        return subprocess.CompletedProcess(words, code, out, errors)
