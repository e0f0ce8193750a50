"""`clapmark init` takes what people have, says what it found, and clapmark.toml answers typing mistakes."""

from pathlib import Path

import pytest

from clapmark.archive.archive import Archive
from clapmark.archive.config import SETTINGS_NAME
from tests.support.command_line import type_


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("words\n")
    return folder


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a.md", "b/c.md", "d.txt", "photo.PNG"), "Found 2 Markdown notes and 1 text note."),
        (("PyCon.markdown",), "Found 1 Markdown note."),
        (("todo.txt", ".DS_Store"), "Found 1 text note."),
        (("sub/folder/only.md",), "Found 1 Markdown note."),
    ],
)
def test_a_folder_of_notes_becomes_an_archive_with_plain_posts(tmp_path, names, said):
    folder = fill(tmp_path / "my notes", *names)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, _, err = type_("init", folder)
    assert code == 0, err
    assert said in err and "--flavour" in err
    assert Archive(folder).settings.flavour == "plain"
    assert all(path.read_bytes() == data for path, data in before.items())


def test_the_flavour_that_is_named_counts(tmp_path):
    folder = fill(tmp_path / "notes", "a.md")
    assert type_("init", folder, "--flavour", "hugo")[0] == 0
    assert Archive(folder).settings.flavour == "hugo"


@pytest.mark.parametrize(
    ("names", "flavour", "said"),
    [
        ((".obsidian/app.json", "a.md"), "obsidian", "Found an Obsidian vault."),
        (("hugo.toml", "content/a.md"), "hugo", "Found a Hugo site."),
        ((".git/config", "a.md"), "hugo", "Found a git repository."),
    ],
)
def test_it_says_what_it_found(tmp_path, names, flavour, said):
    folder = fill(tmp_path / "site", *names)
    code, _, err = type_("init", folder)
    assert (code, said in err) == (0, True), err
    assert Archive(folder).settings.flavour == flavour


@pytest.mark.parametrize("names", [("main.py", "lib.py", "README.md"), ("photo.jpg",), ("movie.mkv", "song.ogg")])
def test_other_folders_are_left_alone(tmp_path, names):
    folder = fill(tmp_path / "other", *names)
    code, _, err = type_("init", folder)
    assert (code, "nothing was changed" in err) == (2, True)
    assert not (folder / SETTINGS_NAME).exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[notes]\ntgas = []", 'nothing in [notes] is called "tgas", so it has no effect. Did you mean "tags"?'),
        ('flavor = "plain"', 'nothing is called "flavor", so it has no effect. Did you mean "flavour"?'),
        ("grace_minutes = 5", "It belongs in [notes]."),
        ("[conferences.pycon-us-2019]\nrom = 'A'", 'nothing in [conferences.pycon-us-2019] is called "rom"'),
        ("[quotes.tags.todo]\nbefore = 0", 'Did you mean "before_s"?'),
        ("[note]\npost = 'x.md'", 'Did you mean "notes"?'),
        ("zzz = 1", "There are: flavour, notes"),
        ('"\\u001b[31mx" = 1', 'is called "x"'),
    ],
)
def test_an_unknown_key_is_reported_with_the_nearest_one(tmp_path, line, said):
    folder = tmp_path / "archive"
    assert type_("init", folder)[0] == 0
    (folder / SETTINGS_NAME).write_text(line + "\n")
    code, _, err = type_("notes", "--archive", folder)
    assert err.count("has no effect") == 1
    assert said in err and "\x1b" not in err
    assert code == 0, "it still works"


def test_the_keys_that_init_writes_and_explains_are_all_known(tmp_path):
    folder = tmp_path / "archive"
    assert type_("init", folder)[0] == 0
    path = folder / SETTINGS_NAME
    lines = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in path.open()]
    path.write_text("".join(lines))
    assert "has no effect" not in type_("notes", "--archive", folder)[2]
