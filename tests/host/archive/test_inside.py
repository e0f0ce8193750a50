"""Nothing is written through a link that leads out of the archive, and a pipe or folder is never read as a file."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from clapmark.archive.archive import Archive, init_archive
from clapmark.base.errors import ConflictError
from clapmark.sync.sync import sync
from tests.support.archive.journal_text import DEVICE, EPOCH
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive
from tests.support.command_line import type_, type_in
from tests.support.device.sync_device import JournalOnDevice, laptop


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


def link_out(archive: Archive, name: str, target: Path) -> Path:
    """Replace `name` in the archive by a link to `target`, which gets its content."""
    path = archive.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target)
        shutil.rmtree(path)
    elif path.exists():
        target.write_bytes(path.read_bytes())
        path.unlink()
    path.symlink_to(target)
    return target


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"conferences/{SLUG}/anchors.json", ("align", "Dictionaries", "--video", "https://example.org/v.mp4")),
        (f"conferences/{SLUG}/written.log", ("notes",)),
        (".clapmark/settled.json", ("notes",)),
        (".clapmark/undo", ("notes",)),
        (".clapmark/lock", ("notes",)),
        (".clapmark", ("notes",)),
        (".clapmark", ("search", "bees")),
        (".clapmark/index.sqlite", ("search", "bees")),
    ],
)
@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_command_does_not_write_through_a_link(tmp_path, archive, name, words, is_dangling):
    target = link_out(archive, name, tmp_path / "outside" / "target")
    if is_dangling:
        shutil.rmtree(tmp_path / "outside")
        target.parent.mkdir()
    before = content(tmp_path / "outside")
    code, _, err = type_in(archive, *words)
    assert content(tmp_path / "outside") == before
    assert (code, "leads out of the archive" in err) == (5, True), err


@pytest.mark.parametrize("name", [f"journal/{DEVICE}/{EPOCH}.log", "journal", f"journal/{DEVICE}"])
def test_a_sync_does_not_write_through_a_link(tmp_path, name):
    init_archive(tmp_path / "archive")
    archive = Archive(tmp_path / "archive")
    link_out(archive, name, tmp_path / "outside" / "target")
    (tmp_path / "outside" / "target").touch() if name.endswith(".log") else (tmp_path / "outside" / "target").mkdir()
    device = JournalOnDevice(afternoon(), archive)
    with pytest.raises(ConflictError, match="leads out of the archive"):
        sync(device, archive, laptop())
    assert device.committed == 0
    assert not any(content(tmp_path / "outside").values())


def test_a_link_that_stays_in_the_archive_is_followed(archive):
    path = archive.folder / f"conferences/{SLUG}/written.log"
    path.with_name("real.log").write_text("# of mine\n")
    path.symlink_to("real.log")
    assert type_in(archive, "notes")[0] == 0
    assert path.is_symlink()
    assert b"bullet" in path.read_bytes()


def test_init_writes_through_no_link(tmp_path):
    folder = tmp_path / "new"
    (folder / ".git").mkdir(parents=True)
    (folder / ".gitattributes").symlink_to(tmp_path / "elsewhere")
    code, _, err = type_("init", folder)
    assert (code, "leads out of the archive" in err) == (5, True), err
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("kind", ["pipe", "folder"])
@pytest.mark.parametrize("words", [("notes",), ("notes", "--dry-run"), ("show", "Dictionaries"), ("search", "bees")])
def test_a_post_that_is_not_a_file_is_one_sentence_without_a_wait(archive, kind, words):
    post = archive.post_path(SLUG)
    post.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(post) if kind == "pipe" else post.mkdir()
    answers: list[tuple[int, str, str]] = []
    thread = threading.Thread(target=lambda: answers.append(type_in(archive, *words)), daemon=True)
    thread.start()
    thread.join(20)
    assert answers, "it waits forever"
    code, _, err = answers[0]
    assert code == 5
    assert f"is a {'named pipe' if kind == 'pipe' else 'folder'}" in err


@pytest.mark.parametrize("name", [f"conferences/{SLUG}/schedule.json", f"journal/{DEVICE}/{EPOCH}.log"])
def test_any_file_of_the_archive_that_is_a_pipe_is_a_sentence(archive, name):
    (archive.folder / name).unlink()
    os.mkfifo(archive.folder / name)
    code, _, err = type_in(archive, "notes")
    assert code == 5
    assert "named pipe" in err
