"""Every problem on the device or in the archive is reported by `clapmark sync`, with exit code 4."""

import json

import pytest

from tests.faults.journal.day import DEVICE, EPOCH, Dice, Handheld, History, formatted
from tests.support.archive.journal_text import line
from tests.support.desk import Device


@pytest.fixture
def device(tmp_path):
    """Return a device with 40 records: one of an unknown kind, one with flipped bits."""
    flash = formatted(64)
    handheld = Handheld(flash, History())
    dice = Dice(2)
    for _ in range(30):
        handheld.press(dice)
    writer = handheld.journal.begin(b"heartbeat", 5_000)
    writer.number_field(b"beats", 61)
    assert handheld.save(writer) == 32
    for _ in range(8):
        handheld.press(dice)
    place = bytes(flash.data).index(b"\n20 2 ") + 1
    flash.data[place + 8] &= 0x0F
    state = tmp_path / "device"
    state.mkdir()
    (state / "flash.bin").write_bytes(flash.data)
    (state / "device-id").write_bytes(DEVICE + b"\n")
    with Device(tmp_path) as device:
        yield device


def test_damage_gaps_unknown_kinds_and_two_contents_of_one_number_are_reported_with_exit_code_4(laptop, device):
    first = laptop.type_here("sync", "--port", device.port)
    assert first.code == 4
    assert "Damage: record 20 is no longer in the device's flash." in first.stderr
    assert "Damage: 1 place is unreadable in the flash" in first.stderr
    assert "1 record is of the kind 'heartbeat', unknown here; all are kept." in first.stderr
    again = laptop.type_here("sync", "--port", device.port, "--json")
    assert again.code == 0 and json.loads(again.stdout)["new"] == 0  # told once
    log = laptop.archive / "journal" / DEVICE.decode() / f"{EPOCH.decode()}.log"
    *others, last = log.read_bytes().splitlines(keepends=True)
    ours = line(int(last.split(b" ")[0]), 1, 7, "bookmark", tag="other")  # as if another device had that number
    log.write_bytes(b"".join([*others, ours]))
    third = laptop.type_here("sync", "--port", device.port)
    assert third.code == 4 and "1 record came with another content than before; both are kept" in third.stderr
    assert log.read_bytes().splitlines(keepends=True) == [*others, ours, last]
