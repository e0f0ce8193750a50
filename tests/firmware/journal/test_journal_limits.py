"""The journal at its limits: what a start forgets, which erase is needed, and every byte of a record checked."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector_reader import DAMAGED, NOTHING, RECORD
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from firmware.journal.reader import Cursor
from tests.support.device.journal_device import DEVICE, commit_all, mounted, read_all, save
from tests.support.device.laptop import record
from tests.support.device.nor import Nor


def sealed(body):
    writer = LineWriter(120)
    writer.raw(body)
    return bytes(writer.line[: writer.seal()])


def put(journal, line):
    """Program `line` as it is, behind everything."""
    writer = LineWriter(160)
    writer.raw(line)
    assert journal.ring.append(writer.view[: len(line)]) == b""


def commit_to(journal, seq):
    line = read_all(journal, seq)[0][seq]
    assert commit(journal, journal.epoch, seq, line[-9:-1]) == b""


def gaps_of(journal):
    entries = [record.parse(line) for line in read_all(journal)[0].values()]
    return [(entry.ms, entry.number("from"), entry.number("to")) for entry in entries if entry.kind == record.GAP]


def test_a_journal_that_is_not_open_has_nothing():
    journal = Journal(Nor(4), DEVICE)
    assert (journal.epoch, journal.boot, journal.last_seq, journal.committed_seq) == (b"00000000", 1, 0, 0)
    assert (journal.damaged, journal.problem, journal.device_id) == (0, b"journal not open", DEVICE)
    assert not journal.is_mounted and journal.first_seq == 1 and save(journal) == 0
    cursor = Cursor(journal)
    assert cursor.next() == NOTHING and (cursor.seq, cursor.offset, cursor.length) == (0, 0, 0)


def test_a_journal_that_is_opened_on_another_flash_knows_nothing_of_the_one_before():
    nor = Nor(4)
    journal = mounted(nor)
    for _ in range(180):
        save(journal)
    commit_all(journal)
    assert journal.percent < 50 and journal.ring.head == 1
    journal.note_gap(500, 501)
    nor.data[4096 + 900] ^= 4
    journal.mount()
    epoch = journal.epoch
    nor.load(b"\xff" * len(nor.data))
    journal.mount()
    assert journal.epoch != epoch
    assert (journal.boot, journal.last_seq, journal.committed_seq, journal.damaged) == (1, 0, 0, 0)
    assert (journal.first_seq, journal.percent, journal.problem) == (1, 0, b"")
    while journal.prepare():
        pass
    assert save(journal) == 1 and gaps_of(journal) == []


def test_a_flash_that_cannot_be_read_is_reported_and_nothing_is_saved():
    class Broken(Nor):
        is_broken = False

        def readblocks(self, block, buffer, offset):
            if self.is_broken:
                raise OSError(5)
            super().readblocks(block, buffer, offset)

    nor = Broken(4)
    journal = mounted(nor)
    save(journal)
    nor.is_broken = True
    journal.mount()
    assert journal.problem == b"flash error" and not journal.is_mounted and journal.percent == 100
    assert save(journal) == 0 and not journal.prepare()
    nor.is_broken = False
    journal.mount()
    assert journal.problem == b"" and save(journal) == 2


def test_in_the_first_lap_one_sector_is_erased_and_later_each():
    nor = Nor(5)
    journal = mounted(nor)
    assert nor.erases == 1 and journal.prepare() and not journal.prepare()
    assert nor.erases == 1, "the others are as delivered"
    while journal.ring.head < 4:
        save(journal)
        while journal.prepare():
            pass
    assert nor.erases == 1
    commit_all(journal)
    assert journal.prepare() and nor.erases == 2
    while journal.ring.head < 7:
        save(journal)
        if not journal.last_seq % 50:
            commit_all(journal)
        while journal.prepare():
            pass
    assert nor.erases >= 4


def test_after_a_start_the_next_sector_is_erased_whatever_it_reads_as():
    nor = Nor(5)
    mounted(nor)
    journal = mounted(nor)
    assert nor.erases == 1 and journal.prepare() and nor.erases == 2
    assert not journal.prepare() and nor.erases == 2


def test_a_sector_of_the_first_lap_that_is_not_blank_is_erased():
    nor = Nor(5)
    journal = mounted(nor)
    while journal.ring.head < 1:
        save(journal)
    nor.data[2 * 4096 + 4095] = 0x7F
    before = nor.erases
    assert journal.prepare() and nor.erases == before + 1


def test_an_erase_that_fails_in_silence_or_says_so_by_a_number_is_a_problem():
    nor = Nor(4)
    journal = mounted(nor)
    nor.data[4096 + 3000] = 0
    nor.fail(0, "lie")
    assert not journal.prepare() and journal.problem == b"flash error" and not journal.ring.next_is_blank

    class Numbers(Nor):
        code = 0

        def ioctl(self, request, argument):
            return super().ioctl(request, argument) or (self.code if request == 6 else 0)

    nor = Numbers(4)
    journal = mounted(nor)
    nor.data[4096] = 0
    nor.code = 5
    assert not journal.prepare() and journal.problem == b"flash error"
    nor.code = 0
    assert journal.prepare() and journal.ring.next_is_blank
    assert save(journal) and journal.problem == b""


def test_a_byte_that_the_flash_did_not_keep_is_noticed_wherever_it_is():
    class Forgetful(Nor):
        forgets = -1

        def writeblocks(self, block, buffer, offset):
            kept = bytes(buffer)
            if 0 <= self.forgets < len(kept):
                kept = (
                    kept[: self.forgets]
                    + bytes([kept[self.forgets] & kept[self.forgets] - 1])
                    + kept[self.forgets + 1 :]
                )
            super().writeblocks(block, kept, offset)

    for text in (b"", b"note", b"a-tag-of-16-byte", b"x" * 60):
        length = len(sealed(b"1 1 1000 bookmark tag=" + text))
        for place in range(length):
            if not place % 25:  # so many places are left in one sector
                nor = Forgetful(3)
                journal = mounted(nor)
            nor.forgets = place
            assert save(journal, text=text) == 0, (text, place)
            assert journal.problem == b"flash did not keep it" and journal.damaged == place % 25 + 1
            nor.forgets = -1
        assert save(journal, text=text) and journal.problem == b""


class Failing(Nor):
    """A flash of which the programs with these numbers, counted from `begin`, fail before they do anything."""

    numbers = ()
    begin = 0

    def writeblocks(self, block, buffer, offset):
        number = self.programs - self.begin
        if number in self.numbers:
            self.programs += 1
            raise OSError(5)
        super().writeblocks(block, buffer, offset)


def test_a_header_needs_one_of_its_two_copies():
    for numbers, is_saved in (((0,), True), ((1,), True), ((0, 1), False)):
        nor = Failing(4)
        journal = mounted(nor)
        journal.prepare()
        head = journal.ring.head
        nor.begin, nor.numbers = nor.programs, numbers
        assert journal.open_next() is is_saved
        assert journal.ring.head == head + is_saved and not journal.ring.next_is_blank


def test_a_failed_write_leaves_the_place_as_far_as_a_record_can_reach():
    nor = Nor(4)
    journal = mounted(nor)
    place = journal.ring.position
    nor.fail(0)
    assert save(journal) == 0 and journal.ring.position == place + 120
    journal.ring.position = 4096 - 100
    nor.fail(0)
    assert save(journal) == 0 and journal.ring.position == 4096


def test_the_head_is_left_early_when_less_than_256_bytes_are_free_and_nobody_waits():
    for free, is_left in ((257, False), (256, False), (255, True)):
        journal = mounted(Nor(4))
        assert journal.prepare() and not journal.prepare()
        journal.ring.position = 4096 - free
        assert journal.prepare() is is_left and journal.ring.head == int(is_left)


def test_a_gap_is_written_down_once_without_a_time_and_again_if_that_fails():
    nor = Nor(4)
    journal = mounted(nor)
    while journal.prepare():
        pass
    nor.fail(0)
    assert save(journal) == 0
    nor.fail(0)
    assert journal.prepare() is False, "the flash fails once more"
    assert gaps_of(journal) == []
    assert journal.prepare() is True and journal.prepare() is False
    assert gaps_of(journal) == [(0, 1, 2)] and journal.last_seq == 3


def test_the_journal_is_full_when_no_longest_record_and_no_commit_fit_any_more():
    journal = mounted(Nor(3))
    while journal.ring.head < 2:
        save(journal)
    for position, percent in ((3880, 98), (3881, 100), (4096, 100)):
        journal.ring.position = position
        assert journal.percent == percent
    commit_all_but_the_head = journal.ring.first_seq_of(1)
    journal.ring.position = 200
    journal.committed_seq = commit_all_but_the_head - 1
    assert not journal.may_take_next()
    journal.committed_seq = commit_all_but_the_head
    assert journal.may_take_next(), "the first record of the next sector is committed, too"
    assert journal.percent == (4096 + 200) * 100 // (3 * 4096)
    journal.ring.position = 4000
    assert journal.percent == (4096 + 4000) * 100 // (3 * 4096), "there is a sector to take"


class Poor(Journal):
    """A journal that finds no memory while it makes room for a record, as often as `failures` says."""

    failures = 0

    def _make_room(self, length):
        if self.failures:
            self.failures -= 1
            raise MemoryError
        return super()._make_room(length)


def test_a_save_without_memory_is_tried_once_more_with_what_was_kept_for_it():
    for failures, seq, problem in ((1, 1, b""), (2, 0, b"no memory")):
        journal = Poor(Nor(4), DEVICE)
        journal.mount()
        while journal.prepare():
            pass
        assert len(journal._spare) == 256
        journal.failures = failures
        assert save(journal) == seq and journal.problem == problem
        assert journal._spare is None and not journal.prepare() and len(journal._spare) == 256
        assert save(journal) == seq + 1
        assert sorted(read_all(journal)[0]) == list(range(1, seq + 2))


def test_reading_from_the_first_record_of_a_sector_includes_the_damage_before_it():
    nor = Nor(6)
    journal = mounted(nor)
    while journal.ring.head < 3:
        save(journal)
    first = journal.ring.first_seq_of(2)
    last = read_all(journal, first - 1)[0][first - 1]
    nor.data[bytes(nor.data).index(last) + 9] &= 0x55
    records, damage = read_all(journal, first)
    assert len(damage) == 1 and damage[0][0] == 1 and min(records) == first
    assert read_all(journal, first + 1)[1] == []


def test_a_reader_whose_sector_is_erased_meanwhile_goes_on_with_the_oldest():
    journal = mounted(Nor(4))
    while journal.ring.head < 3:
        save(journal)
    cursor = Cursor(journal)
    while cursor.next() != RECORD:
        pass
    assert cursor.seq == 1
    commit_to(journal, journal.ring.first_seq_of(2))
    while journal.ring.oldest < 2:
        save(journal)
    found = []
    while True:
        kind = cursor.next()
        if kind == NOTHING:
            break
        assert kind != DAMAGED
        if kind == RECORD:
            found.append(cursor.seq)
    assert found == list(range(journal.first_seq, journal.last_seq + 1)) and found[0] > 2


def test_a_number_that_comes_twice_is_damage_wherever_one_begins_to_read():
    nor = Nor(4)
    journal = mounted(nor)
    for _ in range(3):
        save(journal)
    copy = read_all(journal)[0][3]
    put(journal, copy)
    save(journal)
    for from_seq in (1, 3, 4):
        records, damage = read_all(journal, from_seq)
        assert sorted(records) == list(range(from_seq, 5))
        assert [piece for _, _, piece in damage] == [copy], from_seq
    assert read_all(journal, 5) == ({}, [])


def test_what_is_read_has_its_place():
    nor = Nor(6)
    journal = mounted(nor)
    while journal.ring.head < 2:
        save(journal)
    cursor = Cursor(journal)
    cursor.seek(1)
    places = []
    while True:
        kind = cursor.next()
        if kind == NOTHING:
            break
        if kind == RECORD:
            line = bytes(cursor.line[: cursor.length])
            start = cursor.serial * 4096 + cursor.offset
            assert bytes(nor.data[start : start + len(line)]) == line
            places.append((cursor.serial, cursor.seq))
    assert [seq for _, seq in places] == list(range(1, journal.last_seq + 1))
    assert places[-1][0] == 2 and [serial for serial, _ in places] == sorted([serial for serial, _ in places])
