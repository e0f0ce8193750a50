"""Bad input gets one clear sentence that says what to do, the right exit code, and leaves every file as it was."""

import os
import subprocess
import threading
import tty

import pytest

from clapmark.firmware_build.micropython import find_micropython
from tests.support.desk import Laptop, tree

TALK = "Title\n\nAda\nFriday 3 p.m.–4 p.m. in Hall\n\nText.\n"
OPTIONS = ("--start", "2019-05-03", "--zone", "Europe/Berlin")


def one_sentence(answer):
    """A message is short, ends as a sentence, and is not a traceback."""
    lines = answer.stderr.strip().splitlines()
    assert 1 <= len(lines) <= 2, answer.stderr
    assert "Traceback" not in answer.stderr
    assert lines[-1].endswith((".", "?")), answer.stderr
    return answer.stderr


def load(laptop, tmp_path, text, *options):
    path = tmp_path / "talks.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return laptop.type_here("schedule", "load", path, *(options or OPTIONS))


@pytest.mark.parametrize(
    ("content", "options", "code", "says"),
    [
        ("", OPTIONS, 1, "empty"),
        (b"\xff\xfe\x00\x01 binary", OPTIONS, 1, ""),
        ("{not json", OPTIONS, 1, ""),
        ('{"schedule": 7}', OPTIONS, 1, ""),
        ("no schedule at all", OPTIONS, 1, ""),
        (TALK, ("--start", "2019-05-03"), 2, "--zone"),
        (TALK, ("--start", "2019-05-03", "--zone", "Mars/Olympus"), 2, "Mars/Olympus"),
        (TALK, ("--zone", "Europe/Berlin"), 2, "--start"),
        (TALK, ("--start", "Friday", "--zone", "Europe/Berlin"), 2, "--start"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_reported_and_nothing_changes(laptop, tmp_path, content, options, code, says):
    before = tree(laptop.archive)
    answer = load(laptop, tmp_path, content, *options)
    assert (answer.code, says in one_sentence(answer)) == (code, True), answer.stderr
    assert tree(laptop.archive) == before


def test_a_missing_file_is_reported(laptop, tmp_path):
    answer = laptop.type_here("schedule", "load", tmp_path / "nothing.txt", *OPTIONS)
    assert answer.code == 1
    assert "nothing.txt" in one_sentence(answer)


def test_overlapping_talks_are_noted_and_loaded(laptop, tmp_path):
    second = TALK.replace("Title", "Other").replace("3 p.m.", "3:30 p.m.")
    answer = load(laptop, tmp_path, TALK + "\n" + second)
    assert answer.code == 0
    assert "overlap" in answer.stderr.lower()


STRANGE_TITLES = ["x" * 300, "Rocket \N{ROCKET} science", "\u05e9\u05dc\u05d5\u05dd", "Bell \a and \x1b[31m"]


@pytest.mark.parametrize("title", STRANGE_TITLES)
def test_strange_titles_reach_device_and_post_without_harm(device, laptop, tmp_path, title):
    answer = load(laptop, tmp_path, TALK.replace("Title", title))
    assert answer.code == 0, answer.stderr
    shown = laptop.type_here("schedule", "show").stdout
    assert "\a" not in shown and "\x1b" not in shown
    assert laptop.type_here("schedule", "push", "--port", device.port).code == 0


def test_an_archive_folder_that_is_none_names_the_next_step(tmp_path):
    laptop = Laptop(tmp_path / "not-an-archive")
    laptop.archive.mkdir()
    (laptop.archive / "mine.txt").write_text("mine")
    before = tree(laptop.archive)
    for words in (("schedule", "show"), ("sync", "--port", "/dev/null"), ("notes",), ("show",), ("report",)):
        answer = laptop.type_here(*words)
        assert answer.code == 2
        assert "clapmark init" in one_sentence(answer)
    assert tree(laptop.archive) == before
    assert laptop.type("init", laptop.archive).code == 0, "a folder of notes is taken as it is"
    after = tree(laptop.archive)
    assert {path: after[path] for path in before} == before


def test_no_device_is_exit_code_3(laptop, tmp_path):
    answer = laptop.type_here("sync", "--port", tmp_path / "no-port")
    assert answer.code == 3
    assert "no-port" in one_sentence(answer)


def test_a_port_that_another_program_holds_is_reported(device, laptop):
    from clapmark.link.client import SerialTransport

    holder = SerialTransport(device.port)
    try:
        answer = laptop.type_here("sync", "--port", device.port)
    finally:
        holder.close()
    assert answer.code == 1
    assert "Another program" in one_sentence(answer)


class Pty:
    """A serial port with a program of the test's own at its other end."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port = os.ttyname(self.slave)

    def close(self):
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def pty():
    pty = Pty()
    yield pty
    pty.close()


def test_a_device_at_the_micropython_prompt_is_recognised(pty, laptop):
    prompt = subprocess.Popen([*find_micropython(64)], stdin=pty.master, stdout=pty.master, stderr=pty.master)
    try:
        answer = laptop.type_here("sync", "--port", pty.port)
    finally:
        prompt.kill()
        prompt.wait()
    assert answer.code == 3
    assert "MicroPython" in one_sentence(answer)


def test_a_link_that_answers_garbage_is_reported(pty, laptop):
    stop = threading.Event()

    def babble():
        while not stop.wait(0.02):
            os.write(pty.master, bytes(range(128, 256)) + b"\n!1 hello protocol=x *00000000\n")

    thread = threading.Thread(target=babble)
    thread.start()
    try:
        before = tree(laptop.archive)
        answer = laptop.type_here("sync", "--port", pty.port)
    finally:
        stop.set()
        thread.join()
    assert answer.code == 3
    assert "no answer of Clapmark" in one_sentence(answer)
    assert tree(laptop.archive) == before


def test_wrong_usage_is_exit_code_2_and_names_the_help(laptop):
    for words in (("sync", "--nonsense"), ("schedule",), ("nothing",), ("show", "--archive")):
        answer = laptop.type(*words)
        assert answer.code == 2, (words, answer)
        assert "--help" in answer.stderr or "Usage" in answer.stderr
