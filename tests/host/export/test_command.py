"""`clapmark export` as a person uses it: what is refused, where the file goes, plug-ins of others."""

import json
import re
import subprocess
import sys

import pytest

from clapmark.export.registry import format_names, load_format
from tests.support.archive.notes_archive import edit, make_archive, read, write_notes
from tests.support.command_line import type_in

YOUTUBE = "https://youtu.be/dQw4w9WgXcQ"


@pytest.fixture
def archive(tmp_path):
    archive = make_archive(tmp_path / "archive")
    assert type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:00")[0] == 0
    return archive


def words_of(archive):
    out = type_in(archive, "export", "jsonl", "dicts")[1]
    return [json.loads(line)["words"] for line in out.splitlines()]


def test_all_formats_are_there_and_listed(archive):
    names = {"anki", "audacity", "csv", "ffmetadata", "jsonl", "notebook", "podcast", "podlove", "resolve", "webvtt"}
    assert names | {"youtube"} <= set(format_names())
    listed = type_in(archive, "export")[1]
    assert all(load_format(name).summary in listed for name in names)


def test_the_only_aligned_talk_is_taken_without_being_named(archive):
    code, out, err = type_in(archive, "export", "youtube")
    assert code == 0
    assert err == "Without a talk, and so not in an export: 1 of the bookmarks. `clapmark assign` gives them one.\n"
    assert out.splitlines() == ["0:00 Dictionaries, All the Way Down", "2:50 note", "10:20 idea", "17:50 quote"]


@pytest.mark.parametrize("flavour", ["hugo", "obsidian", "plain"])
def test_the_persons_own_words_are_the_names(archive, flavour):
    path = archive.folder / "clapmark.toml"
    path.write_text(path.read_text().replace('flavour = "hugo"', f'flavour = "{flavour}"'))
    archive = type(archive)(archive.folder)
    write_notes(archive)
    assert words_of(archive) == [None, None, None]
    lines = [line for line in read(archive).splitlines() if "13:05" in line or "13:12" in line or "13:20" in line]
    if flavour == "obsidian":  # the block id stays last
        edit(archive, lines[0], lines[0].replace(" ^clap", " ordered, **always** ^clap"))
    else:
        edit(archive, lines[0], f"{lines[0]} ordered, **always**")
    edit(archive, lines[1] + "\n", f"{lines[1]}\n  - under it\n    - and deeper\n\n  a paragraph\n")
    assert words_of(archive) == ["ordered, **always**", "under it\nand deeper\n\na paragraph", None]
    assert "2:50 ordered, always" in type_in(archive, "export", "youtube")[1]


def test_a_bullet_that_was_rewritten_is_all_words(archive):
    write_notes(archive)
    line = next(line for line in read(archive).splitlines() if "13:05" in line)
    mark = line[line.index("<!--") :]
    edit(archive, line, f"- **13:05** dicts are ordered {mark}")
    assert words_of(archive)[0] == "dicts are ordered"


def test_words_are_found_where_the_list_of_written_lines_was_lost(archive):
    write_notes(archive)
    line = next(line for line in read(archive).splitlines() if "13:05" in line)
    edit(archive, line, f"{line} mine")
    archive.written_path("pyexample-2019").unlink()
    assert words_of(archive) == ["mine", None, None]


def test_an_existing_file_is_left_unless_forced(archive, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("mine")
    code, _, err = type_in(archive, "export", "csv", "-o", str(path))
    assert code == 5
    assert "--force" in err
    assert path.read_text() == "mine"
    assert type_in(archive, "export", "csv", "-o", str(path), "--force")[0] == 0
    assert path.read_text(encoding="utf-8-sig").startswith("id,conference")
    assert [each.name for each in tmp_path.iterdir() if "clapmark-new" in each.name] == []


def test_a_place_that_cannot_be_written_is_reported(archive, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = type_in(archive, "export", "csv", "-o", str(tmp_path / "file" / "out.csv"))
    assert code == 1
    assert "could not be written" in err


def test_a_folder_takes_a_file_for_each_talk(archive, tmp_path):
    code, _, err = type_in(archive, "export", "notebook", "-o", f"{tmp_path}/books/")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "books").iterdir()) == [
        f"pyexample-2019-{name}.ipynb" for name in ("bees", "dicts", "light-1")
    ]
    assert err.count("Wrote ") == 3
    assert type_in(archive, "export", "csv", "-o", f"{tmp_path}/books")[0] == 0
    assert (tmp_path / "books" / "pyexample-2019.csv").exists()


