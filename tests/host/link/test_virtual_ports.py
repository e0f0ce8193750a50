"""Commands without --port: a board on USB comes first, then the only running virtual device; what is chosen is said."""

import fcntl
import io
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clapmark.base.environment import Environment
from clapmark.base.errors import NoDeviceError, UsageError
from clapmark.commands.device import connection
from clapmark.commands.device.connection import chosen_port
from clapmark.link import ports, virtual_ports
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


@contextmanager
def somebody_elses(name: str, data: bytes) -> Iterator[None]:
    """List what another process holds the lock of."""
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / name).write_bytes(data)
    descriptor = os.open(folder() / name, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def entry(name: str, **more: object) -> bytes:
    return json.dumps({"name": name, "board": "sim", "state": "/state"} | more).encode()


def test_the_list_is_the_users_alone_and_no_file_remains_open(port):
    before = len(os.listdir("/proc/self/fd"))
    mask = os.umask(0)
    try:
        with registered(port):
            files = list(folder().iterdir())
            assert [stat.S_IMODE(path.stat().st_mode) for path in (folder(), *files)] == [0o700, 0o600]
            assert [path.name for path in files] == [f"{os.getpid()}.json"]
            assert find_virtual_ports() == [port]
            assert len(os.listdir("/proc/self/fd")) == before + 1
    finally:
        os.umask(mask)
    assert len(os.listdir("/proc/self/fd")) == before
    assert list(folder().iterdir()) == []


def test_the_file_of_an_earlier_process_with_the_same_number_is_replaced(port):
    folder().mkdir(parents=True)
    (folder() / f"{os.getpid()}.json").write_text("x" * 5000)
    with registered(port):
        assert find_virtual_ports() == [port]


def test_a_file_that_somebody_removed_meanwhile_is_no_error(port, monkeypatch):
    with registered(port):
        (folder() / f"{os.getpid()}.json").unlink()
        assert find_virtual_ports() == []
    gone = folder() / "1.json"
    gone.write_bytes(entry("/dev/null"))

    def removed_by_another_command(_descriptor: int) -> bool:
        gone.unlink()
        return False

    monkeypatch.setattr(virtual_ports, "_is_locked", removed_by_another_command)
    assert find_virtual_ports() == []


def test_virtual_devices_are_sorted_by_port_and_only_json_files_list_one(tmp_path):
    for name in "ab":
        (tmp_path / name).touch()
    one, two = (entry(str(tmp_path / name)) for name in "ba")
    with somebody_elses("1.json", one), somebody_elses("2.json", two), somebody_elses("3.txt", one):
        assert [Path(each.name).name for each in find_virtual_ports()] == ["a", "b"]


def test_an_entry_has_at_most_4_kilobytes():
    for size, found in ((4096, 1), (4097, 0)):
        data = entry("/dev/null", more="x" * (size - len(entry("/dev/null", more=""))))
        assert len(data) == size
        with somebody_elses("1.json", data):
            assert len(find_virtual_ports()) == found


def test_where_files_cannot_be_locked_there_is_no_virtual_device(port, monkeypatch):
    monkeypatch.setattr(virtual_ports, "fcntl", None)
    with registered(port):
        assert find_virtual_ports() == [] and not folder().exists()
