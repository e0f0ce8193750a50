"""Messages: numbers with the right noun, and commands that can be pasted."""

import shlex

import pytest

from clapmark.base.install import extra_command, package_command, upgrade_command
from clapmark.base.shell import shell_word
from clapmark.base.words import counted, counted_are, with_article
from tests.support.archive.notes_archive import make_archive
from tests.support.command_line import type_


def test_one_is_not_many():
    assert [counted(number, "record") for number in (0, 1, 2, 1234)] == [
        "0 records",
        "1 record",
        "2 records",
        "1,234 records",
    ]
    assert (counted_are(1, "place"), counted_are(3, "place")) == ("1 place is", "3 places are")
    assert (with_article("oled"), with_article("tdisplay"), with_article("ESP32")) == (
        "an oled",
        "a tdisplay",
        "an ESP32",
    )


@pytest.mark.parametrize("name", ["plain", "two words", "it's", "a$b", "-x", "ü(1)"])
def test_a_suggested_command_can_be_pasted_with_any_folder_name(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    _, _, err = type_("sync", "--archive", folder)
    command = err.split("`")[1]
    assert shlex.split(command) == ["clapmark", "init", str(folder)]
    assert shlex.split(shell_word(folder)) == [str(folder)]
    _, _, err = type_("init", folder)
    assert shlex.split(err.split("Next: `")[1].split("`")[0]) == ["cd", str(folder)]


@pytest.mark.parametrize(
    ("file", "expected"), [("pipx_metadata.json", "pipx"), ("uv-receipt.toml", "uv tool"), ("", "pip")]
)
def test_what_installs_depends_on_who_installed_clapmark(tmp_path, monkeypatch, file, expected):
    if file:
        (tmp_path / file).touch()
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    for command in (upgrade_command(), extra_command("browse"), package_command("esptool")):
        assert expected in command
    assert "datasette" in extra_command("browse")


@pytest.mark.parametrize("columns", [60, 72, 80, 120])
def test_a_narrow_report_cuts_names_and_no_time(tmp_path, monkeypatch, columns):
    archive = make_archive(tmp_path / "archive")
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = type_("report", "--archive", archive.folder)
    for words in ("Fri 17:00", "5:00", "5:55", "+0:55"):
        assert words in out, out
    assert max(map(len, out.splitlines())) <= max(columns, 60)


def test_the_csv_of_a_report_has_a_time_that_people_read(tmp_path):
    archive = make_archive(tmp_path / "archive")
    rows = type_("report", "--csv", "--archive", archive.folder)[1].splitlines()
    assert rows[0].startswith("start,zone,start_utc_ms")
    assert rows[1].startswith("2019-05-03 17:00:05,")
