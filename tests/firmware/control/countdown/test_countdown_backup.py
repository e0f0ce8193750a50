"""A countdown survives a reset as it was, and only in its own journal, undamaged, and within a day."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.control import countdown_backup, countdown_restore
from firmware.core import countdown, state
from firmware.core.buttons import ACTION
from firmware.core.schedule import Schedule
from tests.support.device.handheld import NINE_UTC_S, TALKS, Handheld, lightning, runs
from tests.support.device.schedule_rows import schedule_file

DAY_MS = 24 * 3600 * 1000


class Chip:
    """The chip's clock and its memory, which survive a reset."""

    def __init__(self, clock_ms=1_000_000):
        self.kept = b""
        self.now_ms = clock_ms

    def memory(self, data=None):
        if data is None:
            return self.kept
        self.kept = bytes(data)
        return None

    def clock_ms(self):
        return self.now_ms


class Board:
    def __init__(self, chip):
        self._chip = chip

    def chip(self):
        return self._chip


class Context:
    """What the backup needs of a device."""

    def __init__(self, device, chip):
        self.board = Board(chip)
        self.state = device.state
        self.journal = device.journal
        self._device = device

    def uptime_ms(self):
        return self._device.now_ms


def keep(device, chip):
    countdown_backup.keep(Context(device, chip), device.controller.runner.run_seq)


def started():
    """Return a device with a countdown of five minutes in the talk "one" that has run for 100 seconds, and a chip."""
    device = Handheld()
    ms = lightning(device, 10_000)
    device.press(ACTION, ms)
    device.wait_until(ms + 100_000)
    return device, Chip()


def restarted(device, chip, away_ms, same_journal=True):
    """Return (whether it went on, another device) after a reset that took `away_ms`."""
    chip.now_ms += away_ms
    after = Handheld()
    if same_journal:
        after.journal.epoch = device.journal.epoch
    after.now_ms = 2000
    return countdown_restore.restore(Context(after, chip), after.controller), after


def test_a_running_countdown_has_lost_exactly_the_time_of_the_reset():
    device, chip = started()
    keep(device, chip)
    is_restored, after = restarted(device, chip, 7_000)
    run = after.state.countdown
    assert is_restored and run.state == countdown.RUNNING
    assert run.remaining_ms(2000) == 300_000 - 100_000 - 7_000
    assert (run.planned_ms, run.one_finger_ms, run.two_finger_ms, run.total_ms) == (300_000, 60_000, 20_000, 300_000)
    assert run.overtime and after.state.preset == b"lightning" and after.state.end_min == 0


def test_a_paused_countdown_has_lost_nothing():
    device, chip = started()
    device.press(ACTION, device.now_ms)
    keep(device, chip)
    is_restored, after = restarted(device, chip, 60_000)
    assert is_restored and after.state.countdown.state == countdown.PAUSED
    assert after.state.countdown.remaining_ms(2000) == 200_000
    assert runs(after) == [], "a pause goes on without a record"


def test_what_follows_a_reset_is_recorded_for_the_same_run():
    device, chip = started()
    keep(device, chip)
    run = b"%d" % device.controller.runner.run_seq
    _, after = restarted(device, chip, 7_000)
    assert runs(after) == [(2000, {"do": b"resume", "run": run, "left": b"193000"})]


def test_the_stages_before_the_reset_are_not_heard_again_and_the_later_ones_are():
    device, chip = started()
    device.wait_until(device.now_ms + 145_000)  # 55 seconds are left
    keep(device, chip)
    _, after = restarted(device, chip, 5_000)
    after.wait_until(2000 + 29_000)
    assert after.cues.played == []
    after.wait_until(2000 + 31_000)
    assert [stage for stage, _ in after.cues.played] == [countdown.STAGE_TWO_FINGER]


