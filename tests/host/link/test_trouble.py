"""Noise, silence, strangers and a device that dies: the link goes on, or says what is the matter."""

import os
import select
import signal
import threading
import time

import pytest

from clapmark.archive import record
from clapmark.base.errors import NoDeviceError
from clapmark.link.client import (
    DeviceRefusedError,
    LinkClient,
    LinkLostError,
    NoisyLinkError,
    ProtocolError,
    SerialTransport,
)
from clapmark.link.frame import ANSWER, FrameWriter
from clapmark.link.serial_port import PortBusyError
from tests.support.device.link_on_pty import BOOT_TEXT, Device, connect


@pytest.fixture
def device(tmp_path):
    device = Device(tmp_path)
    yield device
    device.close()


@pytest.fixture
def impatient(monkeypatch):
    """A laptop that waits a fifth of the time for an answer."""
    monkeypatch.setattr("clapmark.link.client._ANSWER_S", 0.3)


def test_a_device_that_is_just_starting_is_waited_for(device):
    with connect(device) as client:
        os.write(device.master, BOOT_TEXT)
        starter = threading.Timer(1.2, device.start)
        starter.start()
        assert client.hello().board == "sim"
        starter.join()
    assert client.reader.junk_bytes > 100


def test_a_device_that_starts_is_reported_once_and_makes_no_noise(device):
    said = []
    with LinkClient(SerialTransport(device.port), lambda: said.append("starting")) as client:
        os.write(device.master, BOOT_TEXT)
        starter = threading.Timer(1.2, device.start)
        starter.start()
        client.hello()
        starter.join()
        assert said == ["starting"]
        assert client.retries == 0, "the requests that a starting chip cannot hear were not damaged by noise"


def test_a_start_is_given_three_times_as_long_as_silence(device):
    with connect(device) as client:
        os.write(device.master, BOOT_TEXT)
        starter = threading.Timer(2.0, device.start)
        starter.start()
        assert client.hello(timeout_s=1.5).board == "sim"
        starter.join()


def test_an_answer_that_comes_late_is_not_called_noise(device):
    device.start()
    with connect(device) as client:
        client.hello()
        client.retries = 0
        device.process.send_signal(signal.SIGSTOP)  # busy for longer than a hello is waited for
        waker = threading.Timer(1.3, device.process.send_signal, (signal.SIGCONT,))
        waker.start()
        client.hello()
        assert client.reader.late_answers == 2
        assert client.retries == 0
        client.status()
        waker.join()


def test_no_answer_and_garbage_each_get_a_sentence(device):
    with connect(device) as client, pytest.raises(NoDeviceError, match="No answer at"):
        client.hello(timeout_s=0.2)
    with connect(device) as client:
        os.write(device.master, b"\x00\xffgarbage\n" * 5)
        with pytest.raises(NoDeviceError, match="no answer of Clapmark"):
            client.hello(timeout_s=0.2)


@pytest.mark.parametrize("chatter", [b"I (42) wifi: beacon\r\n", b"no end of line ", BOOT_TEXT])
def test_a_board_that_never_stops_talking_does_not_hold_the_laptop(device, chatter):
    stop = threading.Event()

    def talk():
        while not stop.is_set():
            if select.select((), (device.master,), (), 0.05)[1]:
                os.write(device.master, chatter)

    with connect(device) as client:
        thread = threading.Thread(target=talk)
        thread.start()
        began = time.monotonic()
        try:
            with pytest.raises(NoDeviceError, match="no answer of Clapmark"):
                client.hello(timeout_s=0.3)
        finally:
            stop.set()
            thread.join()
    assert time.monotonic() - began < 30


def test_a_line_that_turns_to_chatter_in_the_middle_is_reported(device, impatient):
    device.start(saves=20)
    chatters = False
    with connect(device, lambda data: b"I (42) wifi: beacon\n" if chatters else data) as client:
        client.hello()
        chatters = True
        with pytest.raises(LinkLostError, match="no longer answers"):
            list(client.records(1))


