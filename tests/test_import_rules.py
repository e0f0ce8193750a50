"""Which folder may import which: the tables of docs/architecture.md hold for the sources."""

import re
from pathlib import Path

import pytest

from tools.architecture import imports

ROOT = Path(__file__).parents[1]
PAGE = imports.PAGE.read_text(encoding="utf-8")
MOST_MODULES = 15
MOST_LINES = 400


@pytest.mark.parametrize("package", imports.TREES)
def test_imports_point_to_lower_floors_only(package):
    floors = imports.floors(PAGE, package)
    floor_of = {name: number for number, level in enumerate(floors, 1) for name in level}
    arrows = imports.graph(package)
    arrows.pop("firmware.manifest", None)
    assert arrows.keys() <= floor_of.keys(), "a folder without a floor"
    wrong = [
        f"{name} imports {target}"
        for name, targets in arrows.items()
        for target in targets
        if target.split(".")[0] == package and floor_of[target] <= floor_of[name]
    ]
    assert not wrong


@pytest.mark.parametrize("package", imports.TREES)
def test_there_is_no_import_cycle_between_folders(package):
    assert imports.find_cycle(imports.graph(package)) == []


def test_a_cycle_would_be_found():
    assert imports.find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert imports.find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_device_code_imports_nothing_of_the_laptop():
    files = [path for _, path in imports.sources("firmware")] + [ROOT / "boot.py", ROOT / "main.py"]
    files += (ROOT / "host" / "clapmark" / "sim" / "hardware").glob("*.py")
    wrong = {
        path.name: found for path in files if (found := {n for n in imports.imports_of(path) if n.startswith("clap")})
    }
    assert not wrong


def test_the_laptop_imports_only_the_shared_part_of_the_device():
    allowed = set(re.findall(r"`(firmware\.\w+)`", PAGE.split("### From the laptop")[1].split("\n\n## ")[0]))
    assert allowed == {"firmware.core", "firmware.version"}
    for name, targets in imports.graph("clapmark").items():
        assert {target for target in targets if target.startswith("firmware")} <= allowed, name


def test_everything_in_firmware_is_copied_to_the_device_but_the_manifest():
    from clapmark.firmware_build.build import app_sources

    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "firmware").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}  # fmt: skip
    assert here - app_sources().keys() == {"firmware/manifest.py"}


def test_no_folder_has_more_modules_than_a_reader_can_survey():
    for tree in ("host", "firmware", "tests", "tools"):
        for folder in [ROOT / tree, *(path for path in (ROOT / tree).rglob("*") if path.is_dir())]:
            name = folder.relative_to(ROOT).as_posix()
            count = len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
            assert count <= MOST_MODULES, name


def test_no_file_is_longer_than_a_reader_can_survey():
    for tree in ("host", "firmware", "tests", "tools"):
        for path in (ROOT / tree).rglob("*.py"):
            assert len(path.read_bytes().splitlines()) <= MOST_LINES, path


def test_the_drawings_show_the_imports_as_they_are():
    assert imports.with_drawings(PAGE) == PAGE, "run `make architecture`"
