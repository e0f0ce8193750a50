"""The wheel and the sdist, built once for all processes of the test run, and one installation in each process."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.board.installed import ROOT, Installed


@pytest.fixture(scope="session")
def dist(tmp_path_factory) -> Path:
    """Return a folder with the wheel and the sdist."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # xdist: its processes have one parent
    folder = shared / "dist"
    with (shared / "dist.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory, wheel: Path) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel).with_micropython()
