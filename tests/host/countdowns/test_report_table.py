"""The table of countdowns fits the terminal: names are cut or left out, times and figures never."""

import re

import pytest

from tests.support.archive.notes_archive import make_archive
from tests.support.command_line import type_in


@pytest.mark.parametrize("columns", [10, 30, 40, 46, 50, 52, 54, 56, 58, 60, 64, 70, 80, 120])
def test_no_width_of_the_terminal_cuts_a_time(columns, tmp_path, monkeypatch):
    archive = make_archive(tmp_path / "archive")
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = type_in(archive, "report")
    assert code == 0
    (row,) = re.findall(r"^ ?.*5:55.*$", out, re.MULTILINE)[:1]
    assert re.search(r"[A-Z][a-z]{2} \d\d:\d\d ", row) and "5:00" in row and "+0:55" in row
    assert re.search(r"\d in all", out)
    assert "…" not in " ".join(re.findall(r"\S*\d\S*", out))
    if columns >= 47:  # what is needed at least; a narrower terminal wraps
        assert max(map(len, out.splitlines())) <= columns


def test_no_width_of_the_terminal_cuts_the_figures_of_a_speaker(tmp_path, monkeypatch):
    archive = make_archive(tmp_path / "archive")
    monkeypatch.setenv("COLUMNS", "20")
    code, out, _ = type_in(archive, "report", "--speakers")
    assert code == 0 and "5:55" in out and "+0:55" in out
