"""A client that was written from docs/link.md alone gets from a real device what ours gets."""

import os
import time

import pytest

from clapmark.archive.archive import Archive, init_archive
from clapmark.link.client import Damaged, LinkClient, SerialTransport
from clapmark.schedule import to_device_format
from clapmark.sync.sync import sync
from tests.bench.support.many_talks import many_talks
from tests.faults.journal.day import DEVICE, Dice, Handheld, History, formatted
from tests.faults.line.laptop import environment
from tests.support.desk import Device
from tests.support.second_client import Client, RefusedError
from tests.support.second_flash_image import read_image

RECORDS = 300


@pytest.fixture
def device(tmp_path):
    """Return a device on a real pty, with 300 records, some of them damaged in flash."""
    flash = formatted(64)
    dice = Dice(1)
    handheld = Handheld(flash, History())
    for _ in range(RECORDS):
        handheld.press(dice)
    for place in (700, 5000, 5001, 9000):
        flash.data[place] &= 0xE7
    state = tmp_path / "device"
    state.mkdir()
    (state / "flash.bin").write_bytes(flash.data)
    (state / "device-id").write_bytes(DEVICE + b"\n")
    with Device(tmp_path) as device:
        yield device


@pytest.fixture
def client(device):
    client = Client(str(device.port))
    yield client
    client.close()


def fetch(client, page_bytes=16384):
    items = list(client.fetch(1, page_bytes))
    return [line for seq, line in items if seq], [item for seq, item in items if not seq]


def test_it_gets_the_same_records_and_damage_as_our_sync(device, client, tmp_path):
    assert client.hello()["device"] == DEVICE
    records, damage = fetch(client)
    assert (records, damage) == fetch(client, page_bytes=300)
    client.close()
    init_archive(tmp_path / "archive")
    archive = Archive(tmp_path / "archive")
    with LinkClient(SerialTransport(device.port)) as ours:
        greeting = ours.hello()
        items = list(ours.records(1))
        result = sync(ours, archive, environment())
    assert [(item.sector, item.offset, item.data) for item in items if isinstance(item, Damaged)] == damage
    log = archive.log_path(greeting.device, greeting.epoch).read_bytes()
    assert log.splitlines(keepends=True)[: len(records)] == records
    assert len(records) > RECORDS - 8 and len(damage) == 3 == result.damaged
    image = read_image((device.state / "flash.bin").read_bytes())
    assert [line for _, line in image.records][: len(records)] == records
    assert image.damage == damage
    assert image.committed == result.committed_seq


def test_it_sets_the_time_and_commits(device, client):
    hello = client.hello()
    assert hello["utc"] == b"0" and hello["committed"] == b"0"
    seq = client.ask(b"time", utc=1778812345678, err=4, offset=36000)["seq"]
    records, _ = fetch(client)
    assert records[-1].split(b" ")[0] == seq and b" clock utc=1778812345678 err=4 source=host *" in records[-1]
    epoch = hello["epoch"].decode()
    with pytest.raises(RefusedError):
        client.ask(b"commit", epoch=epoch, seq=int(seq), crc="00000000")
    assert client.hello()["committed"] == b"0"
    answer = client.ask(b"commit", epoch=epoch, seq=int(seq), crc=records[-1][-9:-1].decode())
    assert answer["committed"] == client.hello()["committed"] == seq
    assert list(client.fetch(int(seq) + 1)) == []


def test_its_requests_survive_echo_and_terminal_bytes(device, client):
    client.hello()
    os.write(client._port, b"AT\r\n?7 hello *00000000\n\x00\xff\r\r")
    assert client.hello()["device"] == DEVICE


def code_of(client, verb, **values):
    """Return the code of the error that the device answers."""
    with pytest.raises(RefusedError) as refused:
        client.ask(verb, **values)
    return refused.value.args[0]["code"]


def test_the_page_says_which_requests_are_refused(device, client):
    hello = client.hello()
    epoch, last = hello["epoch"].decode(), int(hello["last"])
    assert code_of(client, b"nonsense") == b"verb"
    for number in ("+1", "%201", "1_0", "1.0", "", "x", "9" * 17, "-1"):
        assert code_of(client, b"get", **{"from": number}) == b"argument", number
    for crc in ("", "0", "abcdef12", "00000000%20"):
        assert code_of(client, b"commit", epoch=epoch, seq=last, crc=crc) == b"argument", crc
    assert code_of(client, b"commit", epoch=epoch, seq=last) == b"argument"
    assert code_of(client, b"commit", epoch=epoch, seq=last + 1, crc="00000000") == b"missing"
    assert code_of(client, b"commit", epoch=epoch, seq=1 << 30, crc="00000000") == b"missing"
    assert code_of(client, b"commit", epoch="00000000", seq=last, crc="00000000") == b"epoch"
    assert client.hello()["committed"] == b"0"
    for utc in (0, 1, 946684799999, 4102444800001):
        assert code_of(client, b"time", utc=utc, err=1, offset=0) == b"argument", utc
    assert code_of(client, b"time", utc=1778812345678, err=1, offset=86401) == b"argument"
    assert code_of(client, b"settings", key="nonsense") == b"key"
    assert code_of(client, b"settings", key="silent", value="3") == b"value"
    assert code_of(client, b"settings", key="silent", at=1, value="true") == b"offset"
    assert code_of(client, b"settings", key="x" * 190, most_bytes=256) == b"long"
    assert code_of(client, b"schedule", do="end", size=5, crc="00000000") == b"offset"
    assert code_of(client, b"schedule", do="begin", size=2097153, crc="00000000") == b"argument"
    assert code_of(client, b"press", button="D", ms=80) == b"argument"
    assert code_of(client, b"press", button="A", ms=0) == b"argument"


def test_more_0_is_the_same_as_no_more(device, client):
    client.hello()
    client.ask(b"settings", key="silent", at=0, more=0, value="true")
    assert client.ask(b"settings", key="silent")["value"] == b"true"
    client.ask(b"settings", key="silent", at=0, more=1, value="fal")
    assert client.ask(b"settings", key="silent")["value"] == b"true"
    client.ask(b"settings", key="silent", at=3, value="se")
    assert client.ask(b"settings", key="silent")["value"] == b"false"


def test_it_pushes_a_schedule_in_compressed_blocks_and_presses_a_button(device, client):
    client.hello()
    data = to_device_format(many_talks(40))
    client.push(data)
    assert (device.state / "files" / "schedule.txt").read_bytes() == data
    client.push(data)
    hello = client.hello()
    assert "problem" not in hello
    client.ask(b"press", button="A", ms=80)
    end = time.monotonic() + 5
    while client.hello()["last"] == hello["last"]:
        assert time.monotonic() < end
    (_, line), *_ = client.fetch(int(hello["last"]) + 1)
    assert b" bookmark " in line
