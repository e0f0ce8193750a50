"""A port may also be an address: an emulator's serial line, or a board at another machine."""

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clapmark.base.errors import NoDeviceError
from clapmark.flash.device_files import app_files, board_file
from clapmark.link.serial_port import SerialTransport
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.command_line import type_


@contextmanager
def at_an_address(port: str) -> Iterator[str]:
    """Serve the serial port at a TCP address, to one laptop after the other."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    line = os.open(port, os.O_RDWR | os.O_NOCTTY)
    ended = threading.Event()

    def carry() -> None:
        while not ended.is_set():
            try:
                laptop, _ = server.accept()
            except TimeoutError:
                continue
            while not ended.is_set():
                ready = select.select((laptop, line), (), (), 0.2)[0]
                if line in ready:
                    laptop.sendall(os.read(line, 1024))
                if laptop in ready:
                    if not (data := laptop.recv(1024)):
                        break
                    os.write(line, data)
            laptop.close()

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    try:
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    finally:
        ended.set()
        thread.join(5)
        server.close()
        os.close(line)


def test_a_device_behind_an_address_syncs_and_takes_a_deploy(tmp_path) -> None:
    archive = tmp_path / "archive"
    assert type_("init", archive)[0] == 0
    app = app_files()
    with BoardOnPty(tmp_path, app | {"board.json": board_file("tdisplay")}) as board, at_an_address(board.port) as port:
        board.power_on()
        code, _, err = type_("sync", "--port", port, "--archive", archive)
        assert code == 0, err
        assert "new records" in err
        code, _, err = type_("deploy", "--port", port)
        assert code == 0, err
        assert "Already up to date" in err


@pytest.mark.parametrize("port", ["socket://127.0.0.1:1", "nothing://here", "socket://nowhere"])
def test_an_address_without_a_server_gets_one_sentence(port: str) -> None:
    with pytest.raises(NoDeviceError, match=port):
        SerialTransport(port)
