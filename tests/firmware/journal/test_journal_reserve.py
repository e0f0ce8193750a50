"""The journal's last sector is kept for bookmarks, spans, retags and undos."""

import sys

sys.path.insert(0, ".")

from firmware.journal.commit import commit
from tests.support.device.journal_device import commit_all, mounted, read_all, save
from tests.support.device.laptop import record
from tests.support.device.nor import Nor

MARKS = (record.BOOKMARK, record.SPAN, record.RETAG, record.UNDO)
OTHERS = (record.BOOT, record.CLOCK, record.TALK, record.COUNTDOWN, record.FAULT)


def filled(nor, kind, idle=False):
    """Return a journal into which nothing more of that kind can be saved."""
    journal = mounted(nor)
    while save(journal, kind=kind):
        while idle and journal.prepare():
            pass
    assert journal.problem == b"journal full"
    return journal


def test_faults_without_end_leave_a_whole_sector_for_marks():
    for idle in (True, False):
        nor = Nor(4)
        journal = filled(nor, record.FAULT, idle)
        assert journal.percent < 100, "marks can still be saved"
        marks = 0
        while save(journal, kind=MARKS[marks % 4], text=b"a-tag-of-sixteen"):
            marks += 1
        assert marks >= 3800 // 60, marks
        assert journal.percent == 100
        kinds = [record.parse(line).kind for line in read_all(mounted(nor))[0].values()]
        assert len([kind for kind in kinds if kind in MARKS]) == marks


def test_every_other_kind_is_refused_in_the_last_sector_and_uses_no_number():
    journal = filled(Nor(3), record.FAULT)
    last = journal.last_seq
    for kind in OTHERS:
        assert save(journal, kind=kind) == 0
    assert save(journal) == last + 1 and journal.problem == b""
    for kind in OTHERS:
        assert save(journal, kind=kind) == 0
    assert save(journal) == last + 2


def test_the_reserve_survives_a_reset():
    nor = Nor(3)
    filled(nor, record.FAULT)
    journal = mounted(nor)
    assert save(journal, kind=record.BOOT) == 0 and save(journal)
    journal = mounted(nor)
    assert save(journal, kind=record.FAULT) == 0 and save(journal)


def test_after_a_commit_every_kind_is_saved_again():
    journal = filled(Nor(3), record.FAULT)
    commit_all(journal)
    for kind in OTHERS + MARKS:
        assert save(journal, kind=kind)


def test_a_gap_that_finds_no_room_is_recorded_after_the_commit():
    nor = Nor(3)
    journal = filled(nor, record.FAULT)
    nor.fail(2)  # after the two copies of the header
    assert save(journal) == 0 and journal.problem == b"flash error"
    gap = journal.ring.next_seq - 1
    while journal.prepare():
        pass
    assert save(journal), journal.problem
    commit_all(journal)
    while journal.prepare():
        pass
    gaps = [entry for entry in map(record.parse, read_all(journal)[0].values()) if entry.kind == record.GAP]
    assert [entry.fields for entry in gaps] == [{"from": b"%d" % gap, "to": b"%d" % gap}]


def test_gaps_that_follow_each_other_are_one_and_others_are_not_merged():
    journal = mounted(Nor(3))
    journal.note_gap(5, 6)
    journal.note_gap(7, 7)
    journal.note_gap(9, 12)  # the numbers themselves show it
    journal.note_gap(8, 8)
    journal.note_gap(20, 22)
    while journal.prepare():
        pass
    gaps = [entry for entry in map(record.parse, read_all(journal)[0].values()) if entry.kind == record.GAP]
    assert [(entry.number("from"), entry.number("to")) for entry in gaps] == [(5, 8)]


def test_a_gap_that_waits_for_room_does_not_say_that_the_journal_is_full():
    journal = filled(Nor(3), record.FAULT)
    assert save(journal) and journal.problem == b""
    journal.note_gap(900, 900)
    while journal.prepare():
        pass
    assert journal.problem == b""


def test_a_sector_that_a_commit_has_freed_is_the_last_one_again():
    journal = filled(Nor(3), record.BOOKMARK)
    first = journal.ring.first_seq_of(1)
    line = read_all(journal, first)[0][first]
    assert commit(journal, journal.epoch, first, line[-9:-1]) == b""
    while save(journal, kind=record.FAULT):  # what is left of the sector before it
        pass
    assert journal.problem == b"journal full" and journal.ring.head == 2
    assert save(journal) and journal.ring.head == 3
    commit_all(journal)
    assert save(journal, kind=record.FAULT)
