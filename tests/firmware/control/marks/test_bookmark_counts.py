"""A reset in the middle of a talk: the next bookmark has the next number, and what was taken back is not counted."""

import sys

sys.path.insert(0, ".")

from firmware.control.bookmark_counts import recount
from firmware.control.bookmarks import Bookmarks
from firmware.control.record_writer import RecordWriter
from firmware.core.buttons import ACTION, MARK
from firmware.journal.journal import Journal
from tests.support.device.handheld import Handheld
from tests.support.device.laptop import record

SECOND_TALK_MS = 1_900_000


def after_reset(device, reset=b"hard"):
    """Return the Bookmarks of a device that has restarted on the same flash."""
    journal = Journal(device.nor, b"a1b2c3d4e5f6")
    journal.mount()
    journal.begin(record.BOOT, 0).text_field(b"reset", reset)
    assert journal.save()
    bookmarks = Bookmarks(RecordWriter(journal, device.state))
    recount(journal, bookmarks.count)
    return bookmarks


def marked(**arguments):
    """Return a device with two bookmarks in the talk of nine o'clock, or in none, a third one taken back."""
    device = Handheld(**arguments)
    for ms in (10_000, 20_000, 30_000):
        device.press(MARK, ms)
    device.press(ACTION, 31_000, 900)
    return device


def test_the_count_of_each_talk_goes_on():
    device = marked()
    device.press(MARK, SECOND_TALK_MS)
    bookmarks = after_reset(device)
    assert bookmarks.count(b"one", 0) == 2 and bookmarks.count(b"two", 0) == 1 and bookmarks.count(b"three", 0) == 0
    assert bookmarks.count(b"one", 1) == 3


def test_without_a_talk_it_continues_after_a_reset_and_restarts_with_the_power():
    device = marked(with_schedule=False)
    assert after_reset(device).count(b"", 0) == 2
    assert after_reset(device, b"watchdog").count(b"", 0) == 2
    assert after_reset(device, b"poweron").count(b"", 0) == 0


def test_a_bookmark_that_is_taken_back_in_the_next_talk_is_missing_in_its_own():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(MARK, 1_790_000)
    device.choose(b"Take back", SECOND_TALK_MS)
    assert device.state.bookmark_count == 0
    assert device.controller.bookmarks.count(b"one", 0) == 1
    assert after_reset(device).count(b"one", 0) == 1


def test_a_journal_that_cannot_be_read_counts_nothing():
    journal = Journal(Handheld().nor, b"a1b2c3d4e5f6")  # not mounted
    counted = []
    recount(journal, lambda talk_id, change: counted.append(talk_id))
    assert counted == []
