"""The reader of a sector separates lines from damage, byte for byte; no line is lost next to a damaged byte."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector_reader import DAMAGED, HOUSEKEEPING, NOTHING, RECORD, SectorReader

END = 2048


class Blocks:
    """One sector in memory."""

    def __init__(self, data):
        self.data = data + b"\xff" * (END - len(data))

    def readblocks(self, _block, buffer, offset):
        buffer[:] = self.data[offset : offset + len(buffer)]


def line(text):
    writer = LineWriter(120)
    writer.raw(text)
    writer.seal()
    return bytes(writer.line[: writer.length])


def read(data, low_seq=1, high_seq=1000):
    """Return what is found in a sector that begins with `data`, as (kind, offset, bytes)."""
    reader = SectorReader(Blocks(data))
    reader.open(0, 0, low_seq)
    found = []
    while True:
        kind = reader.next(END, high_seq)
        if kind == NOTHING:
            return found
        found.append((kind, reader.offset, bytes(reader.line[: reader.length])))


RECORDS = [line(b"%d 1 %d bookmark tag=note" % (seq, 1000 * seq)) for seq in range(1, 5)]


def test_damage_of_any_length_between_two_records_costs_only_itself():
    for length in (1, 2, 3, 15, 16, 17, 100, 255):
        damage = b"\x00" * length
        data = RECORDS[0] + damage + RECORDS[1]
        assert read(data) == [
            (RECORD, 0, RECORDS[0]),
            (DAMAGED, len(RECORDS[0]), damage),
            (RECORD, len(RECORDS[0]) + length, RECORDS[1]),
        ], length


def test_long_damage_comes_in_pieces_without_a_gap():
    damage = b"\x00" * 700
    found = read(RECORDS[0] + damage + RECORDS[1])
    assert [one[0] for one in found] == [RECORD, DAMAGED, DAMAGED, DAMAGED, RECORD]
    assert b"".join(one[2] for one in found) == RECORDS[0] + damage + RECORDS[1]


def test_single_blank_bytes_belong_to_the_damage_and_a_blank_run_ends_it():
    torn = b"\x00\xff\x00\xff\xff\x00"
    assert read(torn + b"\xff" * 16 + RECORDS[0]) == [(DAMAGED, 0, torn), (RECORD, len(torn) + 16, RECORDS[0])]


def test_a_record_is_one_only_with_a_number_in_its_range():
    data = RECORDS[1] + RECORDS[1] + RECORDS[0] + RECORDS[2] + RECORDS[3]
    kinds = [one[0] for one in read(data, 2, 4)]
    assert kinds == [RECORD, DAMAGED, DAMAGED, RECORD, DAMAGED]
    assert [one[0] for one in read(RECORDS[0], 2)] == [DAMAGED]


def test_both_copies_of_a_header_and_what_one_leaves_are_housekeeping():
    header = line(b"=sector 1 a1b2 q1 1 1 0 1")
    assert [one[0] for one in read(header + header + RECORDS[0])] == [HOUSEKEEPING, HOUSEKEEPING, RECORD]
    for copies in (b"\x00" * len(header) + header, header + b"\x00" * len(header)):
        assert [one[0] for one in read(copies + RECORDS[0])] == [HOUSEKEEPING, HOUSEKEEPING, RECORD]
    assert read(b"\x00" * len(header) + RECORDS[0])[0][0] == DAMAGED
