"""Promise 1: a bookmark that was shown as saved is never lost and never appears twice."""

import sys

sys.path.insert(0, ".")

from firmware.commit import commit
from firmware.core import record
from firmware.core.sector_reader import DAMAGED, NOTHING, RECORD
from firmware.cursor import Cursor
from firmware.journal import Journal
from tests.device.nor import AFTER, BEFORE, HALF, RANDOM, WEAK, Nor, PowerCutError

DEVICE = b"a1b2c3d4e5f6"


def mounted(nor, device=DEVICE):
    journal = Journal(nor, device)
    journal.mount()
    assert journal.problem == b"", journal.problem
    return journal


def save(journal, ms=1000, kind=record.BOOKMARK, text=b"note"):
    journal.begin(kind, ms).text_field(b"tag", text)
    return journal.save()


def read_all(journal, from_seq=1):
    """Return ({seq: line}, [(serial, offset, bytes)])."""
    records = {}
    damage = []
    cursor = Cursor(journal)
    cursor.seek(from_seq)
    while True:
        found = cursor.next()
        if found == NOTHING:
            return records, damage
        data = bytes(cursor.line[: cursor.length])
        if found == RECORD:
            assert cursor.seq not in records, "the same record twice"
            assert record.parse(data).seq == cursor.seq
            records[cursor.seq] = data
        elif found == DAMAGED:
            damage.append((cursor.serial, cursor.offset, data))


def commit_all(journal):
    records, _ = read_all(journal)
    last = max(records)
    assert commit(journal, journal.epoch, last, records[last][-9:-1]) == b""


def first_sector_bytes(nor):
    return bytes(nor.data[:4096])


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


def test_what_lies_in_flash_is_what_the_page_describes():
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


def test_an_erase_that_was_cut_short_is_no_damage():
    for how in (BEFORE, HALF, RANDOM, AFTER):
        nor = Nor(3)
        journal = mounted(nor)
        while save(journal):
            pass
        commit_all(journal)
        nor.cut(0, how)
        try:
            journal.prepare()
            raise AssertionError("the power was cut")
        except PowerCutError:
            nor.power_up()
        again = mounted(nor)
        assert again.damaged == 0
        assert again.last_seq == journal.last_seq and not read_all(again)[1]
        assert again.prepare()
        for number in range(150):
            if number % 50 == 49:
                commit_all(again)
            assert save(again) == journal.last_seq + 1 + number


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


def test_a_flipped_bit_anywhere_leaves_the_record_or_is_reported():
    nor = Nor(4)
    journal = mounted(nor)
    for number in range(90):
        save(journal, 100 * number)
    whole = bytes(nor.data)
    records, _ = read_all(journal)
    header_bytes = 2 * (whole.index(b"\n") + 1)
    bits = list(range(0, 8 * header_bytes, 5)) + list(range(8 * 3900, 8 * 4096, 11)) + list(range(32768, 36000, 7))
    for bit in bits:
        nor.load(whole)
        nor.data[bit >> 3] ^= 1 << (bit & 7)
        if nor.data[bit >> 3] == whole[bit >> 3]:
            continue
        again = mounted(nor)
        found, damage = read_all(again)
        assert again.epoch == journal.epoch, bit
        for seq, line in found.items():
            assert records[seq] == line
        missing = set(records) - set(found)
        assert len(missing) <= 1, (bit, missing)
        assert not missing or damage, bit
        assert save(again) >= 91


def test_two_lost_headers_are_reported_and_their_records_kept():
    nor = Nor(6)
    journal = mounted(nor)
    for number in range(350):
        save(journal, number)
    records, _ = read_all(journal)
    assert journal.ring.head > 2
    for block in (0, 2):
        start = block * 4096
        for place in range(start, start + 160):
            nor.data[place] &= 0xA5
    again = mounted(nor)
    assert again.damaged == 2
    found, damage = read_all(again)
    assert len(damage) >= 2
    assert len(set(records) - set(found)) <= 4
    assert found == {seq: records[seq] for seq in found}


def test_a_lost_header_of_the_newest_sector_hides_none_of_its_records():
    nor = Nor(6)
    journal = mounted(nor)
    for number in range(150):
        save(journal, number)
    records, _ = read_all(journal)
    start = journal.ring.head * 4096
    for place in range(start, start + 160):
        nor.data[place] &= 0xA5
    again = mounted(nor)
    found, damage = read_all(again)
    assert damage and len(set(records) - set(found)) <= 2
    assert max(found) == 150 == again.last_seq
    assert again.boot == 2
    assert save(again) == 151
    assert sorted(read_all(mounted(nor), 140)[0]) == list(range(140, 152))


def test_records_whose_epoch_is_lost_are_sent_as_damage_and_not_doubled():
    nor = Nor(4)
    journal = mounted(nor)
    for number in range(20):
        save(journal, number)
    for place in range(160):
        nor.data[place] &= 0xA5
    again = mounted(nor)
    assert again.epoch != journal.epoch
    assert save(again) == 1
    found, damage = read_all(again)
    assert sorted(found) == [1]
    assert len([piece for _, _, piece in damage if b"bookmark" in piece]) >= 18
    third = mounted(nor)
    assert third.epoch == again.epoch
    assert len(read_all(third)[1]) == len(damage)


def test_garbage_that_is_no_journal_is_taken_for_blank():
    nor = Nor(4)
    for place in range(len(nor.data)):
        nor.data[place] = place * 7919 >> 3 & 0xFF
    journal = mounted(nor)
    for number in range(200):
        assert save(journal, number)
    assert not read_all(journal)[1]


