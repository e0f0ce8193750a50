"""For any answer of a device, no command shows a traceback, changes the terminal or waits forever."""

import contextlib
import os
import threading
import tty

import pytest

from tests.faults.hostile.hostile_devices import BOUND_S, hostile_characters, hostile_devices
from tests.faults.ledger import run_part
from tests.support.command_line import type_

CI_REQUESTS = 3_000
PARTS = 4


class Flood:
    """A board that sends the same bytes forever."""

    def __init__(self, stream: bytes) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._is_open = True
        self._thread = threading.Thread(target=self._send, args=(stream,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_open = False
        with contextlib.suppress(OSError):
            os.close(self._slave)
        with contextlib.suppress(OSError):
            os.close(self._master)

    def _send(self, stream: bytes) -> None:
        with contextlib.suppress(OSError):
            while self._is_open:
                os.write(self._master, stream)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_device_can_crash_a_command_or_hold_it_or_reach_the_terminal(part):
    run_part("hostile-devices", hostile_devices, CI_REQUESTS, part, PARTS)


@pytest.mark.parametrize("words", [("deploy",), ("repl",)])
@pytest.mark.parametrize("stream", [b">>> ", b"raw REPL; CTRL-B to exit\r\n>", b">>> OK\x1b[2J"])
def test_a_prompt_that_never_stops_does_not_hold_a_command(words, stream, monkeypatch):
    monkeypatch.setattr("clapmark.deploy.board_repl._EXCHANGE_BYTES", 20_000)
    flood = Flood(stream)
    answers: list[tuple[int, str, str]] = []
    thread = threading.Thread(target=lambda: answers.append(type_(*words, "--port", flood.port)), daemon=True)
    thread.start()
    thread.join(BOUND_S)
    flood.close()
    thread.join(5)
    assert answers, "it waits forever"
    code, out, err = answers[0]
    assert code in {0, 1, 3} and "Traceback" not in err
    assert not hostile_characters(out + err)