def test_a_port_that_is_missing_or_held_gets_a_sentence(device, tmp_path):
    with pytest.raises(NoDeviceError, match="There is no port"):
        SerialTransport(tmp_path / "nothing")
    with connect(device), pytest.raises(PortBusyError, match="Another program uses"):
        SerialTransport(device.port)
    plain_file = tmp_path / "plain"
    plain_file.write_bytes(b"mine")
    with pytest.raises(NoDeviceError, match="cannot be opened"):
        SerialTransport(plain_file)
    assert plain_file.read_bytes() == b"mine"


def test_another_protocol_is_reported_with_what_to_update(device):
    with connect(device) as client:
        stop = threading.Event()

        def answer():
            while not stop.is_set():
                if not select.select((device.master,), (), (), 0.05)[0]:
                    continue
                for line in os.read(device.master, 4096).split(b"\n"):
                    if line.startswith(b"?"):
                        writer = FrameWriter(120)
                        writer.begin(ANSWER, int(line[1 : line.index(b" ")]), b"hello")
                        writer.number_field(b"protocol", 99)
                        writer.text_field(b"firmware", b"9.1")
                        os.write(device.master, b"\n" + bytes(writer.line[: writer.seal()]))

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with pytest.raises(ProtocolError, match=r"firmware 9\.1\) speaks protocol 99.*laptop is the older"):
                client.hello()
        finally:
            stop.set()
            thread.join()


def test_junk_and_a_verb_that_breaks_do_not_stop_the_server(device):
    device.start(saves=5)
    with connect(device) as client:
        client.hello()
        client._transport.write(b"AT\r\n\x03\x03?1 hello\n" + b"\xff" * 700 + b"\r\n?" + b"x" * 300 + b"\n")
        assert client.hello().last_seq == 5
        with pytest.raises(DeviceRefusedError) as refusal:
            client._ask("nonsense")
        assert refusal.value.code == "verb"
        for values in ({}, {"from": "x"}, {"from": 0}, {"from": 1, "bytes": 1 << 20}):
            with pytest.raises(DeviceRefusedError) as refusal:
                client._ask("get", values)
            assert refusal.value.code == "argument"
        with pytest.raises(DeviceRefusedError, match="OSError a verb breaks"):
            client.press("A", 9999)  # makes the test device raise what no verb expects
        assert client.hello().last_seq == 6  # and it is in the journal
        assert client.reader.junk_lines >= 1


def test_a_request_of_more_than_200_bytes_is_refused(device):
    device.start()
    with connect(device) as client:
        client.hello()
        client._writer = FrameWriter(255)
        with pytest.raises(DeviceRefusedError) as refusal:
            client._ask("settings", {"key": "x" * 200})
        assert refusal.value.code == "long"


def test_a_line_that_damages_bytes_loses_and_doubles_nothing(device):
    device.start(saves=500)
    state = 1

    def spoil(data):
        nonlocal state
        if not data:
            return data
        spoiled = bytearray(data)
        for place in range(len(spoiled)):
            state = state * 48271 % 0x7FFFFFFF
            if state % 2500 == 0:
                spoiled[place] ^= 1 << state % 7
        if state % 13 == 0:
            spoiled[:0] = b"I (1234) wifi: a log line\r\n"
        if state % 17 == 0:
            del spoiled[: state % 90]
        return bytes(spoiled)

    with connect(device, spoil) as client:
        items = list(client.records(1))
        assert client.retries > 0 and client.reader.junk_bytes > 0
    assert [item.seq for item in items] == list(range(1, 501))
    assert all(record.parse(item.data).seq == item.seq for item in items)


def test_a_line_that_lets_nothing_through_is_reported(device):
    device.start(saves=20)
    noisy = False
    with connect(device, lambda data: data.replace(b"bookmark", b"b\x00okmark") if noisy else data) as client:
        client.hello()
        noisy = True
        with pytest.raises(NoisyLinkError, match="another cable"):
            list(client.records(1))


def test_a_device_that_dies_in_the_middle_gives_everything_when_it_is_back(device, impatient):
    device.start(saves=400)
    with connect(device) as client:
        client.hello()
        device.stop()
        with pytest.raises(LinkLostError, match="no longer answers"):
            client._ask("status")
    device.start()
    with connect(device) as client:
        assert client.hello().boot == 2
        assert [item.seq for item in client.records(1)] == list(range(1, 401))
