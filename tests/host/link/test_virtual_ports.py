"""Commands without --port: a board on USB comes first, then the only running virtual device; what is chosen is said."""

import io
import json
import os
import time

import pytest

from clapmark.base.environment import Environment
from clapmark.base.errors import NoDeviceError, UsageError
from clapmark.commands.device import connection
from clapmark.commands.device.connection import chosen_port
from clapmark.link import ports
from clapmark.link.virtual_ports import VirtualPort, find_virtual_ports, folder, registered
from clapmark.sync import watch
from clapmark.sync.watch import Watch


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def port(tmp_path) -> VirtualPort:
    path = tmp_path / "pts"
    path.touch()
    return VirtualPort(str(path), "oled", str(tmp_path / "device"))


def chosen(monkeypatch, boards: list[str], **options) -> tuple[str, str]:
    monkeypatch.setattr(connection, "find_ports", lambda: boards)
    said = io.StringIO()
    return chosen_port(Environment(stderr=said), None, **options), said.getvalue()


def test_the_only_virtual_device_is_used_and_said(port, monkeypatch):
    with registered(port):
        assert find_virtual_ports() == [port]
        name, said = chosen(monkeypatch, [])
        assert name == port.name and "Using the virtual device" in said and port.state in said
    assert find_virtual_ports() == []


def test_a_board_comes_first_and_the_virtual_device_is_mentioned(port, monkeypatch):
    with registered(port):
        name, said = chosen(monkeypatch, ["/dev/ttyUSB0"])
    assert name == "/dev/ttyUSB0" and f"--port {port.name}" in said
    assert chosen(monkeypatch, ["/dev/ttyUSB0"]) == ("/dev/ttyUSB0", "")


def test_what_needs_a_chip_takes_no_virtual_device(port, monkeypatch):
    with registered(port), pytest.raises(NoDeviceError):
        chosen(monkeypatch, [], is_real=True)


def test_of_two_virtual_devices_none_is_guessed(port, monkeypatch):
    other = VirtualPort("/dev/null", "sim", "/other")
    data = json.dumps({"name": other.name, "board": other.board, "state": other.state})
    with registered(port):
        path = folder() / "1.json"
        path.write_text(data)
        assert find_virtual_ports() == [port] and not path.exists()  # nobody holds its lock
        import fcntl

        path.write_text(data)
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="/dev/null"):
            chosen(monkeypatch, [])
        os.close(descriptor)


@pytest.mark.parametrize("data", ["", "{", "[]", '{"name": 1}', '{"name": "/no/such", "board": "", "state": ""}'])
def test_a_file_that_makes_no_sense_lists_nothing(data, port):
    with registered(port):
        (folder() / f"{os.getpid()}.json").write_text(data)
        assert find_virtual_ports() == []


def test_a_folder_that_cannot_be_written_lists_nothing_and_stops_nobody(port, tmp_path):
    (tmp_path / "state").write_text("a file")
    with registered(port):
        assert find_virtual_ports() == []


def test_devices_and_watch_see_it_too(port, monkeypatch):
    monkeypatch.setattr(ports, "find_ports", list)
    monkeypatch.setattr(ports.list_ports, "comports", list)
    monkeypatch.setattr(watch, "find_ports", list)
    synced: list[str] = []
    with registered(port):
        assert [(each.name, "oled" in each.description) for each in ports.ports()] == [(port.name, True)]
        Watch(None, synced.append, lambda _: None).look(time.monotonic())
    assert synced == [port.name]
