"""Which ports are boards, how one is opened, read and closed, and what is said when it cannot be.

A port may also be an address: an emulator's serial line, or a board at another machine.
"""

import errno
import os
import select
import socket
import termios
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import serial

from clapmark.base.errors import NoDeviceError
from clapmark.flash.device_files import app_files, board_file
from clapmark.link import serial_port
from clapmark.link.serial_port import (
    LinkLostError,
    PortBusyError,
    PortPermissionError,
    SerialTransport,
    each_once,
    find_ports,
)
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


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    """A serial line: the device's end, and the name of the laptop's."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    for end in (master, slave):
        if end != master or _is_open(master):
            os.close(end)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_port_is_opened_at_115200_baud_and_a_write_ends_after_five_seconds(pty) -> None:
    transport = SerialTransport(pty[1])
    assert termios.tcgetattr(transport.serial.fileno())[4:6] == [termios.B115200, termios.B115200]
    assert (transport.serial.baudrate, transport.serial.timeout, transport.serial.write_timeout) == (115_200, 0, 5)
    transport.close()


def test_what_is_written_arrives_and_what_arrived_is_read_without_waiting(pty) -> None:
    device, name = pty
    transport = SerialTransport(name)
    transport.write(b"hello")
    assert os.read(device, 100) == b"hello"
    os.write(device, b"answer")
    began = time.monotonic()
    assert transport.read(5) == b"answer"
    assert transport.read(0) == transport.read(-1) == b""
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert transport.read(0.2) == b""
    assert 0.15 < time.monotonic() - began < 2
    transport.close()
    transport.close()
    SerialTransport(name).close()


def test_a_device_that_goes_away_is_reported_by_a_read_and_by_a_write(pty) -> None:
    device, name = pty
    transport = SerialTransport(name)
    os.close(device)
    with pytest.raises(LinkLostError, match=f"The device at {name} went away .*What was fetched is safe"):
        transport.read(1)
    transport.close()
    with pytest.raises(LinkLostError, match="Plug it in again"):
        transport.write(b"x")


class FakePort:
    """A port that notes what is done to it; `errors` are what its openings raise, one each."""

    def __init__(self, *errors: serial.SerialException) -> None:
        object.__setattr__(self, "done", [])
        object.__setattr__(self, "errors", list(errors))
        self.is_open = False

    def __setattr__(self, name: str, value: object) -> None:
        self.done.append((name, value))
        object.__setattr__(self, name, value)

    def open(self) -> None:
        self.done.append("open")
        if self.errors:
            raise self.errors.pop(0)
        object.__setattr__(self, "is_open", True)

    def close(self) -> None:
        self.done.append("close")
        object.__setattr__(self, "is_open", False)


def opened(monkeypatch: pytest.MonkeyPatch, port: FakePort, system: str = "posix") -> SerialTransport:
    monkeypatch.setattr(serial_port.serial, "serial_for_url", lambda *_, **__: port)
    monkeypatch.setattr(serial_port, "os", SimpleNamespace(name=system))
    port.done.clear()
    return SerialTransport("COM3")


def test_windows_raises_the_two_lines_in_the_order_that_resets_no_board(monkeypatch) -> None:
    """The CP210x passes on each change on its own: dtr low with rts high would start the chip's bootloader."""
    port = FakePort()
    transport = opened(monkeypatch, port, "nt")
    assert port.done == [("dtr", False), ("rts", False), "open", ("dtr", True), ("rts", True)]
    port.done.clear()
    transport.close()
    assert port.done == [("rts", False), "close"]
    port.done.clear()
    transport.close()
    assert port.done == ["close"], "a closed port has no lines"


def test_elsewhere_both_lines_stay_set_and_the_port_is_locked(monkeypatch) -> None:
    port = FakePort()
    opened(monkeypatch, port).close()
    assert port.done == [("exclusive", True), "open", "close"]


