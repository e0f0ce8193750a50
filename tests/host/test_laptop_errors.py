"""What goes wrong on the laptop itself is a sentence and an exit code: disks, permissions, encodings, signals."""

import ctypes
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clapmark.cli import make_encodable
from tests.support.archive.notes_archive import SLUG, make_archive, write_notes

FRAB = Path(__file__).parents[1] / "fixtures" / "frab.json"
CLAPMARK = (sys.executable, "-m", "clapmark")

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _CAP_FOWNER = 1, 2, 3


@pytest.fixture
def archive(tmp_path: Path):
    archive = make_archive(tmp_path / "archive")
    write_notes(archive)
    return archive


def read_only(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def writable(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def without_privileges() -> None:
    """Have the next program obey permissions, although it is root's (Linux: its bounding set of capabilities)."""
    libc = ctypes.CDLL(None)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _CAP_FOWNER):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for who is not root, and need not work then


def type_obeying(*words: object) -> subprocess.CompletedProcess[str]:
    command = [*CLAPMARK, *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, preexec_fn=without_privileges
    )


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "words",
    [
        ("notes",),
        ("assign", "2", "Dictionaries"),
        ("align", "Dictionaries", "--video", "https://example.org/v.mp4"),
        ("schedule", "load", FRAB),
    ],
)
def test_a_command_that_writes_says_that_the_archive_is_read_only(archive, words):
    read_only(archive.folder)
    before = content(archive.folder)
    try:
        answer = type_obeying(*words, "--archive", archive.folder)
        assert answer.returncode == 1, answer.stderr
        assert "Traceback" not in answer.stderr
        assert "you may not" in answer.stderr and "clapmark-new" not in answer.stderr
        assert content(archive.folder) == before
    finally:
        writable(archive.folder)


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("notes", "--dry-run"), "Nothing"),
        (("search", "Dictionaries"), "Dictionaries"),
        (("show", "Dictionaries"), "Dictionaries"),
        (("schedule", "show"), "Dictionaries"),
        (
            ("schedule", "load", Path(__file__).parents[1] / "fixtures" / "frab.json", "--dry-run"),
            "Nothing was written",
        ),
        (("schedule", "rename", SLUG, "other", "--dry-run"), "Would rename"),
        (("schedule", "remove", SLUG, "--dry-run"), "Would remove"),
        (("report",), "5:55"),
        (("export", "csv"), "dicts"),
    ],
)
def test_what_only_reads_works_on_a_read_only_archive(archive, words, expected, is_indexed):
    if is_indexed:
        subprocess.run([*CLAPMARK, "search", "bees", "--archive", archive.folder], check=True, capture_output=True)
        path = archive.log_path(*archive.journals()[0])
        path.write_bytes(path.read_bytes() + b"\n")  # the index is out of date now
    read_only(archive.folder)
    before = content(archive.folder)
    try:
        answer = type_obeying(*words, "--archive", archive.folder)
        assert answer.returncode == 0, answer.stderr
        assert expected in answer.stdout + answer.stderr
        assert content(archive.folder) == before
    finally:
        writable(archive.folder)


def test_a_full_disk_is_a_sentence_and_leaves_every_file_whole(archive):
    before = content(archive.folder)
    limit = "ulimit -f 0; trap '' XFSZ; exec \"$@\""
    command = ["bash", "-c", limit, "bash", *CLAPMARK, "align", "Dictionaries", "--video", "https://example.org/v.mp4"]
    answer = subprocess.run([*command, "--archive", archive.folder], capture_output=True, text=True, check=False)
    assert answer.returncode == 1, answer.stderr
    assert "larger than is allowed" in answer.stderr
    assert "no file is half written" in answer.stderr
    assert "anchors.json cannot be used" in answer.stderr  # the name of the file itself, not of a temporary one
    kept = {name: data for name, data in content(archive.folder).items() if "/.clapmark/" not in name}
    assert kept == {name: data for name, data in before.items() if "/.clapmark/" not in name}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")