def test_where_one_of_several_files_exists_none_is_written(archive, tmp_path):
    (tmp_path / "pyexample-2019-light-1.ipynb").write_text("mine")
    assert type_in(archive, "export", "notebook", "-o", f"{tmp_path}/")[0] == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "pyexample-2019-light-1.ipynb"]


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["nothing"], 2, "There is no format"),
        (["youtube", "bees"], 2, "is not aligned with a recording yet"),
        (["youtube", "late"], 2, "has no bookmarks"),
        (["notebook"], 2, "for one talk"),
        (["resolve", "dicts", "--set", "fps=1"], 1, "fps is one of"),
        (["resolve", "dicts", "--set", "colour=red"], 2, "no option"),
        (["csv", "--set", "fps=25"], 2, "Its options, as they are set: none"),
        (["anki"], 1, "nothing to learn"),
    ],
)
def test_what_cannot_be_exported_is_reported(archive, words, code, why):
    found, out, err = type_in(archive, "export", *words)
    assert (found, out) == (code, "")
    assert why in err


def test_a_pipe_gets_the_bytes_as_they_are(archive):
    write_notes(archive)
    line = next(line for line in read(archive).splitlines() if "13:05" in line)
    edit(archive, line, f"{line} mine")
    command = [sys.executable, "-m", "clapmark", "export", "anki", "--archive", str(archive.folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"PK\x03\x04")


PLUG_IN = """
from clapmark.export import Format, Result

def write(talks, options):
    lines = [f"{mark.position_ms} {options['mood']} {mark.tag}\\n" for one in talks for _, mark in one.placed]
    return Result("".join(lines).encode(), ("That is all.",))

FORMAT = Format("moods", "marks with a mood", ".mood", write, needs_recording=True, options={"mood": ("fine", "any")})
"""


def test_another_package_adds_a_format_with_an_entry_point(archive, tmp_path):
    """As docs/export.md says it: a module, and an entry point of the group clapmark.exports."""
    site = tmp_path / "site"
    (site / "moods-1.0.dist-info").mkdir(parents=True)
    (site / "moods.py").write_text(PLUG_IN)
    (site / "moods-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: moods\nVersion: 1.0\n")
    (site / "moods-1.0.dist-info" / "entry_points.txt").write_text(
        "[clapmark.exports]\nmoods = moods:FORMAT\nbroken = moods:NOTHING\n"
    )

    def run(*words):
        script = f"import sys; sys.path.insert(0, {str(site)!r}); from clapmark.cli import main; main()"
        command = [sys.executable, "-c", script, "export", *words, "--archive", str(archive.folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run("moods", "--set", "mood=great")
    assert done.stdout == "180000 great note\n630000 great idea\n1080000 great quote\n"
    assert done.stderr.endswith("That is all.\n")
    assert "cannot be loaded" in run("broken").stderr
    assert "moods        marks with a mood" in run().stdout


@pytest.mark.parametrize(("name", "library"), [("anki", "genanki"), ("notebook", "nbformat")])
def test_without_its_library_a_format_says_what_to_install(archive, name, library):
    script = (
        f"import sys; sys.modules[{library!r}] = None; from clapmark.cli import run; "
        f"sys.exit(run(['export', {name!r}, 'dicts', '--archive', {str(archive.folder)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(rf"pip install (--python \S+ )?'{library}>=[0-9.]+'$", done.stderr.strip())
