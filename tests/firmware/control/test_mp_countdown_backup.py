"""A countdown survives a reset, but not in another journal, and not when its memory is damaged."""

import sys

sys.path.insert(0, ".")

from firmware.control import countdown_backup, countdown_restore
from firmware.core import countdown
from firmware.core.buttons import ACTION
from tests.support.device.handheld import Handheld, lightning, runs


class Chip:
    def __init__(self):
        self.kept = b""
        self.now_ms = 5_000_000

    def memory(self, data=None):
        if data is not None:
            self.kept = bytes(data)
        return self.kept

    def clock_ms(self):
        return self.now_ms


class Context:
    """What countdown_backup uses of firmware.context.Context, around a Handheld."""

    def __init__(self, device, chip):
        self.state = device.state
        self.journal = device.journal
        self.board = self
        self._device = device
        self._chip = chip

    def chip(self):
        return self._chip

    def uptime_ms(self):
        return self._device.now_ms


def interrupted():
    """Return the chip of a device that was reset two minutes into a countdown, and the epoch of its journal."""
    device = Handheld()
    chip = Chip()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms + 1000)
    device.wait_until(ms + 121_000)
    countdown_backup.keep(Context(device, chip), 2)
    return chip, device.journal.epoch


def after_reset(chip, epoch, away_ms=3000):
    """Return (whether it was restored, the device) after a reset that took `away_ms`."""
    device = Handheld()
    device.journal.epoch = epoch
    chip.now_ms += away_ms
    controller = device.controller
    return countdown_restore.restore(Context(device, chip), controller), device


def test_it_goes_on_with_the_time_that_the_reset_took():
    chip, epoch = interrupted()
    is_restored, device = after_reset(chip, epoch)
    assert is_restored and device.state.countdown.state == countdown.RUNNING
    assert device.state.countdown.remaining_ms(device.now_ms) == 300_000 - 120_000 - 3000
    assert runs(device)[-1][1]["do"] == b"resume" and runs(device)[-1][1]["run"] == b"2"


def test_a_countdown_of_another_journal_is_not_restored():
    chip, epoch = interrupted()
    is_restored, device = after_reset(chip, b"0" * 8 if epoch != b"0" * 8 else b"1" * 8)
    assert not is_restored and device.state.countdown.state == countdown.READY and runs(device) == []


def test_damaged_memory_and_a_reset_of_a_day_are_no_countdown():
    chip, epoch = interrupted()
    for place in range(0, len(chip.kept), 7):
        damaged = Chip()
        damaged.kept = chip.kept[:place] + bytes([chip.kept[place] ^ 0x10]) + chip.kept[place + 1 :]
        assert not after_reset(damaged, epoch)[0], place
    assert not after_reset(chip, epoch, 25 * 3600 * 1000)[0]
    chip.kept = b""
    assert not after_reset(chip, epoch)[0]


def test_a_damaged_schedule_does_not_stop_the_start():
    from io import BytesIO

    from firmware.core.schedule import ROW_BYTES, Schedule
    from tests.support.device.handheld import TALKS
    from tests.support.device.schedule_rows import schedule_file

    chip, epoch = interrupted()
    device = Handheld(with_schedule=False)
    device.journal.epoch = epoch
    file = BytesIO(schedule_file(TALKS))
    device.controller.use_schedule(Schedule(file))
    file.seek(ROW_BYTES)
    file.write(b"?" * (3 * ROW_BYTES))
    controller = device.controller
    assert countdown_restore.restore(Context(device, chip), controller)
    assert controller.talks.schedule is None
