"""`make test-board`: the device tests run on what answers at the port, and leave nothing behind."""

import re

from clapmark.firmware_build.build import app_sources
from clapmark.flash.device_files import board_file
from tests.board import run_on_board
from tests.support.board.board_on_pty import BoardOnPty


def test_the_device_tests_run_on_a_board_and_are_removed_again(tmp_path, capsys, monkeypatch) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("core/test_clock.py", "core/test_schedule.py"):
        (few / name).parent.mkdir(exist_ok=True)
        (few / name).write_bytes((run_on_board.TESTS / name).read_bytes())
    (few / "test_absent.py").write_text("from tests.firmware import something_absent\n")
    (few / "test_bad.py").write_text("def test_that_fails():\n    assert False\n")
    monkeypatch.setattr(run_on_board, "TESTS", few)
    files = {path: source.read_bytes() for path, source in app_sources().items()}
    with BoardOnPty(tmp_path, files | {"board.json": board_file("tdisplay")}) as board:
        before = set(board.files())
        board.power_on()
        assert run_on_board.main(board.port, []) == 1
        board.power_off()
        assert {path for path in board.files() if not path.startswith("journal/")} == before
    out, errors = capsys.readouterr()
    assert "test_bad: FAILED test_that_fails" in out, errors
    assert "test_absent: FAILED ImportError" in out
    assert re.search(r"test_clock: [1-9]\d* passed, 0 failed", out)
    assert re.search(r"test_schedule: [1-9]\d* passed, 0 failed", out)
