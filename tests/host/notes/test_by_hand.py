"""Posts that people wrote by hand take bookmarks for five talks; real git sees nothing but lines inside new markers."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from clapmark.archive.archive import Archive
from clapmark.notes import plan_notes
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, minutes, put, write_notes

FIXTURES = Path(__file__).parents[2] / "fixtures" / "notes"
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is what looks at the change")


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    return subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["written-by-hand.md", "written-by-hand.txt", "toml"])
def test_bookmarks_of_five_talks_add_only_lines_inside_new_markers(tmp_path, name, bom, newline):
    file = FIXTURES / (name if name != "toml" else "written-by-hand.md")
    flavour = "plain" if file.suffix == ".txt" else "hugo"
    text = file.read_text()
    if name == "toml":
        text = '+++\ntitle = "PyExample" # mine\n[params]\nx = [1,\n 2]\n+++\n' + text.split("---\n", 2)[2]
    archive = make_archive(tmp_path)
    settings = f'flavour = "{flavour}"\n[conferences.{SLUG}]\npost = "post{file.suffix}"\n'
    (tmp_path / "clapmark.toml").write_text(settings)
    archive = Archive(tmp_path)
    log = afternoon()
    log.lines = [line for line in log.lines if b"tag=link" not in line]  # the one without a talk
    log.add(minutes(248), "bookmark", tag="note", talk="light-2")
    log.add(minutes(21 * 60 + 5), "bookmark", tag="note", talk="late")
    put(archive, log)
    path = archive.post_path(SLUG)
    path.write_bytes((bom + text).replace("\n", newline).encode())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "by hand")
    assert write_notes(archive) == []
    diff = git(tmp_path, "diff", "-U0", "--", path.name).splitlines()
    changed = [line for line in diff if re.match(r"[-+](?![-+]{2} )", line)]
    if not text.endswith("\n"):  # the last line gets the line end that it needs for something to follow
        was, now = (line for line in changed if "no line end" in line)
        assert was[1:] == now[1:].rstrip("\r")
        changed = [line for line in changed if "no line end" not in line]
    assert not [line for line in changed if line.startswith("-")]
    inside = ""
    for line in (line[1:].rstrip("\r") for line in changed):
        if match := re.fullmatch(r"<!-- clapmark begin ([\w.-]+) -->", line):
            assert not inside
            inside = match[1]
        elif line == f"<!-- clapmark end {inside} -->":
            inside = ""
        else:
            assert inside and re.fullmatch(r"- \S+ .* <!-- clapmark [a-z2-7]{10} -->", line), line
    assert not inside and sum("begin" in line for line in changed) == 5
    assert plan_notes(archive).changes == []
