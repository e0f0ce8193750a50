"""The pages about the project agree with the project: paths, links, targets, versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from firmware.version import VERSION

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "tests/support/README.md"]
WITH_PATHS = ("CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/release.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WITH_PATHS)
def test_every_path_that_a_page_names_exists(name):
    paths = re.findall(r"`((?:host|firmware|tests|docs|tools)/[\w./-]*)`", text_of(name))
    assert paths
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_another_page_arrives(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_the_index_has_every_page():
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", text_of("docs/README.md")))
    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", text_of("Makefile"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^)make ([a-z][a-z0-9-]*)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, page


def test_the_readme_says_how_to_begin():
    text = text_of("README.md")
    for words in ("make demo", "make test", "pipx install", "uv tool install", "clapmark sim", "Windows", "macOS"):
        assert words in text
    assert f"clapmark-{VERSION.decode()}-py3" in text


def test_the_changelog_has_this_version():
    assert re.search(rf"^## \[{re.escape(VERSION.decode())}\]", text_of("CHANGELOG.md"), re.MULTILINE)
    assert "## [Unreleased]" in text_of("CHANGELOG.md")


def test_no_dependency_is_pinned_to_one_version():
    lists = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    requirements = [requirement.partition(";")[0] for one in lists for requirement in one]
    assert [text for text in requirements if "==" in text or not re.search(r"[><~\]]", text)] == []


def test_the_workflow_tests_every_supported_python_on_every_system():
    jobs = yaml.safe_load(text_of(".github/workflows/test.yml"))["jobs"]
    pythons = ["3.11", "3.12", "3.13", "3.14"]
    assert jobs["linux"]["strategy"]["matrix"]["python"] == jobs["laptop"]["strategy"]["matrix"]["python"] == pythons
    assert [system.split("-")[0] for system in jobs["laptop"]["strategy"]["matrix"]["system"]] == ["macos", "windows"]
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert "Not run yet" in text_of(".github/workflows/test.yml")


def test_the_five_usual_changes_are_described():
    text = text_of("CONTRIBUTING.md")
    for heading in ("A board", "A screen", "A schedule format", "An export", "A link verb"):
        section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
        assert re.search(r"\| `tests/", section), heading


def test_the_page_on_the_tests_models_names_each_of_them_and_nothing_else():
    folder = ROOT / "tests" / "support"
    named = set(re.findall(r"`([\w/]+\.py)`", text_of("tests/support/README.md")))
    assert named == {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


def test_every_test_file_that_a_page_names_exists():
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    for page in PAGES:
        assert set(re.findall(r"test_\w+\.py", page.read_text(encoding="utf-8"))) <= files, page
