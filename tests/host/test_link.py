"""The laptop's link client against the real server and journal on real MicroPython, through a real pty."""

import json
import os
import select
import signal
import subprocess
import threading
import time
import tty
from pathlib import Path

import pytest

from clapmark.errors import NoDeviceError
from clapmark.link import (
    Damaged,
    DeviceRefusedError,
    Line,
    LinkClient,
    LinkLostError,
    NoisyLinkError,
    ProtocolError,
    SerialTransport,
)
from clapmark.micropython import find_micropython
from clapmark.transport import PortBusyError
from firmware.core import record
from firmware.core.frame import ANSWER, FrameWriter
from firmware.version import VERSION

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "tests" / "host" / "link_device.py"

BOOT_TEXT = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x12 (SPI_FAST_FLASH_BOOT)\r\n"
    b"configsip: 0, SPIWP:0xee\r\nmode:DIO, clock div:2\r\nload:0x3fff0030,len:4728\r\nentry 0x400805cc\r\n"
)


def micropython():
    prefix = os.environ.get("CLAPMARK_MICROPYTHON")
    return prefix.split() if prefix else list(find_micropython(bits=32))


class Device:
    """A device on a pty: `port` is the laptop's side. It lives on the 32-bit port in a heap of an ESP32's size."""

    def __init__(self, folder):
        self.folder = folder
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.process = None

    def start(self, saves=0):
        self.process = subprocess.Popen(
            [*micropython(), "-X", "heapsize=110k", str(DEVICE), str(self.folder), str(saves)],
            stdin=self.master,
            stdout=self.master,
            env={"MICROPYPATH": f"{ROOT}:.frozen"},
        )

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self):
        self.stop()
        os.close(self.master)
        os.close(self._slave)


class Faulty:
    """A transport that spoils what arrives: `spoil(data)` is called for each piece, in order."""

    def __init__(self, inner, spoil):
        self._inner = inner
        self._spoil = spoil
        self.name = inner.name
        self.read_bytes = 0
        self.written = []

    def read(self, timeout_s):
        data = self._inner.read(timeout_s)
        self.read_bytes += len(data)
        return self._spoil(data)

    def write(self, data):
        self.written.append(data)
        self._inner.write(data)

    def close(self):
        self._inner.close()


@pytest.fixture
def device(tmp_path):
    device = Device(tmp_path)
    yield device
    device.close()


def connect(device, spoil=None):
    transport = SerialTransport(device.port)
    return LinkClient(Faulty(transport, spoil) if spoil else transport)


def commit_last(client, items):
    last = items[-1]
    client.commit(client.hello().epoch, last.seq, last.data[-9:-1].decode())


def test_hello_tells_who_answers(device):
    device.start(saves=3)
    with connect(device) as client:
        hello = client.hello()
    assert (hello.device, hello.board, hello.firmware) == ("a1b2c3d4e5f6", "sim", VERSION.decode())
    assert (hello.boot, hello.first_seq, hello.last_seq, hello.committed_seq) == (1, 1, 3, 0)
    assert (hello.damaged, hello.utc_ms, hello.clock_seq, hello.problem) == (0, 0, 0, "")
    assert len(hello.epoch) == 8


def test_records_arrive_byte_for_byte_and_a_committed_sync_finds_nothing_to_do(device):
    device.start(saves=400)
    with connect(device) as client:
        seen = []
        items = list(client.records(1, lambda seq, last: seen.append((seq, last))))
        assert [item.seq for item in items] == list(range(1, 401))
        flash = (device.folder / "flash.bin").read_bytes()
        assert all(item.data in flash for item in items)
        assert seen[-1] == (400, 400)
        assert client.hello().committed_seq == 0
        assert client.status()["unsynced"] == b"400"
        commit_last(client, items)
        assert client.status()["unsynced"] == b"0"
        commit_last(client, items)
        before = (device.folder / "flash.bin").read_bytes()
        hello = client.hello()
        assert hello.committed_seq == hello.last_seq == 400
        assert list(client.records(401)) == []
        assert (device.folder / "flash.bin").read_bytes() == before
        assert (client.retries, client.reader.junk_bytes) == (0, 0)


def test_wire_bytes_stay_within_a_tenth_of_the_journal(device):
    device.start(saves=600)
    with connect(device, lambda data: data) as client:
        client.hello()
        start = client._transport.read_bytes
        items = list(client.records(1))
        journal_bytes = sum(len(item.data) for item in items)
        wire_bytes = client._transport.read_bytes - start
    assert journal_bytes <= wire_bytes <= 1.02 * journal_bytes


def test_commit_is_refused_where_the_record_is_another_one(device):
    device.start(saves=2)
    with connect(device) as client:
        epoch = client.hello().epoch
        for values, code in (
            (("00000000", 2, "00000000"), "epoch"),
            ((epoch, 2, "00000000"), "crc"),
            ((epoch, 9, "00000000"), "missing"),
        ):
            with pytest.raises(DeviceRefusedError) as refusal:
                client.commit(*values)
            assert refusal.value.code == code
        assert client.hello().committed_seq == 0


def test_damage_in_flash_comes_with_its_place_and_bytes(device):
    device.start(saves=100)
    with connect(device) as client:
        client.hello()
    device.stop()
    image = bytearray((device.folder / "flash.bin").read_bytes())
    place = image.index(b"\n50 1 ") + 8
    image[place] &= 0x41
    (device.folder / "flash.bin").write_bytes(image)
    device.start()
    with connect(device) as client:
        assert client.hello().damaged == 1
        items = list(client.records(1))
    damaged = [item for item in items if isinstance(item, Damaged)]
    records = [item.seq for item in items if isinstance(item, Line)]
    assert records == [*range(1, 50), *range(51, 101)]
    assert len(damaged) == 1
    assert damaged[0].data.startswith(b"50 1 ") and damaged[0].data.endswith(b"\n")
    assert (damaged[0].sector, damaged[0].offset) == (0, place - 7)
    assert items.index(damaged[0]) == 49


