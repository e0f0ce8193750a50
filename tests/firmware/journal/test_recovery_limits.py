"""What a start believes of the flash: whose journal it is, where it goes on, and which numbers damage has used up."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector import HEADER_BYTES, write_header
from firmware.journal.journal import Journal
from firmware.journal.recovery import _commit_of, _used_numbers
from tests.support.device.journal_device import DEVICE, commit_all, mounted, read_all, save
from tests.support.device.laptop import record
from tests.support.device.nor import HALF, Nor, PowerCutError


def header(device=DEVICE, epoch=b"0A1B2C3D", serial=0, first_seq=1, committed_seq=0, boot=1):
    writer = LineWriter(HEADER_BYTES)
    length = write_header(writer, device, epoch, serial, first_seq, committed_seq, boot)
    return bytes(writer.line[:length])


def sealed(body):
    writer = LineWriter(120)
    writer.raw(body)
    return bytes(writer.line[: writer.seal()])


def flash(count, *sectors):
    """Return a flash whose sectors hold these bytes, blank behind them."""
    image = b"".join([data + b"\xff" * (4096 - len(data)) for data in sectors])
    nor = Nor(count)
    nor.load(image + b"\xff" * (count * 4096 - len(image)))
    return nor


def twice(**values):
    return header(**values) * 2


def records(first, behind, boot=1):
    return b"".join([sealed(b"%d %d 5 bookmark tag=note" % (seq, boot)) for seq in range(first, behind)])


def test_it_goes_on_behind_the_newest_record_of_its_journal():
    nor = flash(4, twice(boot=4) + records(1, 6, 4), twice(serial=1, first_seq=6, committed_seq=3, boot=6))
    journal = mounted(nor)
    assert (journal.epoch, journal.boot, journal.last_seq, journal.committed_seq) == (b"0A1B2C3D", 7, 5, 3)
    assert (journal.damaged, journal.first_seq, journal.ring.head, journal.ring.oldest) == (0, 1, 1, 0)
    assert journal.ring.position == 2 * len(header(serial=1, first_seq=6, committed_seq=3, boot=6))
    while journal.prepare():
        pass
    assert save(journal) == 6, "there is no gap to write down"


def test_the_boot_is_one_more_than_that_of_the_newest_record():
    nor = flash(4, twice(boot=4) + records(1, 3, 4) + records(3, 5, 9))
    assert mounted(nor).boot == 10


def test_the_journal_of_another_device_is_not_gone_on_with():
    nor = flash(4, twice(device=b"ffffffffffff") + records(1, 6))
    journal = mounted(nor)
    assert journal.epoch != b"0A1B2C3D" and journal.last_seq == 0
    assert save(journal) == 1 and sorted(read_all(journal)[0]) == [1]


def test_a_header_in_a_place_that_is_not_its_own_is_not_believed():
    nor = flash(4, twice() + records(1, 6), b"", twice(serial=9, first_seq=500), b"")
    journal = mounted(nor)
    assert journal.ring.head == 0 and journal.last_seq == 5 and save(journal) == 6
    nor = flash(4, twice(serial=4, first_seq=50) + records(50, 55))
    assert mounted(nor).last_seq == 54


def test_of_two_journals_that_with_the_highest_sector_counts():
    old, new = b"AAAAAAAA", b"BBBBBBBB"
    for sectors in (
        (twice(epoch=old) + records(1, 4), twice(epoch=new, serial=5, first_seq=1) + records(1, 3)),
        (twice(epoch=new, serial=4, first_seq=1) + records(1, 3), twice(epoch=old, serial=1) + records(1, 9)),
    ):
        journal = mounted(flash(4, *sectors))
        assert journal.epoch == new and journal.last_seq == 2
        assert journal.ring.head in (4, 5)
        assert sorted(read_all(journal)[0]) == [1, 2]


def test_a_sector_of_an_earlier_lap_has_no_header_that_counts():
    # the sector of number 1 should have been overwritten by that of number 5
    nor = flash(
        4,
        twice(serial=8, first_seq=80) + records(80, 83),
        twice(serial=1, first_seq=10) + records(10, 13),
        twice(serial=6, first_seq=60) + records(60, 63),
        twice(serial=7, first_seq=70) + records(70, 73),
    )
    journal = mounted(nor)
    assert journal.ring.head == 8 and [journal.ring.first_seq_of(serial) for serial in (5, 6, 7, 8)] == [0, 60, 70, 80]
    assert journal.damaged == 1 and journal.first_seq == 60
    assert sorted(read_all(journal)[0]) == [10, 11, 12, 60, 61, 62, 70, 71, 72, 80, 81, 82], "the records count"


def test_a_header_commits_only_what_was_there_before_it():
    for committed_seq, believed in ((9, 9), (10, 0), (5000, 0)):
        nor = flash(4, twice() + records(1, 10), twice(serial=1, first_seq=10, committed_seq=committed_seq))
        assert mounted(nor).committed_seq == believed, committed_seq


def test_a_note_of_a_commit_counts_only_up_to_the_records_before_it():
    for seq, believed in ((1, 1), (5, 5), (6, 0)):
        line = sealed(b"=commit %d 0123ABCD" % seq)
        assert mounted(flash(4, twice() + records(1, 6) + line)).committed_seq == believed, seq
    older = sealed(b"=commit 2 0123ABCD")
    newer = sealed(b"=commit 4 0123ABCD")
    assert mounted(flash(4, twice() + records(1, 6) + newer + older)).committed_seq == 4


def test_a_note_of_a_commit_has_a_number_and_a_crc():
    crc = b" *01234567\n"
    assert _commit_of(b"=commit 12 0123ABCD" + crc) == 12
    for line in (
        b"=commit 12 0123ABCD 1" + crc,
        b"=commit 12" + crc,
        b"=commit x 0123ABCD" + crc,
        b"=commit -1 0123ABCD" + crc,
        b"=commit 12 0123abcd" + crc,
        b"=commits 12 0123ABCD" + crc,
        b"=sector 1 a1b2 q1 0 1 0 1" + crc,
    ):
        assert _commit_of(line) == 0, line


def test_damage_uses_up_rather_too_many_numbers_than_one_too_few():
    for piece, numbers in (
        (b"5 1 100 bookm", 1),
        (b"5 1 100 bookmark tag=no\n", 1),
        (b"5 1 " + b"x" * 116, 1),
        (b"5 1 " + b"x" * 117, 1 + 121 // 18),
        (b"6 1 100 bookm", 1),
        (b"x" * 17, 1),
        (b"x" * 18, 2),
        (b"5 1 1 a\n5 1", 1),
        (b"5 1 1 abcdefghijk\n5 1", 2),
        (b"=commit 3 01", 0),
        (b"=commit 3 0123ABCD *01234567\n", 0),
        (b"=commi", 1),
        (b"=commit 3 " + b"x" * 120, 1 + 130 // 18),
    ):
        assert _used_numbers(piece, 5) == numbers, piece


def test_a_torn_record_leaves_its_place_and_its_number_and_its_boot():
    nor = Nor(4)
    journal = mounted(nor)
    save(journal)
    place = journal.ring.position
    nor.cut(0, HALF)
    try:
        save(journal)
    except PowerCutError:
        nor.power_up()
    again = mounted(nor)
    assert again.ring.position == place + 120, "a torn program may have touched bytes that still read as blank"
    assert again.ring.next_seq == 3 and again.last_seq == 1 and again.boot == 3 and again.damaged == 1
    while again.prepare():
        pass
    gaps = [record.parse(line) for line in read_all(again)[0].values() if b" gap " in line]
    assert [(gap.number("from"), gap.number("to")) for gap in gaps] == [(2, 2)]


def test_damage_at_the_end_of_the_head_leaves_nothing_of_it_to_write_to():
    body = twice() + records(1, 6)
    nor = flash(4, body + b"\xff" * (4096 - len(body) - 30) + b"\x00" * 10)
    journal = mounted(nor)
    assert journal.ring.position == 4096
    assert save(journal) == 7 and journal.ring.head == 1


def test_behind_a_header_with_one_copy_there_is_room_for_the_other():
    line = header()
    for data in (line, line + b"\x00" * 10, line + line[:20]):
        journal = mounted(flash(4, data))
        assert journal.ring.position >= 2 * len(line), data
        assert journal.last_seq == 0 and save(journal) >= 1


def test_a_flash_full_of_records_without_any_header_is_left_alone():
    nor = flash(3, records(1, 20), records(20, 40), records(40, 60))
    journal = Journal(nor, DEVICE)
    journal.mount()
    assert journal.problem == b"journal unreadable" and not journal.is_mounted
    assert nor.erases == nor.programs == 0


def test_records_without_a_header_are_kept_before_the_first_sector_of_a_new_journal():
    nor = flash(4, records(1, 20), b"", records(20, 40))
    journal = mounted(nor)
    assert journal.ring.head == 5 and (journal.boot, journal.last_seq, journal.committed_seq) == (1, 0, 0)
    damage = b"".join([piece for _, _, piece in read_all(journal)[1]])
    assert damage.count(b"bookmark") == 39
    assert save(journal) == 1


def test_a_flash_without_a_record_begins_with_its_first_sector():
    for sectors in ((), (b"\x00" * 100,), (b"", b"garbage" * 99)):
        journal = mounted(flash(4, *sectors))
        assert journal.ring.head == journal.ring.oldest == 0 and journal.first_seq == 1
        assert save(journal) == 1 and sorted(read_all(journal)[0]) == [1]


def test_a_ring_has_three_sectors_of_4096_bytes_at_least():
    assert mounted(Nor(3)).is_mounted

    class OtherSize(Nor):
        def ioctl(self, request, argument):
            return 8192 if request == 5 else super().ioctl(request, argument)

    for nor in (Nor(2), OtherSize(4)):
        journal = Journal(nor, DEVICE)
        journal.mount()
        assert journal.problem == b"journal partition too small" and nor.operations == 0


def test_a_head_whose_header_is_lost_is_found_by_its_records_and_left_at_once():
    first = twice() + records(1, 30)
    lost = b"\x00" * len(twice(serial=1, first_seq=30))
    for count in (1, 5):
        nor = flash(5, first, lost + records(30, 30 + count))
        journal = mounted(nor)
        assert journal.ring.head == 1 and journal.last_seq == 29 + count
        assert journal.ring.position == 4096 and journal.damaged >= 1
        assert save(journal) > 29 + count and journal.ring.head == 2
    nor = flash(5, first, lost + records(30 + 500, 30 + 505))
    assert mounted(nor).ring.head == 0, "numbers so far away are not those that follow"
    nor = flash(5, first, lost + records(3, 9))
    assert mounted(nor).ring.head == 0, "nor are those that were there before"


def test_two_heads_in_a_row_whose_headers_are_lost_are_both_found():
    lost = b"\x00" * len(twice(serial=1, first_seq=30))
    nor = flash(6, twice() + records(1, 30), lost + records(30, 50), lost + records(50, 60))
    journal = mounted(nor)
    assert journal.ring.head == 2 and journal.last_seq == 59
    assert set(range(1, 60)) - set(read_all(journal)[0]) <= {30, 50}


def test_sectors_that_were_erased_in_a_cut_are_not_counted_as_lost():
    nor = Nor(5)
    journal = mounted(nor)
    while journal.ring.head < 4:
        save(journal)
    commit_all(journal)
    nor.data[0:4096] = b"\xff" * 4096
    again = mounted(nor)
    assert again.damaged == 0 and again.ring.oldest == 1
    nor.data[4096:8192] = b"\x00" * 4096  # committed as well: an erase that was cut short
    again = mounted(nor)
    assert again.damaged == 0 and again.ring.oldest == 2


def test_a_lost_sector_in_the_middle_or_with_uncommitted_records_is_damage():
    nor = Nor(5)
    journal = mounted(nor)
    while journal.ring.head < 4:
        save(journal)
    nor.data[0:160] = b"\x00" * 160
    nor.data[8192 : 8192 + 160] = b"\x00" * 160
    again = mounted(nor)
    assert again.damaged == 2 and again.ring.oldest == 0


def test_what_is_committed_stays_readable_after_a_start_until_it_is_erased():
    nor = Nor(5)
    journal = mounted(nor)
    while journal.ring.head < 3:
        save(journal)
    commit_all(journal)
    again = mounted(nor)
    assert again.ring.oldest == 0 and again.first_seq == 1
    assert sorted(read_all(again)[0]) == list(range(1, journal.last_seq + 1))


def test_a_sector_that_cannot_be_erased_for_a_press_uses_no_number():
    nor = Nor(4)
    journal = mounted(nor)
    while journal.ring.position < 4096 - 30:
        save(journal)
    journal = mounted(nor)
    last = journal.last_seq
    nor.fail(0)
    assert save(journal) == 0 and journal.problem == b"flash error" and journal.ring.next_seq == last + 1
    assert save(journal) == last + 1 and journal.problem == b""


def test_damage_at_the_end_of_the_head_hides_no_record_of_the_sector_behind_it():
    lost = b"\x00" * len(twice(serial=1, first_seq=31))
    damaged = b"??" + sealed(b"30 1 5 bookmark tag=" + b"x" * 40)[2:]  # may be four records
    nor = flash(5, twice() + records(1, 30) + damaged, lost + records(31, 33))
    journal = mounted(nor)
    assert journal.ring.head == 1 and journal.last_seq == 32
    assert save(journal) >= 33


def test_damage_before_the_first_record_that_is_left_is_sent_once_and_without_the_header():
    data = records(1, 4)
    start = len(twice())
    nor = flash(4, twice() + b"??" + data[2:])
    for from_seq in (1, 2):
        found, damage = read_all(mounted(nor), from_seq)
        assert sorted(found) == [2, 3]
        assert [(serial, offset) for serial, offset, _ in damage] == [(0, start)]
    assert read_all(mounted(nor), 3)[1] == []