def test_minutes_that_were_given_and_a_fixed_end_are_kept():
    device = Handheld()
    ms = lightning(device, 10_000)
    device.choose(b"End at 11:10", device.choose(b"End at ...", ms))
    device.press(ACTION, 60_000)
    device.choose(b"+1 min", 70_000)
    chip = Chip()
    keep(device, chip)
    is_restored, after = restarted(device, chip, 1_000)
    assert is_restored and after.state.end_min == NINE_UTC_S // 60 + 11
    assert after.controller.runner.end_utc_ms == (NINE_UTC_S + 660) * 1000
    assert after.state.countdown.total_ms == device.state.countdown.total_ms


def test_the_talk_is_picked_again_as_by_a_person():
    for talk_id in (b"one", b"three"):  # the first of the schedule, too
        device, chip = started()
        countdown_restore.pick_talk(device.controller.talks, talk_id, device.now_ms)
        keep(device, chip)
        _, after = restarted(device, chip, 1_000)
        assert after.state.talk.id == talk_id
        after.wait_until(1_900_000)
        assert after.state.talk.id == talk_id


def test_without_its_schedule_it_goes_on_without_a_talk():
    device, chip = started()
    keep(device, chip)
    after = Handheld(with_schedule=False)
    after.journal.epoch = device.journal.epoch
    assert countdown_restore.restore(Context(after, chip), after.controller)
    assert after.state.talk is None and after.state.countdown.state == countdown.RUNNING
    other = Schedule(BytesIO(schedule_file(TALKS[1:])))
    after.controller.use_schedule(other)
    assert countdown_restore.restore(Context(after, chip), after.controller)
    assert after.state.talk is None, "a talk that this schedule lacks is none"


def test_overtime_that_is_off_stays_off():
    device, chip = started()
    device.state.countdown.overtime = False
    keep(device, chip)
    _, after = restarted(device, chip, 1_000)
    assert not after.state.countdown.overtime


def test_what_is_ready_or_over_leaves_nothing_behind():
    device, chip = started()
    keep(device, chip)
    assert chip.kept
    device.choose(b"Hold B", device.choose(b"Stop", device.now_ms))
    keep(device, chip)
    assert chip.kept == b"" and not restarted(device, chip, 1_000)[0]


def test_it_is_over_after_a_day_or_when_the_clock_went_back():
    for away_ms, goes_on in ((0, True), (DAY_MS - 1, True), (DAY_MS, False), (-1, False)):
        device, chip = started()
        keep(device, chip)
        assert restarted(device, chip, away_ms)[0] == goes_on, away_ms


def test_the_countdown_of_another_journal_is_not_gone_on_with():
    device, chip = started()
    device.journal.epoch = b"otherone"
    keep(device, chip)
    is_restored, after = restarted(device, chip, 1_000, same_journal=False)
    assert not is_restored and after.state.countdown.state == countdown.READY and runs(after) == []
    assert restarted(device, chip, 0)[0]


def test_damaged_memory_is_not_believed():
    device, chip = started()
    keep(device, chip)
    sound = chip.kept
    after = Handheld()
    for place in range(len(sound)):
        chip.kept = sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1 :]
        assert not countdown_restore.restore(Context(after, chip), after.controller), place
    for cut in (b"", sound[:-1], sound + b"\0"):
        chip.kept = cut
        assert not restarted(device, chip, 0)[0]


def test_another_version_of_the_format_is_not_read():
    import binascii
    import struct

    device, chip = started()
    keep(device, chip)
    data = b"run1" + chip.kept[4:-4]
    chip.kept = data + struct.pack("<I", binascii.crc32(data))
    assert not restarted(device, chip, 0)[0]


def test_the_countdown_is_kept_at_each_change_of_it_and_not_in_between():
    device = Handheld()
    ms = lightning(device, 10_000)
    run = 2  # the record after the talk's
    device.press(ACTION, ms)
    assert device.kept == [run]
    device.wait_until(ms + 200_000)
    assert device.kept == [run]
    device.press(ACTION, ms + 201_000)
    device.press(ACTION, ms + 202_000)
    device.choose(b"+1 min", ms + 203_000)
    device.controller.clock_changed(0, device.now_ms)
    device.choose(b"Hold B", device.choose(b"Stop", ms + 210_000))
    assert device.kept == [run] * 6 and device.state.screen == state.COUNTDOWN
