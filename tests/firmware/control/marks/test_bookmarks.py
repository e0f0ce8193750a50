"""Bookmarks are counted by talk, and what could not be saved can be done again."""

import sys

sys.path.insert(0, ".")

from firmware.control.bookmark_counts import recount
from firmware.control.bookmarks import Bookmarks
from firmware.control.record_writer import RecordWriter
from firmware.core import state
from firmware.core.buttons import ACTION, HELD, MARK, PRESS, RELEASE
from firmware.journal.journal import Journal
from tests.support.device.handheld import Handheld
from tests.support.device.laptop import record
from tests.support.device.nor import Nor


def with_journal():
    journal = Journal(Nor(8), b"a1b2c3d4e5f6")
    journal.mount()
    return journal, Bookmarks(RecordWriter(journal, state.State()))


def written(journal, kind, **values):
    writer = journal.begin(kind, 1000)
    for key in sorted(values):
        writer.text_field(key.encode(), values[key])
    return journal.save()


def test_seven_talks_and_no_talk_are_counted_each_on_its_own():
    _, bookmarks = with_journal()
    names = [b""] + [b"t%d" % number for number in range(7)]
    for turn in range(1, 4):
        for name in names:
            assert bookmarks.count(name, 1) == turn
    assert [bookmarks.count(name, 0) for name in names] == [3] * 8


def test_one_talk_more_than_are_counted_starts_at_one_and_so_do_those_before_it():
    _, bookmarks = with_journal()
    names = [b"t%d" % number for number in range(7)]
    bookmarks.count(b"", 5)
    for name in names:
        bookmarks.count(name, 4)
    assert bookmarks.count(b"new", 1) == 1
    assert bookmarks.count(b"", 0) == 5 and bookmarks.count(b"new", 0) == 1
    assert [bookmarks.count(name, 0) for name in names] == [0] * 7
    assert bookmarks.count(b"t3", 1) == 1 and bookmarks.count(b"new", 1) == 2


def test_a_talk_that_was_only_asked_for_takes_no_place():
    _, bookmarks = with_journal()
    for number in range(50):
        assert bookmarks.count(b"asked%d" % number, 0) == 0
    bookmarks.count(b"t", 2)
    for number in range(50):
        bookmarks.count(b"asked%d" % number, 0)
    assert bookmarks.count(b"t", 0) == 2


def test_no_talk_has_less_than_no_bookmark():
    _, bookmarks = with_journal()
    assert bookmarks.count(b"", -1) == 0 and bookmarks.count(b"t", -1) == 0
    assert bookmarks.count(b"t", 1) == 1


def test_an_undo_that_is_not_saved_can_be_tried_again():
    device = Handheld()
    device.press(MARK, 10_000)
    device.nor.fail(0)
    device.controller.bookmarks.take_back(11_000)
    assert device.state.flash == state.FLASH_NOT_SAVED
    assert device.controller.bookmarks.count(b"one", 0) == 1
    device.controller.bookmarks.take_back(12_000)
    assert device.state.flash == state.FLASH_UNDONE and device.controller.bookmarks.count(b"one", 0) == 0
    assert [fields["of"] for _, _, fields in device.records(record.UNDO)] == [b"2"]
    device.controller.bookmarks.take_back(13_000)
    assert len(device.records(record.UNDO)) == 1, "it is taken back once"


def test_a_passage_is_shown_as_saved_only_if_it_is():
    for is_broken, flash in ((False, state.FLASH_SAVED), (True, state.FLASH_NOT_SAVED)):
        device = Handheld()
        device.wait_until(10_000)
        device.controller.handle(MARK, PRESS, 10_000)
        device.controller.handle(MARK, HELD, 10_000)
        if is_broken:
            device.nor.fail(0)
        device.controller.handle(MARK, RELEASE, 12_000)
        assert device.state.flash == flash


def test_a_passage_may_begin_with_the_boot():
    device = Handheld()
    device.controller.handle(MARK, PRESS, 0)
    device.controller.handle(MARK, HELD, 0)
    device.controller.handle(MARK, RELEASE, 900)
    assert [fields["len"] for _, _, fields in device.records(record.SPAN)] == [b"900"]


def test_after_a_mark_that_was_not_saved_there_is_nothing_to_take_back_or_to_retag():
    device = Handheld()
    device.press(MARK, 10_000)
    device.nor.fail(0)
    device.press(MARK, 11_000)
    device.press(ACTION, 12_000)
    assert device.state.tag == b"quote", "the tag of the next one, as if nothing had been marked"
    device.wait_until(20_000)
    assert device.records(record.RETAG) == []
    device.controller.bookmarks.take_back(21_000)
    assert device.records(record.UNDO) == []


def test_the_newest_hundred_records_are_counted_after_a_reset():
    journal, bookmarks = with_journal()
    for _ in range(130):
        written(journal, record.BOOKMARK, talk=b"one")
    written(journal, record.BOOT, reset=b"hard")
    recount(journal, bookmarks.count)
    assert bookmarks.count(b"one", 0) == 100


def test_the_first_record_of_a_journal_is_counted_too():
    journal, bookmarks = with_journal()
    assert written(journal, record.BOOKMARK, talk=b"one") == 1
    recount(journal, bookmarks.count)
    assert bookmarks.count(b"one", 0) == 1


def test_an_undo_of_any_other_than_the_newest_bookmark_is_not_counted():
    for of, left in ((b"2", 1), (b"1", 2), (b"9", 2)):
        journal, bookmarks = with_journal()
        for _ in range(2):
            written(journal, record.BOOKMARK, talk=b"one")
        written(journal, record.UNDO, of=of)
        recount(journal, bookmarks.count)
        assert bookmarks.count(b"one", 0) == left, of


def test_other_records_between_the_bookmarks_are_not_counted():
    journal, bookmarks = with_journal()
    written(journal, record.TALK, id=b"one", how=b"clock")
    written(journal, record.BOOKMARK, talk=b"one")
    written(journal, record.RETAG, of=b"2", tag=b"quote", talk=b"one")
    written(journal, record.SPAN, of=b"2", len=b"5000")
    written(journal, record.BOOKMARK, tag=b"note")
    recount(journal, bookmarks.count)
    assert bookmarks.count(b"one", 0) == 1 and bookmarks.count(b"", 0) == 1


def test_a_flash_that_fails_in_the_middle_leaves_what_was_counted():
    journal, bookmarks = with_journal()
    for _ in range(60):
        written(journal, record.BOOKMARK, talk=b"one")
    read = journal.ring.blocks.readblocks
    reads = []

    def fails_later(block, buffer, offset):
        reads.append(offset)
        if len(reads) > 2:
            raise OSError(5)
        read(block, buffer, offset)

    journal.ring.blocks.readblocks = fails_later
    recount(journal, bookmarks.count)
    assert 0 < bookmarks.count(b"one", 0) < 60