def test_an_output_that_is_full_is_a_sentence(archive):
    with Path("/dev/full").open("w") as full:
        command = [*CLAPMARK, "schedule", "show", "--json", "--archive", str(archive.folder)]
        answer = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert answer.returncode == 1
        assert "the disk is full" in answer.stderr
        assert "Traceback" not in answer.stderr and "Exception" not in answer.stderr
        assert subprocess.run(command, stdout=full, stderr=full, check=False).returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_output_that_is_not_utf_8_shows_escapes_and_its_json_loses_nothing(tmp_path, encoding):
    archive = make_archive(tmp_path / "archive")
    path = archive.schedule_path(SLUG)
    path.write_text(path.read_text().replace("Dictionaries, All", "Łukasz’ dict 字典, All"), encoding="utf-8")
    write_notes(archive)
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}

    def type_(*words):
        command = [*CLAPMARK, *words, "--archive", str(archive.folder)]
        return subprocess.run(command, capture_output=True, check=False, env=environment)

    for words in (("schedule", "show"), ("show", "dict"), ("search", "Łukasz"), ("notes", "--dry-run"), ("report",)):
        answer = type_(*words)
        assert answer.returncode == 0, answer.stderr
        assert b"Traceback" not in answer.stderr
    answer = type_("search", "Łukasz", "--json")
    assert json.loads(answer.stdout.decode("ascii"))[0]["title"].startswith("Łukasz’ dict 字典")


def test_what_a_windows_program_writes_into_a_file_is_utf_8(monkeypatch):
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    make_encodable(stream, is_windows=True)
    stream.write("Łukasz 字典 \udc80")
    stream.flush()
    assert stream.buffer.getvalue() == "Łukasz 字典 \\udc80".encode()


@pytest.mark.parametrize("wait_s", [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
def test_ctrl_c_while_it_starts_is_a_sentence_and_130(wait_s, tmp_path):
    # Python starts this file before anything else: from then on the time counts
    (tmp_path / "sitecustomize.py").write_text("import os; os.write(2, b'python is up\\n')\n")
    process = subprocess.Popen(
        [*CLAPMARK, "doctor"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert process.stderr.readline() == b"python is up\n"
    time.sleep(0.05 + wait_s)  # runpy itself
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    if "Traceback" in said:  # then Python itself was still on its way to our first line
        assert "clapmark/" not in said, said
        return
    # 3 and 1: it was done before; killed: Python itself had not reached our first line
    assert process.returncode in {130, 3, 1, -signal.SIGINT}


def test_a_terminated_sim_takes_its_link_away(tmp_path):
    link = tmp_path / "port"
    command = [*CLAPMARK, "sim", "--headless", "--state", str(tmp_path / "device"), "--link", str(link)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not link.is_symlink() and time.monotonic() < end:
        time.sleep(0.1)
    assert link.is_symlink()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert not link.is_symlink()
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Unix")
def test_ctrl_d_does_not_make_a_sim_deaf(tmp_path):
    near, far = pty.openpty()
    command = [*CLAPMARK, "sim", "--state", str(tmp_path / "device"), "--link", str(tmp_path / "port")]
    process = subprocess.Popen(command, stdin=far, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.close(far)
    try:
        end = time.monotonic() + 60
        while not (tmp_path / "port").is_symlink() and time.monotonic() < end:
            time.sleep(0.1)
        os.write(near, b"\x04")
        time.sleep(1)
        os.write(near, b"end\n")
        said = process.communicate(timeout=60)[1].decode()
    finally:
        process.kill()
        os.close(near)
    assert "Ctrl-D does nothing here" in said
    assert process.returncode == 0


def test_a_disk_error_of_any_command_is_a_sentence(archive, tmp_path):
    shutil.rmtree(archive.folder / "journal")
    (archive.folder / "journal").write_text("a file, not a folder")
    command = [*CLAPMARK, "rescue", str(tmp_path / "none.bin"), "--archive", str(archive.folder)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode in {1, 2} and "Traceback" not in answer.stderr
