"""`clapmark repl` opens the way for mpremote, the program itself; a reset brings the app back."""

import subprocess
import sys

import pytest

from clapmark.flash.device_files import app_files, board_file
from clapmark.link.client import LinkClient, SerialTransport
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.command_line import type_


@pytest.fixture
def board(tmp_path):
    with BoardOnPty(tmp_path, app_files() | {"board.json": board_file("tdisplay")}) as board:
        board.power_on()
        yield board


def mpremote(board: BoardOnPty, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", board.port, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_mpremote_works_after_it_and_a_reset_brings_the_app_back(board) -> None:
    with LinkClient(SerialTransport(board.port)) as client:
        assert client.hello().board == "tdisplay"
    code, said, told = type_("repl", "--port", board.port)
    assert (code, said.splitlines()[0]) == (0, f"mpremote connect {board.port}"), told
    assert "The app has ended" in told
    found = mpremote(board, "exec", "import os; print(sorted(os.listdir()))")
    assert "'boot.py', 'firmware'" in found.stdout, found
    assert type_("repl", "--port", board.port)[2].startswith("No app ran")
    assert mpremote(board, "fs", "cat", ":main.py").stdout.startswith('"""Runs after boot.py')
    mpremote(board, "reset")
    with LinkClient(SerialTransport(board.port)) as client:
        assert client.hello().board == "tdisplay"


def test_no_device_is_one_sentence(tmp_path) -> None:
    code, said, told = type_("repl", "--port", tmp_path / "none")
    assert (code, said) == (3, "")
    assert str(tmp_path / "none") in told
