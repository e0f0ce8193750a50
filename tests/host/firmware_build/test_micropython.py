"""Where no MicroPython can be had, one sentence says what is missing and how to get it."""

from pathlib import Path

import pytest

from clapmark.firmware_build import micropython


@pytest.fixture(autouse=True)
def _forget():
    micropython.find_micropython.cache_clear()
    yield
    micropython.find_micropython.cache_clear()


@pytest.mark.parametrize("bits", [64, 32])
def test_the_interpreter_found_is_the_one_asked_for(bits):
    command = micropython.find_micropython(bits)
    assert micropython._is_usable(command, bits)
    assert not micropython._is_usable(command, 96 - bits)


def fake_interpreter(folder: Path, answer: str) -> None:
    program = folder / "micropython"
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)


def test_one_on_the_path_comes_first_if_it_is_new_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_interpreter(tmp_path, "1 22 64")
    assert micropython.find_micropython(64)[0] != str(tmp_path / "micropython")
    micropython.find_micropython.cache_clear()
    fake_interpreter(tmp_path, "1 23 64")
    assert micropython.find_micropython(64) == (str(tmp_path / "micropython"),)
    assert micropython.find_micropython(32)[0] != str(tmp_path / "micropython")


def test_without_any_the_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(micropython, "folder", lambda: tmp_path)
    with pytest.raises(micropython.MicroPythonMissingError, match="make micropython"):
        micropython.find_micropython(32)
    with pytest.raises(micropython.MicroPythonMissingError, match="works on Debian"):
        micropython.fetch(32)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_download_is_told_with_apts_own_last_line(tmp_path, monkeypatch):
    for name, text in (("apt-get", "echo 'E: no such mirror' >&2; exit 100"), ("dpkg", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(micropython, "folder", lambda: tmp_path / "fetched")
    monkeypatch.setattr(micropython, "_debian_mirror", lambda: "http://localhost:1/debian")
    with pytest.raises(micropython.MicroPythonMissingError, match="E: no such mirror Check the network"):
        micropython.fetch(64)
