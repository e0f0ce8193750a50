"""Where no MicroPython can be had, one sentence says what is missing and how to get it."""

import subprocess
import sys
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
    with pytest.raises(micropython.MicroPythonMissingError, match="brew install micropython"):
        micropython.find_micropython(32)
    with pytest.raises(micropython.MicroPythonMissingError, match="on Debian and Ubuntu"):
        micropython.provide(32, pytest.fail)
    assert list(tmp_path.iterdir()) == []


def test_on_windows_the_sentence_names_wsl(tmp_path, monkeypatch):
    monkeypatch.setattr(micropython.sys, "platform", "win32")
    with pytest.raises(micropython.MicroPythonMissingError, match="WSL"):
        micropython.check_fetch()


def test_without_debians_keys_the_sentence_says_which_package_has_them(tmp_path, monkeypatch):
    monkeypatch.setattr(micropython, "_KEYRING", tmp_path / "keys")
    monkeypatch.setattr(micropython, "_own_mirror", lambda: "")
    with pytest.raises(micropython.MicroPythonMissingError, match="apt-get install debian-archive-keyring"):
        micropython._debian_source()
    (tmp_path / "keys").touch()
    assert micropython._debian_source().startswith(f"deb [signed-by={tmp_path / 'keys'}] http://deb.debian.org/")


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_failed_download_ends_with_apts_own_last_line_and_leaves_no_half(tmp_path, monkeypatch):
    program(tmp_path, "apt-get", "echo 'E: no such mirror' >&2; exit 100")
    program(tmp_path, "dpkg", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(micropython, "folder", lambda: tmp_path / "fetched")
    monkeypatch.setattr(micropython, "_own_mirror", lambda: "http://localhost:1/debian")
    told = []
    with pytest.raises(micropython.MicroPythonMissingError, match="E: no such mirror Check the network"):
        micropython.provide(64, told.append)
    assert ["Fetching 64-bit MicroPython" in line for line in told] == [True]
    assert list((tmp_path / "fetched").iterdir()) == []


def test_a_missing_interpreter_is_fetched_and_said(tmp_path, monkeypatch):
    """apt and dpkg are replaced by programs that put down a MicroPython; the rest is the way a download takes."""
    loader = "root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    program(tmp_path, "apt-get", 'case "$*" in *download*) echo deb > micropython.deb;; esac')
    put = f'to="${{3%root}}{loader}"; mkdir -p "$(dirname "$to")"; cp "{tmp_path}/interpreter" "$to"'
    program(tmp_path, "dpkg", put)
    program(tmp_path, "interpreter", "echo 1 25 64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(micropython, "folder", lambda: tmp_path / "fetched")
    monkeypatch.setattr(micropython, "_own_mirror", lambda: "http://localhost:1/debian")
    told = []
    command = micropython.provide(64, told.append)
    assert command[0] == str(tmp_path / "fetched" / "amd64" / loader)
    assert [line.split()[0] for line in told] == ["Fetching", "MicroPython"]
    assert micropython.provide(64, pytest.fail) == command


def test_only_a_64_bit_interpreter_still_runs_the_virtual_device(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(micropython, "folder", lambda: tmp_path / "none")
    fake_interpreter(tmp_path, "1 25 64")
    told = []
    assert micropython.provide_any(told.append) == 64
    assert "twice the heap" in told[-1]


def test_the_virtual_device_on_windows_ends_with_a_sentence(tmp_path):
    script = (
        "import shutil, sys; from clapmark import cli; "  # Python 3.14 imports shutil late, which has parts of Windows
        "sys.platform = 'win32'; sys.exit(cli.run(['sim', '--state', 'x']))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "WSL" in answer.stderr
