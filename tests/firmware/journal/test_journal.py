"""Promise 1: a bookmark that was shown as saved is never lost and never appears twice."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from tests.support.device.journal_device import commit_all, first_sector_bytes, mounted, read_all, save
from tests.support.device.laptop import record
from tests.support.device.nor import Nor


def test_a_blank_device_gets_an_epoch_and_counts_from_one():
    nor = Nor(4)
    journal = mounted(nor)
    assert len(journal.epoch) == 8 and int(journal.epoch, 16) >= 0
    assert (journal.boot, journal.first_seq, journal.last_seq, journal.committed_seq) == (1, 1, 0, 0)
    assert save(journal) == 1
    assert save(journal) == 2
    again = mounted(nor)
    assert again.epoch == journal.epoch
    assert (again.boot, again.last_seq) == (2, 2)
    assert save(again) == 3
    assert sorted(read_all(again)[0]) == [1, 2, 3]
    assert mounted(Nor(4)).epoch != journal.epoch


def test_the_flash_holds_what_the_page_describes():
    nor = Nor(4)
    journal = mounted(nor)
    journal.begin(record.BOOKMARK, 123456).text_field(b"tag", b"note")
    journal.save()
    lines = first_sector_bytes(nor).rstrip(b"\xff").split(b"\n")
    assert lines[0] == lines[1]
    assert lines[0].split(b" *")[0] == b"=sector 1 a1b2c3d4e5f6 " + journal.epoch + b" 0 1 0 1"
    assert lines[2].split(b" *")[0] == b"1 1 123456 bookmark tag=note"
    assert lines[3:] == [b""]


def test_reading_from_the_middle_gives_the_rest():
    nor = Nor(6)
    journal = mounted(nor)
    for number in range(300):
        assert save(journal, number) == number + 1
    for from_seq in (1, 2, 60, 120, 299, 300):
        assert sorted(read_all(journal, from_seq)[0]) == list(range(from_seq, 301))
    assert read_all(journal, 301) == ({}, [])


def test_a_full_journal_refuses_and_says_so_and_goes_on_after_a_commit():
    nor = Nor(3)
    journal = mounted(nor)
    count = 0
    while save(journal):
        count += 1
        assert count < 1000
    assert journal.problem == b"journal full"
    assert journal.percent == 100
    assert save(journal) == 0
    assert mounted(nor).percent == 100
    journal = mounted(nor)
    assert sorted(read_all(journal)[0]) == list(range(1, count + 1))
    commit_all(journal)
    assert journal.percent < 50
    assert save(journal) == count + 1
    assert journal.problem == b""
    assert mounted(nor).committed_seq == count


def test_what_is_not_committed_stays_readable_when_the_oldest_sector_is_erased():
    journal = mounted(Nor(4))
    while save(journal):
        pass
    before = journal.last_seq
    second = journal.ring.first_seq_of(journal.ring.oldest + 1)
    line = read_all(journal)[0][second]
    assert commit(journal, journal.epoch, second, line[-9:-1]) == b""
    while save(journal):
        pass
    assert journal.last_seq > before
    assert sorted(read_all(journal)[0]) == list(range(second, journal.last_seq + 1))
    assert journal.first_seq == second


def test_percent_is_the_share_of_the_ring_that_is_not_committed():
    journal = mounted(Nor(8))
    assert journal.percent == 0
    seen = set()
    while save(journal):
        used = (journal.ring.head - journal.ring.oldest) * 4096 + journal.ring.position
        assert journal.percent in (used * 100 // (8 * 4096), 100)
        seen.add(journal.percent)
    assert len(seen) > 50
    assert journal.percent == 100


def test_a_journal_that_is_not_mounted_has_nothing_and_takes_nothing():
    journal = Journal(Nor(4), b"a1b2c3d4e5f6")
    assert (journal.last_seq, journal.committed_seq, journal.damaged, journal.percent) == (0, 0, 0, 100)
    assert not journal.is_mounted and not journal.prepare()
    assert save(journal) == 0
    assert journal.problem == b"journal not open"
    assert read_all(journal) == ({}, [])


def test_a_flash_that_is_too_small_for_a_ring_is_refused_and_left_alone():
    nor = Nor(2)
    journal = Journal(nor, b"a1b2c3d4e5f6")
    journal.mount()
    assert b"small" in journal.problem
    assert save(journal) == 0
    assert not nor.programs and not nor.erases


def test_mounting_again_finds_the_same():
    nor = Nor(4)
    journal = mounted(nor)
    for number in range(20):
        save(journal, number)
    nor.data[900] ^= 4
    journal.mount()
    found = (journal.damaged, journal.last_seq, journal.percent, read_all(journal))
    assert found[0] == 1
    journal.mount()
    assert (journal.damaged, journal.last_seq, journal.percent, read_all(journal)) == found


def test_many_laps_of_the_ring_lose_nothing_that_is_not_committed():
    nor = Nor(4)
    journal = mounted(nor)
    committed = 0
    for number in range(1, 1200):
        if not number % 7:
            while journal.prepare():
                pass
        assert save(journal, number) == number
        if not number % 130:
            journal = mounted(nor)
            records, damage = read_all(journal)
            assert not damage
            assert set(range(committed + 1, number + 1)) <= set(records)
            assert journal.first_seq == min(records)
            commit_all(journal)
            committed = number
    assert nor.erases > 15


def test_erasing_ahead_keeps_erase_and_header_out_of_the_presses():
    nor = Nor(4)
    journal = mounted(nor)
    while journal.prepare():
        pass
    for number in range(150):
        if number == 100:
            commit_all(journal)
        erases = nor.erases
        programs = nor.programs
        assert save(journal, 1_000_000 + number)
        assert nor.erases == erases and nor.programs == programs + 1
        assert nor.longest_program <= 128
        while journal.prepare():
            pass


def test_a_long_burst_of_presses_erases_rather_than_refuse():
    journal = mounted(Nor(4))
    for number in range(250):
        assert save(journal, number) == number + 1


def test_commit_checks_epoch_and_crc_and_repeats_without_harm():
    nor = Nor(4)
    journal = mounted(nor)
    save(journal)
    save(journal)
    lines = read_all(journal)[0]
    crc = lines[2][-9:-1]
    assert commit(journal, b"00000000", 2, crc) == b"epoch"
    assert commit(journal, journal.epoch, 2, b"00000000") == b"crc"
    assert commit(journal, journal.epoch, 3, crc) == b"missing"
    assert journal.committed_seq == 0
    assert commit(journal, journal.epoch, 2, crc) == b""
    programs = nor.programs
    assert commit(journal, journal.epoch, 2, crc) == b""
    assert commit(journal, journal.epoch, 1, lines[1][-9:-1]) == b""
    assert nor.programs == programs
    assert mounted(nor).committed_seq == 2


def test_a_commit_needs_an_existing_record_and_its_crc():
    nor = Nor(4)
    journal = mounted(nor)
    for number in range(5):
        save(journal, number)
    crc = read_all(journal)[0][5][-9:-1]
    for seq in (6, 7, 1000, (1 << 30) - 1, 1 << 30, 1 << 40, 0, -1):
        for given in (b"", b"0", b"00000000", crc, crc.lower(), crc + b"0"):
            assert commit(journal, journal.epoch, seq, given) in (b"missing", b"crc"), (seq, given)
    for given in (b"", b" ", b"0", crc[:7], crc + b"0", crc[:7] + b"\n", b"%08d" % 0):
        assert commit(journal, journal.epoch, 5, given) == b"crc", given
    assert journal.committed_seq == 0 and mounted(nor).committed_seq == 0


def test_a_commit_of_the_future_in_flash_is_not_believed():
    for words in (b"2000 00000000", b"2000 ", b"2000", b"-1 00000000", b"6 00000000"):
        nor = Nor(4)
        journal = mounted(nor)
        for number in range(5):
            save(journal, number)
        writer = LineWriter(80)
        writer.raw(b"=commit " + words)
        length = writer.seal()
        journal.ring.append(writer.view[:length])
        save(journal)
        again = mounted(nor)
        assert again.committed_seq == 0, words
        while save(again):
            pass
        assert again.problem == b"journal full"
        found, _ = read_all(mounted(nor))
        assert sorted(found) == list(range(1, again.last_seq + 1))


def test_a_header_that_commits_the_future_is_not_believed():
    nor = Nor(4)
    journal = mounted(nor)
    while not journal.ring.head:
        save(journal)
    journal.committed_seq = 5000
    while journal.ring.head == 1:
        save(journal)
    assert mounted(nor).committed_seq == 0


def test_a_sector_of_which_a_part_is_committed_is_kept():
    nor = Nor(3)
    journal = mounted(nor)
    for number in range(150):
        save(journal, number)
    lines = read_all(journal)[0]
    for seq in (40, journal.ring.upper_seq(0) - 1):
        assert commit(journal, journal.epoch, seq, lines[seq][-9:-1]) == b""
        while journal.prepare():
            pass
        while save(journal):
            pass
        assert journal.problem == b"journal full"
        found, _ = read_all(mounted(nor))
        assert sorted(found) == list(range(1, journal.last_seq + 1))


def test_a_journal_without_room_for_a_record_has_room_for_a_commit():
    nor = Nor(3)
    journal = mounted(nor)
    for text in (b"a tag of some length", b"a", b""):
        while save(journal, 1, record.BOOKMARK, text):
            pass
    lines = read_all(journal)[0]
    reasons = [commit(journal, journal.epoch, seq, lines[seq][-9:-1]) for seq in range(10, 20)]
    taken = reasons.count(b"")
    assert taken >= 2 and reasons == [b""] * taken + [b"full"] * (10 - taken)
    assert mounted(nor).committed_seq == 9 + taken
    last = journal.last_seq
    assert commit(journal, journal.epoch, last, lines[last][-9:-1]) == b""
    assert mounted(nor).committed_seq == last


def test_mount_reads_at_most_four_percent():
    nor = Nor(64)
    journal = mounted(nor)
    number = 0
    while save(journal, number):
        number += 1
    before = nor.bytes_read
    mounted(nor)
    share = nor.bytes_read - before
    assert share * 100 <= 4 * len(nor.data), share


def test_a_save_allocates_at_most_128_bytes():
    if sys.implementation.name != "micropython":
        return
    import gc

    class Silent(Nor):
        def writeblocks(self, block, buffer, offset):
            start = block * 4096 + offset
            for byte in buffer:
                self.data[start] = byte
                start += 1

        def readblocks(self, block, buffer, offset):
            start = block * 4096 + offset
            for position in range(len(buffer)):
                buffer[position] = self.data[start]
                start += 1

    journal = mounted(Silent(3))
    tag = b"note"
    talk = b"PQ3XYZ"
    key = b"tag"
    other = b"talk"
    most = 0
    for number in range(5):
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        writer = journal.begin(record.BOOKMARK, 123456789)
        writer.text_field(key, tag)
        writer.text_field(other, talk)
        seq = journal.save()
        after = gc.mem_alloc()
        gc.enable()
        assert seq == number + 1
        most = max(most, after - before)
    print("    begin to save allocates", most, "bytes")
    if sys.maxsize < 1 << 32:  # a board's object size; the 64-bit port doubles it
        assert most <= 128, most