def test_the_clock_record_carries_what_the_laptop_said(device):
    device.start()
    with connect(device) as client:
        client.hello()
        assert client.error_ms() >= 1
        seq = client.set_time(1_778_812_345_678, client.error_ms(), 36000)
        hello = client.hello()
        assert hello.clock_seq == seq and abs(hello.utc_ms - 1_778_812_345_678) < 1000
        entry = record.parse(next(iter(client.records(seq))).data)
        assert entry.kind == b"clock" and abs(entry.number("utc") - hello.utc_ms) < 1000 and entry.number("err") >= 1


def test_a_schedule_arrives_whole_and_again_after_a_break(device):
    device.start()
    data = os.urandom(5000)
    with connect(device) as client:

        class BreakError(Exception):
            pass

        def breaks(done, _total):
            if done > 2000:
                raise BreakError

        with pytest.raises(BreakError):
            client.put_schedule(data, breaks)
        assert not (device.folder / "schedule.txt").exists()
        seen = []
        client.put_schedule(data, lambda done, total: seen.append((done, total)))
        assert seen[0][0] > 2000 and seen[-1] == (5000, 5000)
        assert (device.folder / "schedule.txt").read_bytes() == data
        client.put_schedule(b"")
        assert (device.folder / "schedule.txt").read_bytes() == b""
        assert client.status()["tag"] == b"schedule,schedule"


def test_settings_of_any_length_travel_and_bad_ones_are_refused_with_the_reason(device):
    device.start()
    with connect(device) as client:
        long_value = json.dumps([[f"% {number} %", 5 + number, 60, 20] for number in range(12)]).encode()
        assert len(long_value) > 256
        client.put_setting("presets", long_value)
        assert client.get_setting("presets") == long_value
        assert b'"silent": false' in client.get_setting()
        with pytest.raises(DeviceRefusedError, match="silent: true or false"):
            client.put_setting("silent", b"3")
        with pytest.raises(DeviceRefusedError) as refusal:
            client.get_setting("nonsense")
        assert refusal.value.code == "key"


def test_status_screen_and_press(device):
    device.start()
    with connect(device) as client:
        client.press("A", 80)
        status = client.status()
        assert (status["screen"], status["tag"], status["unsynced"]) == (b"note", b"A:80", b"0")
        picture = client.screen()
    assert (picture.width, picture.height, len(picture.pixels)) == (241, 7, 241 * 7)
    assert picture.palette[1] == (3, 4, 5)
    stride = 61
    for index, colour in enumerate(picture.pixels):
        place = index // 241 * stride + index % 241 // 4
        byte = 0xAA if place < 150 else place & 0xFF
        assert colour == byte >> index % 241 % 4 * 2 & 3


def test_the_repl_is_left_to_mpremote_and_recognised(device):
    device.start()
    with connect(device) as client:
        client.hello()
        client.leave_to_repl()
        started = time.monotonic()
        with pytest.raises(NoDeviceError, match="MicroPython prompt"):
            client.hello()
        assert time.monotonic() - started < 3


def test_a_device_that_is_just_starting_is_waited_for(device):
    with connect(device) as client:
        os.write(device.master, BOOT_TEXT)
        starter = threading.Timer(1.2, device.start)
        starter.start()
        assert client.hello().board == "sim"
        starter.join()
    assert client.reader.junk_bytes > 100


def test_nobody_and_garbage_each_get_their_sentence(device):
    with connect(device) as client, pytest.raises(NoDeviceError, match="Nobody answers"):
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


def test_a_line_that_turns_to_chatter_in_the_middle_is_told(device):
    device.start(saves=20)
    chatters = False
    with connect(device, lambda data: b"I (42) wifi: beacon\n" if chatters else data) as client:
        client.hello()
        chatters = True
        with pytest.raises(LinkLostError, match="does not answer any more"):
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


def test_another_protocol_is_told_with_what_to_update(device):
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


def test_junk_and_a_task_that_breaks_do_not_stop_the_server(device):
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
        client._transport.write(press_x())  # makes the test device raise what no request expects
        assert client.hello().last_seq == 5
        assert client.reader.junk_lines >= 1


def press_x():
    writer = FrameWriter(80)
    writer.begin(b"?", 5, b"press")
    writer.text_field(b"button", b"X")
    writer.number_field(b"ms", 10)
    return b"\n" + bytes(writer.line[: writer.seal()])


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


def test_a_line_that_lets_nothing_through_is_told(device):
    device.start(saves=20)
    noisy = False
    with connect(device, lambda data: data.replace(b"bookmark", b"b\x00okmark") if noisy else data) as client:
        client.hello()
        noisy = True
        with pytest.raises(NoisyLinkError, match="another cable"):
            list(client.records(1))


def test_a_device_that_dies_in_the_middle_gives_everything_when_it_is_back(device):
    device.start(saves=400)
    with connect(device) as client:
        client.hello()
        device.stop()
        with pytest.raises(LinkLostError, match="does not answer any more"):
            client._ask("status")
    device.start()
    with connect(device) as client:
        assert client.hello().boot == 2
        assert [item.seq for item in client.records(1)] == list(range(1, 401))
