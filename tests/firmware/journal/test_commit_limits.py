"""What the laptop confirms is believed only for a record that is there, and noted where there is room."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from tests.support.device.journal_device import DEVICE, mounted, read_all, save
from tests.support.device.nor import Nor


def crc_of(journal, seq):
    return read_all(journal, seq)[0][seq][-9:-1]


def note_bytes(seq):
    """Return how long the note of a commit is."""
    writer = LineWriter(80)
    writer.raw(b"=commit %d 01234567" % seq)
    return writer.seal()


def test_a_record_that_is_damaged_cannot_be_committed_wherever_it_is():
    for seq in (1, 3, 5):
        nor = Nor(4)
        journal = mounted(nor)
        for _ in range(5):
            save(journal)
        crc = crc_of(journal, seq)
        nor.data[bytes(nor.data).index(b"\n%d 1 " % seq) + 6] ^= 1
        assert commit(journal, journal.epoch, seq, crc) == b"missing", seq
        assert journal.committed_seq == 0
        other = 4 if seq != 4 else 2
        assert commit(journal, journal.epoch, other, crc_of(journal, other)) == b"" and journal.committed_seq == other


def test_a_journal_that_is_not_open_has_no_epoch_to_commit_in():
    journal = Journal(Nor(4), DEVICE)
    assert commit(journal, journal.epoch, 1, b"01234567") == b"epoch"


def test_the_first_record_can_be_committed_and_none_before_it():
    journal = mounted(Nor(4))
    save(journal)
    assert commit(journal, journal.epoch, 0, crc_of(journal, 1)) == b"missing"
    assert commit(journal, journal.epoch, 1, crc_of(journal, 1)) == b"" and journal.committed_seq == 1


def test_a_commit_goes_into_the_head_where_it_just_fits_and_else_into_the_next_header():
    for missing, head in ((0, 0), (1, 1)):
        nor = Nor(4)
        journal = mounted(nor)
        while journal.prepare():
            pass
        save(journal)
        crc = crc_of(journal, 1)
        while journal.ring.position < 4096 - 200:
            save(journal)
        journal.ring.position = 4096 - note_bytes(1) + missing
        assert commit(journal, journal.epoch, 1, crc) == b"" and journal.ring.head == head
        assert journal.committed_seq == mounted(nor).committed_seq == 1


def test_a_commit_without_any_room_is_refused_and_changes_nothing():
    nor = Nor(3)
    journal = mounted(nor)
    while save(journal):
        pass
    journal.ring.position = 4096 - note_bytes(1) + 1
    assert commit(journal, journal.epoch, 1, crc_of(journal, 1)) == b"full" and journal.committed_seq == 0
    first = journal.ring.first_seq_of(journal.ring.oldest + 1)
    assert commit(journal, journal.epoch, first, crc_of(journal, first)) == b"", "it frees the sector that it needs"
    assert journal.committed_seq == first and mounted(nor).committed_seq == first


def test_a_commit_that_the_flash_does_not_keep_changes_nothing():
    for how in ("raise", "lie"):
        nor = Nor(4)
        journal = mounted(nor)
        save(journal)
        crc = crc_of(journal, 1)
        nor.fail(0, how)
        assert commit(journal, journal.epoch, 1, crc) == b"flash" and journal.committed_seq == 0
        assert commit(journal, journal.epoch, 1, crc) == b"" and journal.committed_seq == 1


def test_a_commit_in_a_next_sector_that_cannot_be_erased_changes_nothing():
    nor = Nor(4)
    journal = mounted(nor)
    save(journal)
    journal = mounted(nor)
    crc = crc_of(journal, 1)
    journal.ring.position = 4096
    nor.fail(0)
    assert commit(journal, journal.epoch, 1, crc) == b"flash" and journal.committed_seq == 0


def test_a_flash_that_cannot_be_read_commits_nothing():
    nor = Nor(4)
    journal = mounted(nor)
    save(journal)
    crc = crc_of(journal, 1)

    def broken(block, buffer, offset):
        raise OSError(5)

    nor.readblocks = broken
    assert commit(journal, journal.epoch, 1, crc) == b"flash" and journal.committed_seq == 0
