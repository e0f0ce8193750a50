"""What laptops leave behind, and what names hold, never stops the device: the real app, driven over the link alone."""

import json
import time

import pytest

from clapmark.archive import record
from clapmark.link.client import DeviceRefusedError, Line, LinkClient, SerialTransport
from clapmark.schedule.device_format import to_device_format
from tests.support.archive.conference import small_conference
from tests.support.desk import Device

ABANDONED_S = 8  # five seconds, and the next check
REST_S = 5  # until what the verbs needed is unloaded
UPLOAD = bytes(range(256)) * 40
SCHEDULE = to_device_format(small_conference())


@pytest.fixture
def client(tmp_path):
    """Return a client of a device whose settings.json has names that no line can hold."""
    files = tmp_path / "device" / "files"
    files.mkdir(parents=True)
    odd = {"a 漢字" * 200: 1, "x" * 2000: 2} | {f"name {number}": number for number in range(100)}
    (files / "settings.json").write_text(json.dumps(odd, ensure_ascii=False), encoding="utf-8")
    with Device(tmp_path) as device, LinkClient(SerialTransport(device.port)) as client:
        client.hello()
        yield client


def records(client, kind):
    items = [record.parse(item.data) for item in client.records(1) if isinstance(item, Line)]
    return [entry for entry in items if entry.kind == kind]


def start_countdown(client):
    """Press as a person does: menu, Countdown, the first preset, start."""
    for ms in (900, 900, 900, 80):
        client.press("B", ms)
        time.sleep(ms / 1000 + 0.6)
    assert client.status()["countdown"] == b"running"


def abandon_an_upload(client):
    """Leave in the middle, as a laptop that was killed; return how many bytes arrived."""

    class KilledError(Exception):
        pass

    arrived = []

    def kill(done, _total):
        arrived.append(done)
        raise KilledError

    with pytest.raises(KilledError):
        client.put_schedule(UPLOAD, kill)
    return arrived[0]


def test_names_of_any_length_never_stop_a_record_or_an_answer(client):
    hello = client.hello()
    assert hello.problem.startswith("a 漢字a 漢字") and "..." in hello.problem
    names = ["ä" * 16, "ライトニングトーク", "100 % 漢字 🎉"]
    client.put_setting("presets", json.dumps([[name, 5, 60, 20] for name in names], ensure_ascii=False).encode())
    with pytest.raises(DeviceRefusedError, match="presets: one to 12"):
        client.put_setting("presets", json.dumps([["漢" * 17, 5, 60, 20]]).encode())
    time.sleep(REST_S)
    start_countdown(client)
    (start,) = [entry for entry in records(client, record.COUNTDOWN) if entry.text("do") == "start"]
    assert names[0].startswith(start.text("preset").removesuffix("...")) and start.text("preset")
    assert client.hello().faults == 0


def test_a_killed_push_during_a_countdown_leaves_room_for_every_later_sync(device):
    with LinkClient(SerialTransport(device.port)) as client:
        client.hello()
        start_countdown(client)
        seq = client.hello().last_seq
        client.press("A", 80)
        time.sleep(0.5)
        assert records(client, record.BOOKMARK)[-1].seq == client.hello().last_seq == seq + 1
        client.get_setting()
        arrived = abandon_an_upload(client)
        busy = int(client.status()["heap_used"])
    time.sleep(ABANDONED_S)
    with LinkClient(SerialTransport(device.port)) as client:
        assert client.status()["countdown"] == b"running"
        assert busy - int(client.status()["heap_used"]) > 1500, "the buffers of the upload are still there"
        assert records(client, record.COUNTDOWN)
        seen = []
        client.put_schedule(UPLOAD, lambda done, _total: seen.append(done))
        assert seen[0] > arrived and seen[-1] == len(UPLOAD)
        assert client.hello().faults == 0


@pytest.mark.parametrize(
    "settings", [b"[" * 6000, b'{"tags": ["' + b"x" * 100_000 + b'"]}', b'{"tags": "\xff\xfe"}', b"3"]
)
def test_no_settings_file_keeps_the_app_from_starting(tmp_path, settings):
    files = tmp_path / "device" / "files"
    files.mkdir(parents=True)
    (files / "settings.json").write_bytes(settings)
    with Device(tmp_path) as device, LinkClient(SerialTransport(device.port)) as client:
        problem = client.hello().problem
        assert "settings" in problem and "Safe mode" not in problem
        client.put_setting("silent", b"true")


def test_a_damaged_schedule_is_reported_until_a_good_one_comes_and_costs_nothing(tmp_path):
    with Device(tmp_path) as device, LinkClient(SerialTransport(device.port)) as client:
        client.hello()
        used = []
        for _ in range(6):
            client.put_schedule(b"no schedule at all")
            assert client.hello().problem == "Schedule damaged. Push it again."
            client.put_schedule(SCHEDULE)
            assert client.hello().problem == ""
            used.append(int(client.status()["heap_used"]))
        assert max(used[2:]) - used[1] < 300, used
        with pytest.raises(DeviceRefusedError) as refusal:
            client._ask("schedule", {"do": "end", "size": 5, "crc": "00000000"})
        assert refusal.value.code == "offset"
        assert client.hello().problem == ""
