"""A traceback of the device names the source file and its line, with bytecode and with `clapmark deploy --dev`."""

import pytest

from clapmark.deploy.board_repl import BoardRepl, ReplError
from clapmark.deploy.deploy import reach_prompt
from clapmark.firmware_build.build import app_sources
from clapmark.flash.device_files import app_files, board_file
from clapmark.link.client import SerialTransport
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.command_line import type_

# the rest is there already: copying all 260 KB would show nothing more
FEW = ("boot.py", "firmware/app", "firmware/link/upload", "firmware/link/request")

FAILING = """
from firmware.link.upload import Upload
Upload("x.txt").add(1, b"")
"""


def traceback_on(board: BoardOnPty) -> str:
    """Return what a failing call into the app says."""
    transport = SerialTransport(board.port)
    try:
        reach_prompt(transport)
        repl = BoardRepl(transport.serial, board.port)
        repl.enter()
        with pytest.raises(ReplError, match="RequestError") as caught:
            repl.run(FAILING)
        return caught.value.output
    finally:
        transport.close()


def test_a_traceback_reads_like_the_source_before_and_after_deploy_dev(tmp_path) -> None:
    sources = {path: source.read_bytes() for path, source in app_sources().items()}
    compiled = app_files()
    old = {path: data for path, data in sources.items() if not path.startswith(FEW)}
    old |= {path: data for path, data in compiled.items() if path.startswith(FEW)}
    lines = sources["firmware/link/upload.py"].decode().splitlines()
    checks_at = lines.index("    def _check(self, offset, length):")
    raises_at = lines.index('            raise RequestError("offset", b"%d" % self.offset)', checks_at) + 1
    with BoardOnPty(tmp_path, old | {"board.json": board_file("tdisplay")}) as board:
        board.power_on()
        raised = f", line {raises_at}, in _check"
        assert f'File "firmware.link.upload"{raised}' in traceback_on(board), "the bytecode keeps names and lines"
        code, out, err = type_("deploy", "--dev", "--port", board.port)
        assert code == 0, err
        assert {"add firmware/link/upload.py", "remove firmware/link/upload.mpy"} <= set(out.splitlines())
        assert "The device runs firmware" in err
        assert f'firmware/link/upload.py"{raised}' in traceback_on(board)
        board.power_off()
        assert {path: data for path, data in board.files().items() if path in sources} == sources
