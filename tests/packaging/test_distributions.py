"""What is in the wheel and in the sdist, and what is not."""

import subprocess
import sys
import tarfile
import zipfile

from firmware.version import VERSION
from tests.support.board.installed import ROOT


def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_puts_nothing_but_clapmark_into_site_packages(wheel):
    info = f"clapmark-{VERSION.decode()}.dist-info"
    assert {name.split("/")[0] for name in names(wheel)} == {"clapmark", info}


def test_the_wheel_has_every_module_and_every_file_of_the_device(wheel):
    found = names(wheel)
    host = {path.relative_to(ROOT / "host").as_posix() for path in (ROOT / "host").rglob("*.py")}
    device = {path.relative_to(ROOT).as_posix() for path in (ROOT / "firmware").rglob("*.py")}
    assert host <= found
    assert {f"clapmark/device/{name}" for name in device | {"boot.py", "main.py"}} <= found
    assert "clapmark/py.typed" in found
    assert not [name for name in found if name.endswith((".pyc", ".ini")) or "/tests/" in name]


def test_the_sdist_builds_the_same_wheel_and_has_the_tests(dist, wheel, tmp_path):
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    for path in (
        "Makefile",
        "README.md",
        "LICENSE",
        "docs/link.md",
        "tests/e2e/golden/pycon-us-2019.md",
        "tools/fonts",
    ):
        assert (source / path).exists(), path
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (again,) = (tmp_path / "again").glob("*.whl")
    assert names(again) == names(wheel)