def test_windows_is_asked_again_and_again_until_something_has_arrived(monkeypatch) -> None:
    port = FakePort()
    transport = opened(monkeypatch, port, "nt")
    arriving = [b"", b"", b"x"]
    object.__setattr__(port, "read", lambda _: arriving.pop(0))
    now = [5.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(serial_port, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    assert transport.read(1) == b"x"
    assert now[0] == pytest.approx(5.01)
    object.__setattr__(port, "read", lambda _: b"")
    assert transport.read(1) == b""
    assert 6 <= now[0] < 6.03


BUSY = serial.SerialException(errno.EBUSY, "busy")


def test_a_port_that_is_busy_is_tried_five_times_in_half_a_second(monkeypatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(serial_port, "time", SimpleNamespace(sleep=slept.append))
    port = FakePort(*[BUSY] * 4)
    opened(monkeypatch, port)
    assert port.done.count("open") == 5 and slept == [0.1] * 4
    port = FakePort(*[BUSY] * 5)
    with pytest.raises(PortBusyError):
        opened(monkeypatch, port)
    assert port.done.count("open") == 5
    port = FakePort(serial.SerialException(errno.ENOENT, "gone"))
    with pytest.raises(NoDeviceError):
        opened(monkeypatch, port)
    assert port.done.count("open") == 1, "a port that is not there is not tried again"


@pytest.mark.parametrize(
    ("number", "text", "system", "kind", "says"),
    [
        (errno.ENOENT, "x", "posix", NoDeviceError, "There is no port COM3. Is the device plugged in"),
        (None, "FileNotFoundError(2, 'x')", "nt", NoDeviceError, "There is no port COM3"),
        (errno.EACCES, "x", "posix", PortPermissionError, "You may not open COM3. On Debian and Ubuntu: sudo usermod"),
        (errno.EPERM, "x", "posix", PortPermissionError, "You may not open COM3"),
        (errno.EACCES, "PermissionError(13, 'x')", "nt", PortBusyError, "Another program uses COM3"),
        (errno.EBUSY, "x", "posix", PortBusyError, "Another program uses COM3"),
        (errno.EAGAIN, "x", "posix", PortBusyError, "Another program uses COM3"),
        (None, "Could not exclusively lock port COM3", "posix", PortBusyError, "Another program uses COM3"),
        (None, "PermissionError(13, 'Access is denied.')", "nt", PortBusyError, "Another program uses COM3"),
        (errno.EIO, "broken", "posix", NoDeviceError, "COM3 cannot be opened as a serial port: .*broken"),
    ],
)
def test_each_reason_why_a_port_cannot_be_opened_has_its_sentence(number, text, system, kind, says, monkeypatch):
    monkeypatch.setattr(serial_port, "time", SimpleNamespace(sleep=lambda _: None))
    error = serial.SerialException(text) if number is None else serial.SerialException(number, text)
    with pytest.raises(kind, match=says) as raised:
        opened(monkeypatch, FakePort(*[error] * 9), system)
    assert type(raised.value) is kind


def listed(device: str, vid: int | None, **more: object) -> SimpleNamespace:
    return SimpleNamespace(device=device, vid=vid, pid=1, **more)


def test_the_usb_chips_that_boards_have_are_found_and_no_others(monkeypatch) -> None:
    makers = {"a": 0x10C4, "b": 0x1A86, "c": 0x0403, "d": 0x303A}
    others = {"none": None, **{f"{name}+1": vid + 1 for name, vid in makers.items()}}
    everything = [listed(name, vid) for name, vid in (makers | others).items()]
    monkeypatch.setattr(serial_port.list_ports, "comports", lambda: everything[::-1])
    assert find_ports() == [*makers]


def test_two_ports_are_one_board_only_if_they_agree_in_all_that_is_known() -> None:
    apples, makers = "/dev/cu.usbmodem1", "/dev/cu.wchusbserial1"

    def names(one: dict[str, object], two: dict[str, object]) -> list[str]:
        ports = [listed(apples, 0x1A86, **one), listed(makers, 0x1A86, **two)]
        return [port.device for port in each_once(ports)]

    for known in (
        {"serial_number": "1", "location": "20-3"},
        {"serial_number": "1", "location": None},
        {"serial_number": None, "location": "20-3"},
        {"location": "20-3"},
    ):
        assert names(known, known) == [makers], known
    assert names({}, {}) == [apples, makers], "nothing is known: both are shown"
    assert names({"serial_number": "1"}, {"serial_number": "2"}) == [apples, makers]