def test_a_journal_of_a_later_format_is_left_alone():
    nor = Nor(4)
    house = bytearray(80)
    text = b"=sector 2 something else"
    house[: len(text)] = text
    from firmware.core.line import seal

    length = seal(house, len(text))
    nor.data[:length] = house[:length]
    journal = Journal(nor, DEVICE)
    journal.mount()
    assert journal.problem == b"journal of another version"
    assert save(journal) == 0
    assert nor.operations == 0


def test_a_torn_record_is_sent_with_its_place_and_its_number_is_not_used_again():
    for how in (HALF, RANDOM, WEAK):
        nor = Nor(4)
        journal = mounted(nor)
        save(journal)
        nor.cut(0, how)
        try:
            save(journal)
            raise AssertionError("the power was cut")
        except PowerCutError:
            nor.power_up()
        again = mounted(nor)
        assert again.damaged == 1 and again.boot == 3
        assert save(again) >= 3
        records, damage = read_all(again)
        assert 2 not in records and len(damage) == 1
        serial, offset, piece = damage[0]
        assert bytes(nor.data[offset : offset + len(piece)]) == piece and serial == 0
        assert again.prepare()
        while again.prepare():
            pass
        gaps = [record.parse(line) for line in read_all(again)[0].values() if b" gap " in line]
        assert gaps[0].number("from") == 2 and gaps[0].number("to") == min(seq for seq in records if seq > 1) - 1


def test_damage_behind_the_asked_record_is_sent_and_damage_before_it_is_not():
    nor = Nor(4)
    journal = mounted(nor)
    for number in range(10):
        save(journal, number)
    place = bytes(nor.data).index(b"\n5 1 ") + 8
    nor.data[place] &= 0x55
    for from_seq, pieces in ((1, 1), (5, 1), (6, 1), (7, 0), (11, 0)):
        records, damage = read_all(journal, from_seq)
        assert sorted(records) == [seq for seq in range(from_seq, 11) if seq != 5]
        assert len(damage) == pieces, from_seq
    nor.data[bytes(nor.data).index(b"\n10 1 ") + 9] &= 0x55
    assert len(read_all(journal, 10)[1]) == 1
    assert len(read_all(journal, 11)[1]) == 1


def a_day(journal, confirmed, committed):
    """Presses, idle work and syncs: what was confirmed is noted in `confirmed` before anything else happens."""
    for number in range(60):
        seq = save(journal, number * 1000, record.BOOKMARK, b"quote and a text that makes the line much longer")
        if seq:
            assert seq not in confirmed, "a number used twice"
            confirmed[seq] = read_all(journal, seq)[0][seq]
        if not number % 9:
            journal.prepare()
        if number % 20 == 19:
            records, _ = read_all(journal)
            committed.update(records)
            last = max(records)
            commit(journal, journal.epoch, last, records[last][-9:-1])


def check_promise(nor, journal, confirmed, committed):
    records, damage = read_all(journal)
    for seq, line in confirmed.items():
        if seq in records:
            assert records[seq] == line
        else:
            assert seq in committed, f"lost: {seq}"
    unexpected = set(records) - set(confirmed)
    highest = max(confirmed) if confirmed else 0
    assert all(seq > 0 for seq in unexpected) and len(unexpected) <= 2, unexpected
    next_seq = save(journal)
    assert next_seq > highest and next_seq not in records
    for _ in range(60):
        while journal.prepare():
            pass
        if not save(journal):
            commit_all(journal)
            assert save(journal)
    return damage


def count_operations(start):
    nor = Nor(3)
    nor.data[:] = start
    before = nor.operations
    a_day(mounted(nor), {}, set())
    return nor.operations - before


def test_a_power_cut_at_every_operation_loses_nothing_confirmed():
    start = Nor(3).data
    cases = 0
    step = 1 if sys.implementation.name == "cpython" else 7
    for operation in range(0, count_operations(start), step):
        for how in (BEFORE, HALF, RANDOM, WEAK, AFTER):
            nor = Nor(3)
            nor.cut(operation, how)
            confirmed = {}
            committed = set()
            try:
                a_day(mounted(nor), confirmed, committed)
                raise AssertionError("the power was cut")
            except PowerCutError:
                nor.power_up()
            check_promise(nor, mounted(nor), confirmed, committed)
            cases += 1
    assert cases > 30


def test_a_driver_that_raises_once_loses_nothing_and_the_same_boot_goes_on():
    start = Nor(3).data
    step = 1 if sys.implementation.name == "cpython" else 9
    for operation in range(2, count_operations(start), step):
        nor = Nor(3)
        journal = mounted(nor)
        nor.fail(operation - nor.operations)
        confirmed = {}
        committed = set()
        a_day(journal, confirmed, committed)
        assert len(confirmed) >= 58
        check_promise(nor, mounted(nor), confirmed, committed)


def test_a_failing_flash_is_told_and_never_raised():
    nor = Nor(4)
    journal = mounted(nor)
    save(journal)
    nor.fail(0)
    assert save(journal) == 0
    assert journal.problem == b"flash error"
    assert save(journal) == 3
    assert journal.problem == b""


def test_a_flash_that_forgets_in_silence_is_caught_by_reading_back():
    nor = Nor(4)
    journal = mounted(nor)
    nor.fail(0, "lie")
    assert save(journal) == 0
    assert journal.problem == b"flash did not keep it"
    assert save(journal) == 2


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
