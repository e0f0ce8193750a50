"""`clapmark sim` alone in a terminal: its live screen, its keys, and the other commands that find it."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.pty_terminal import PtyTerminal

CLAPMARK = [sys.executable, "-m", "clapmark"]
HINT = "a b c tap"


@pytest.fixture
def home(tmp_path):
    return {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "HISTFILE": str(tmp_path / "history"),
    }


def clapmark(home, *words, cwd=None):
    return subprocess.run(
        [*CLAPMARK, *map(str, words)], env=os.environ | home, capture_output=True, text=True, check=False, cwd=cwd
    )


def running(home, *words, columns=80, rows=24) -> PtyTerminal:
    terminal = PtyTerminal([*CLAPMARK, "sim", *words], home, columns, rows)
    terminal.wait_for_text(HINT)
    terminal.wait_for(lambda: terminal.blocks() > 60)
    return terminal


def test_it_shows_the_screen_takes_keys_and_other_commands_find_it(home, tmp_path):
    archive = tmp_path / "archive"
    clapmark(home, "init", archive)
    with running(home) as sim:
        sim.type("a")
        sim.wait_for_text("pressed A 80")
        sim.type("\x1b[A\x1b[B")  # arrow keys
        sim.read(1.0)
        sim.type("A")
        sim.wait_for_text("pressed A 1500")
        sim.read(2.5)  # the passage ends
        sim.type("x")
        sim.wait_for_text("does nothing here; ? shows the keys")
        answer = clapmark(home, "sync", "--archive", archive)
        assert answer.returncode == 0, answer.stderr
        assert "Using the virtual device of `clapmark sim` at /dev/pts/" in answer.stderr
        (log,) = archive.glob("journal/*/*.log")
        text = log.read_text()
        assert text.count(" bookmark ") == 2 and text.count(" span ") == 1
        listed = clapmark(home, "devices")
        assert listed.returncode == 0 and "clapmark sim" in listed.stdout
        assert clapmark(home, "settings", "set", "silent", "true").returncode == 0
        sim.type("q")
        assert sim.wait_for_end() == 0
        assert sim.modes_now() == sim.modes
        sim.read(0.3)
        assert b"\x1b[?1049l" in sim.sent and b"Switched off" in sim.sent
    assert clapmark(home, "sync", "--archive", archive).returncode == 3
    with running(home) as again:  # the device is the same one, with its settings
        assert "true" in clapmark(home, "settings", "get", "silent").stdout
        again.type("q")
        assert again.wait_for_end() == 0


def test_typed_commands_have_a_history_and_the_picture_stays_live(home):
    with running(home) as sim:
        sim.type(":")
        sim.wait_for(lambda: sim.screen.display[-1].startswith(":"))
        sim.type("press B 90ms\r")
        sim.wait_for_text("pressed B 90")
        sim.type("\x1b[A")
        sim.wait_for(lambda: sim.screen.display[-1].startswith(": press B 90ms"))
        sim.type("\x7f" * 6 + "C 91ms\r")
        sim.wait_for_text("pressed C 91")
        sim.type("jump\r")
        sim.wait_for_text("is not an action")
        sim.type("\r")
        sim.wait_for_text(HINT)
        sim.type("?")
        sim.wait_for_text("hold it for 1.5 seconds")
        sim.type("?")
        sim.wait_for(lambda: sim.blocks() > 60)
        sim.type(":end\r")
        assert sim.wait_for_end() == 0
        assert sim.modes_now() == sim.modes


@pytest.mark.parametrize("board", ["tdisplay", "oled"])
def test_every_board_has_a_screen_and_says_which_buttons_it_has(board, home):
    with running(home, "--board", board, columns=140, rows=45) as sim:
        sim.type("c")
        sim.wait_for_text("this board has no button C" if board == "tdisplay" else "pressed C")
        sim.resize(60, 20)
        sim.wait_for(lambda: sim.blocks() > 60 and HINT in sim.screen.display[-1])
        sim.resize(24, 6)
        sim.wait_for_text("too small")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_sim_gives_the_terminal_back(number, code, home):
    with running(home) as sim:
        os.kill(sim.process.pid, number)
        assert sim.wait_for_end() == code
        assert sim.modes_now() == sim.modes
        sim.read(0.3)
        assert b"\x1b[?1049l" in sim.sent


def test_a_killed_sim_is_not_found(home, tmp_path):
    with running(home) as sim:
        os.killpg(sim.process.pid, signal.SIGKILL)
        sim.process.wait()
    answer = clapmark(home, "settings", "list")
    assert answer.returncode == 3 and "No device is plugged in" in answer.stderr
    assert not list((tmp_path / "state").rglob("*.json"))


def test_two_sims_are_named_and_none_is_guessed(home, tmp_path):
    with running(home) as one, running(home, "--state", str(tmp_path / "other")) as other:
        answer = clapmark(home, "settings", "list")
        assert answer.returncode == 2 and str(tmp_path / "other") in answer.stderr
        one.type("q")
        assert one.wait_for_end() == 0
        assert clapmark(home, "settings", "list").returncode == 0
        other.type("q")
        assert other.wait_for_end() == 0


def test_a_second_sim_in_the_same_folder_says_so(home):
    with running(home), PtyTerminal([*CLAPMARK, "sim"], home) as second:
        second.wait_for_text("Another virtual device runs in")
        assert second.wait_for_end() == 1


def test_a_terminal_that_cannot_place_the_cursor_keeps_lines(home):
    with PtyTerminal([*CLAPMARK, "sim"], home | {"TERM": "dumb"}) as sim:
        sim.wait_for_text("booted")
        sim.type("press A\r")
        sim.wait_for_text("pressed A 80")
        sim.type("end\r")
        assert sim.wait_for_end() == 0
        assert b"\x1b[?1049h" not in sim.sent
