"""The laptop's link client against the real server and journal on real MicroPython, through a real pty."""

import json
import os
import time

import pytest

from clapmark.archive import record
from clapmark.base.errors import NoDeviceError
from clapmark.link.client import Damaged, DeviceRefusedError, Line
from firmware.version import VERSION
from tests.support.device.link_on_pty import Device, connect


@pytest.fixture
def device(tmp_path):
    device = Device(tmp_path)
    yield device
    device.close()


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
        assert client.reader.junk_bytes == 0 or client.retries or client.reader.late_answers  # a busy laptop asks twice


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
