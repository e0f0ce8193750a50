"""`clapmark notes --undo` brings the files of the last run back, where they are as that run left them."""

import io
import json

import pytest

from clapmark import cli
from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ConflictError
from clapmark.notes import changes, plan_notes
from tests.support.archive.notes_archive import SLUG, edit, later, make_archive, read


@pytest.fixture
def archive(tmp_path):
    return make_archive(tmp_path)


def run(archive, *words: str) -> tuple[int, str, str]:
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    code = cli.run(["notes", *words, "--archive", str(archive.folder)], environment)
    return code, environment.stdout.getvalue(), environment.stderr.getvalue()


def files(archive) -> dict:
    paths = (path for path in archive.folder.rglob("*") if path.is_file() and ".clapmark" not in path.parts)
    return {path: path.read_bytes() for path in paths}


def test_the_first_run_is_taken_back_to_the_last_byte(archive):
    before = files(archive)
    run(archive)
    assert files(archive) != before
    code, _, told = run(archive, "--undo")
    assert code == 0 and files(archive) == before
    assert f"Removed content/posts/{SLUG}.md (it did not exist before)" in told
    assert run(archive)[0] == 0 and "13:05" in read(archive)  # and nothing counts as deleted


def test_only_the_last_run_that_changed_something_is_taken_back(archive):
    run(archive)
    edit(archive, "**takeaway:**", "**takeaway:** mine")
    first = files(archive)
    later(archive)
    run(archive)
    run(archive)  # nothing new: what can be taken back is still the run before
    back = {**first, archive.log_path("a1b2c3d4e5f6", "0BADF00D"): later(archive).data}
    assert run(archive, "--undo")[0] == 0
    assert files(archive) == back
    code, _, told = run(archive, "--undo")
    assert code == 2 and "no run of notes to undo" in told and files(archive) == back


def test_what_was_edited_since_stays_and_that_is_reported(archive):
    run(archive)
    edit(archive, "**takeaway:**", "**takeaway:** mine")
    mine = files(archive)
    for _ in range(2):
        code, _, told = run(archive, "--undo")
        assert code == 5 and f"content/posts/{SLUG}.md changed since the last run" in told
        assert files(archive) == mine
    assert plan_notes(archive).changes == []


def test_dry_run_shows_the_way_back_and_takes_none(archive):
    run(archive)
    before = files(archive)
    code, out, told = run(archive, "--undo", "--dry-run")
    assert code == 0 and files(archive) == before
    assert "-## Bees & Sensors\n" in out and "+++ /dev/null" in out and "Would remove" in told
    assert json.loads(run(archive, "--undo", "--dry-run", "--json")[1])["left"] == []


def test_a_run_that_was_cut_in_the_middle_is_taken_back_too(archive):
    before = files(archive)
    run(archive)
    archive.written_path(SLUG).unlink()  # the second write never happened
    assert run(archive, "--undo")[0] == 0
    assert files(archive) == before


@pytest.mark.parametrize(
    "spoil", [b"", b"{}", b"[1]", b'{"files": [{"path": "../../x", "group": "", "before": "", "after": ""}]}']
)
def test_a_spoilt_memory_changes_nothing(archive, spoil):
    run(archive)
    before = files(archive)
    (archive.folder / ".clapmark" / "undo" / "run.json").write_bytes(spoil)
    code, _, told = run(archive, "--undo")
    assert files(archive) == before
    assert code == 2 and "Nothing was changed" in told


@pytest.mark.parametrize("part", ["what a file was before", "what it became"])
def test_a_memory_with_one_spoilt_part_changes_nothing(archive, part):
    run(archive)
    later(archive)
    run(archive)
    store = archive.folder / ".clapmark" / "undo"
    if part == "what a file was before":
        (store / "0.before").write_bytes(b"something else")
    else:
        record = json.loads((store / "run.json").read_bytes())
        record["files"][0]["after"] = record["files"][0]["after"][:-1]
        (store / "run.json").write_text(json.dumps(record))
    before = files(archive)
    code, _, told = run(archive, "--undo")
    assert files(archive) == before
    assert code == 2 and "its parts do not fit together" in told


@pytest.mark.parametrize(("edited", "is_written"), [("mine", False), ("other", True)])
def test_a_list_is_not_written_if_an_editor_just_replaced_a_post_of_its_conference(
    tmp_path, monkeypatch, edited, is_written
):
    def write_and_let_the_editor_save(path, before, after):
        replace(path, before, after)
        if path.stem == edited:
            path.write_text("the text that the editor had open")

    replace = durable.replace_or_conflict
    monkeypatch.setattr(durable, "replace_or_conflict", write_and_let_the_editor_save)
    names = (("mine.md", "a"), ("other.md", "b"), ("list.log", "a"))
    planned = [changes.Change(tmp_path / name, None, b"new", group) for name, group in names]
    if is_written:
        assert changes.write(planned) == [tmp_path / name for name, _ in names]
    else:
        with pytest.raises(ConflictError):
            changes.write(planned)
    assert (tmp_path / "list.log").exists() == is_written
