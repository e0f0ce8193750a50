"""Damage in flash is reported, with its place and its bytes, and hides nothing next to it."""

import sys

sys.path.insert(0, ".")

from firmware.journal.journal import Journal
from tests.support.device.journal_device import DEVICE, commit_all, mounted, read_all, save
from tests.support.device.laptop import record
from tests.support.device.nor import AFTER, BEFORE, HALF, RANDOM, WEAK, Nor, PowerCutError


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
    from firmware.core.lines.line import seal

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
