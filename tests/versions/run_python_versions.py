"""`make versions-python`: run the laptop's tests on each supported Python that is on this machine or that uv can get.

Each version gets an environment of its own in build/python-VERSION. A version that cannot be had is named, and is no
failure. Words on the command line are handed to pytest instead of tests/host.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.board.installed import tool

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def find(version: str) -> str:
    """Return the path of that Python, of uv or of pyenv, "" if there is none."""
    uv = tool("uv")
    subprocess.run([uv, "python", "install", "-q", version], capture_output=True, check=False)
    done = subprocess.run([uv, "python", "find", "--no-project", version], capture_output=True, text=True, check=False)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [done.stdout.strip(), *map(str, sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True))]
    return next((path for path in candidates if path and _is(version, path)), "")


def _is(version: str, path: str) -> bool:
    probe = [path, "-c", "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(probe, capture_output=True, text=True, check=False).stdout.strip() == version


def run(version: str, python: str, words: list[str]) -> str:
    """Run the tests; return the last line that pytest or the installer printed."""
    environment = ROOT / "build" / f"python-{version}"
    uv = tool("uv")
    for step in (
        [uv, "venv", "-q", "--allow-existing", "--python", python, str(environment)],
        [uv, "pip", "install", "-q", "--python", str(environment / "bin" / "python"), "-e", f"{ROOT}[dev]"],
    ):
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            return "FAILED to install: " + (done.stderr.strip().splitlines() or ["no message"])[-1]
    command = [str(environment / "bin" / "python"), "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-5000:], done.stderr[-2000:], file=sys.stderr)
    return ("FAILED " if done.returncode else "") + (done.stdout.strip().splitlines() or ["no output"])[-1]


def main(words: list[str]) -> int:
    """Return 1 if a test failed on any version, or no version was found."""
    results = {}
    for version in VERSIONS:
        python = find(version)
        results[version] = run(version, python, words or ["tests/host"]) if python else "not on this machine"
        print(f"Python {version}: {results[version]}", flush=True)
    tried = [text for text in results.values() if text != "not on this machine"]
    return 1 if not tried or any(text.startswith("FAILED") for text in tried) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
