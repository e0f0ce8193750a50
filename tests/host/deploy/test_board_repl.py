"""The contract with mpremote: its real transport, on an open port, against a prompt that speaks the real bytes."""

import inspect
import re

import pytest
import serial
from mpremote.transport_serial import SerialTransport as MpremoteTransport

from clapmark.deploy import board_repl, on_device
from clapmark.deploy.board_repl import BoardRepl, ReplError
from clapmark.link.serial_port import LinkLostError
from tests.support.board.board_on_pty import BoardOnPty


@pytest.fixture
def board(tmp_path):
    with BoardOnPty(tmp_path, {"boot.py": b"# stock\n", "main.py": b"X = 1\n"}) as board:
        yield board


@pytest.fixture
def repl(board, monkeypatch):
    monkeypatch.setattr(board_repl, "_READ_S", 0.5)
    board.power_on()
    with serial.Serial(board.port, timeout=0) as port:
        repl = BoardRepl(port, board.port)
        repl.enter()
        yield repl


def test_what_is_used_of_mpremote_is_there() -> None:
    names = set(inspect.signature(MpremoteTransport.enter_raw_repl).parameters)
    assert {"soft_reset", "timeout_overall"} <= names
    assert "timeout" in inspect.signature(MpremoteTransport.exec_raw).parameters
    for name in ("exec_raw_no_follow", "exit_raw_repl"):
        assert callable(getattr(MpremoteTransport, name))
    made = set(re.findall(r"self\.(\w+) =", inspect.getsource(MpremoteTransport.__init__)))
    known = {"serial", "device_name", "in_raw_repl", "use_raw_paste", "mounted", "is_pty"}
    assert made <= known, "mpremote keeps something new: BoardRepl must give it to a transport of its own"


def test_code_runs_prints_and_fails_with_its_traceback(repl: BoardRepl) -> None:
    assert repl.run("print(1 + 1)") == "2\n"
    assert repl.run("x = 'ä' * 3\nprint(x)") == "äää\n"
    with pytest.raises(ReplError, match="ZeroDivisionError") as caught:
        repl.run("1 // 0")
    assert "Traceback" in caught.value.output
    assert repl.run("print('still there')") == "still there\n"


def test_code_of_many_windows_arrives_whole(repl: BoardRepl) -> None:
    assert repl.run("print(len('" + "x" * 5000 + "'))") == "5000\n"


def test_what_the_device_is_asked_for_is_answered_in_our_words(repl: BoardRepl) -> None:
    about = repl.run(on_device.PREPARE).splitlines()
    assert about[0].split()[0] == "linux"
    assert int(about[0].split()[1]) & 0xFF == 6
    walked = dict(line.split() for line in repl.run(on_device.WALK).splitlines())
    assert sorted(walked) == ["boot.py", "main.py"]
    assert all(len(digest) == 64 for digest in walked.values())


def test_leaving_and_coming_back_keeps_the_port(repl: BoardRepl) -> None:
    repl.leave()
    repl.enter()
    assert repl.run("print(3)") == "3\n"


def test_a_device_that_goes_away_is_reported_in_a_sentence(board, repl) -> None:
    board.power_off()
    with pytest.raises(LinkLostError, match="went away"):
        repl.run("print(1)")


# as a stock MicroPython 1.23.0 for the ESP32 and mpremote 1.29 were recorded: what the host sent, what came back
RECORDED = [
    (b"\r\x03\r\x01", b"\r\n>>> \r\n>>> \r\n>>> \r\nraw REPL; CTRL-B to exit\r\n>"),
    (b"\x05A\x01", b"R\x01\x80\x00\x01"),
    (b"import os\x04", b"\x04\x04\x04>"),
    (b"\x05A\x01", b"R\x01\x80\x00\x01"),
    (
        b"print(repr(tuple(os.stat('mod.py'))))\x04",
        b'\x04\x04Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\n'
        b"OSError: [Errno 2] ENOENT\r\n\x04>",
    ),
    (b"\x05A\x01", b"R\x01\x80\x00\x01"),
    (b"f=open('mod.py','wb')\nw=f.write\x04", b"\x04\x04\x04>"),
    (b"\x05A\x01", b"R\x01\x80\x00\x01"),
    (b"buf = 1  # " + b"x" * 117, b"\x01"),
    (b"\x04", b"\x04\x04\x04>"),
]


def test_the_model_of_the_prompt_answers_as_a_real_one_did_byte_for_byte(board) -> None:
    board.power_on()
    board.wait_for_prompt()
    with serial.Serial(board.port, timeout=0.2) as port:
        while port.read(100):
            pass  # prompts that were asked for while it started
        port.timeout = 5
        for sent, answer in RECORDED:
            port.write(sent)
            assert port.read(len(answer)) == answer, sent
