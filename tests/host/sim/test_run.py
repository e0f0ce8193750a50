"""A run of the virtual device: how it ends, what it finds again, what it leaves behind."""

import os
import signal
import threading
from pathlib import Path

import pytest

from clapmark.base.errors import ClapmarkError, ConflictError, UsageError
from clapmark.sim import EventKind, Simulation, parse_script
from tests.support.sim_run import RecordingPanel, Run


def test_an_exception_that_escapes_ends_the_run_with_its_traceback(tmp_path) -> None:
    run = Run(tmp_path, 'time.sleep(1)\nraise ValueError("the battery is flat")\n')
    assert run.play() == 1
    crash = run.only(EventKind.CRASHED)
    assert crash.at_s == 1.5
    assert "ValueError: the battery is flat" in crash.text and "main.py" in crash.text


def test_a_process_that_dies_ends_the_run(tmp_path) -> None:
    run = Run(tmp_path, "import os\nos.system('kill -9 $PPID')\ntime.sleep(1)\n")
    assert run.play() == 1
    assert "process ended" in run.only(EventKind.CRASHED).text


def test_a_second_run_finds_the_same_device(tmp_path) -> None:
    firmware = """
import esp32, machine, os
flash, back = esp32.Partition("journal"), bytearray(3)
flash.readblocks(0, back, 0)
say(bytes(back), machine.reset_cause(), machine.RTC().memory(), machine.unique_id(), open("board.json").read().strip())
flash.writeblocks(0, b"one", 0) if back[0] == 255 else None
machine.RTC().memory(b"lost")
say(os.urandom(4))
"""
    assert Run(tmp_path, firmware, "seed 5\n1 end").play() == 0
    run = Run(tmp_path, firmware, "seed 6\n1 end")
    assert run.play() == 0
    first, random, second, other = run.said
    assert first == "b'\\xff\\xff\\xff' 1 b'' b'\\x02\\xc1\\xa9\\x00\\x00\\x05' {\"board\": \"sim\"}"
    assert second == "b'one' 1 b'' b'\\x02\\xc1\\xa9\\x00\\x00\\x05' {\"board\": \"sim\"}"
    assert random != other


def test_what_blocks_an_undo_is_left_and_reported(tmp_path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("words")
    with pytest.raises(ConflictError, match="left as it is"):
        Run(tmp_path, "", link=precious).play()
    assert precious.read_text() == "words"
    with pytest.raises(UsageError, match="no virtual board"):
        Run(tmp_path, "", board="toaster")
    with pytest.raises(UsageError, match="--board sim"):
        Run(tmp_path, "", board="tdisplay").play()
    with pytest.raises(UsageError, match="cannot be a state folder"):
        Simulation(precious, script=parse_script("1 end"), new_panel=RecordingPanel).run()


def test_two_devices_do_not_share_a_folder(tmp_path) -> None:
    run = Run(tmp_path, "", None)
    thread = threading.Thread(target=run.play)
    thread.start()
    try:
        run.wait_for(EventKind.PLUGGED)
        with pytest.raises(ClapmarkError, match="Another virtual device"):
            Run(tmp_path, "").play()
    finally:
        run.simulation.stop()
        thread.join(5)


def test_no_descriptor_is_left_open(tmp_path) -> None:
    Run(tmp_path, "", "1 reset\n2 end").play()
    before = len(os.listdir("/proc/self/fd"))
    Run(tmp_path, "", "1 reset\n2 power-cut\n3 end").play()
    assert len(os.listdir("/proc/self/fd")) == before


def test_ctrl_c_ends_the_run_with_130_and_leaves_nothing_behind(tmp_path) -> None:
    run = Run(tmp_path, "time.sleep(1000)\n", None, link=tmp_path / "port")
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    earlier = set(children.read_text().split())  # another test's resource tracker lives as long as the test run
    # a program that was started in the background by a shell ignores the signal, and so would this one
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        interrupt = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
        interrupt.start()
        assert run.play() == 130
        interrupt.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (tmp_path / "port").is_symlink()
    assert set(children.read_text().split()) == earlier
