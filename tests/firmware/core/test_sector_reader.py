"""The reader of a sector separates lines from damage, byte for byte; no line is lost next to a damaged byte."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector_reader import (
    DAMAGED,
    HOUSEKEEPING,
    NOTHING,
    RECORD,
    SectorReader,
    leading_seq,
)

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


def test_what_a_step_found_has_a_kind_a_place_a_length_and_a_record_its_number():
    assert (NOTHING, RECORD, HOUSEKEEPING, DAMAGED) == (0, 1, 2, 3)
    reader = SectorReader(Blocks(b"".join(RECORDS)))
    assert (reader.length, reader.offset, reader.seq, len(reader.line)) == (0, 0, 0, 512)
    reader.open(0, 0, 1)
    place = 0
    for number in range(4):
        assert reader.next(END, 1000) == RECORD
        assert (reader.seq, reader.offset, reader.length) == (number + 1, place, len(RECORDS[number]))
        assert bytes(reader.line) == RECORDS[number] and reader.low_seq == number + 2
        place += len(RECORDS[number])
        assert reader.end_offset == place
    assert reader.next(END, 1000) == NOTHING
    assert reader.end_offset == END, "behind the blank bytes"


def test_a_reader_that_is_opened_again_forgets_where_it_was():
    header = line(b"=sector 1 a1b2 q1 1 1 0 1")
    sectors = [header + b"\x00" * len(header) + RECORDS[1], RECORDS[0] + b"\x00" * 20 + RECORDS[2]]

    class Two:
        def readblocks(self, block, buffer, offset):
            data = sectors[block] + b"\xff" * END
            buffer[:] = data[offset : offset + len(buffer)]

    reader = SectorReader(Two())
    for _ in range(2):
        reader.open(0, 0, 1)
        assert [reader.next(END, 9) for _ in range(4)] == [HOUSEKEEPING, HOUSEKEEPING, RECORD, NOTHING]
        reader.open(1, len(RECORDS[0]), 2)
        assert [reader.next(END, 9) for _ in range(2)] == [DAMAGED, RECORD] and reader.seq == 3
        assert reader.offset == len(RECORDS[0]) + 20
        reader.open(1, 0, 1)
        assert [reader.next(END, 9) for _ in range(3)] == [RECORD, DAMAGED, RECORD]


def test_a_record_is_whole_wherever_blank_bytes_or_damage_have_put_it():
    short = line(b"1 1 5 undo of=1")
    long = line(b"2 1 5 bookmark tag=" + b"x" * 90)
    assert len(long) == 120
    for length in (16, 17, 100, 255, 256, 257, 300, 383, 384, 385, 391, 392, 393, 400, 480, 511, 512, 513, 600, 1100):
        assert read(b"\xff" * length + short + long) == [(RECORD, length, short), (RECORD, length + len(short), long)]
        found = read(b"\x00" * length + short + long)
        assert [one[0] for one in found[-2:]] == [RECORD, RECORD] and found[-2][1] == length
        pieces = [one[2] for one in found[:-2]]
        assert b"".join(pieces) == b"\x00" * length and len(pieces) == -(-length // 256), length
        assert max([len(piece) for piece in pieces]) <= 256


def test_lines_of_every_length_follow_each_other_through_the_window():
    lines = [line(b"%d 1 5 bookmark tag=%s" % (number, b"x" * (number * 7 % 80))) for number in range(1, 28)]
    data = b"".join(lines)
    assert len(data) < END
    assert [(one[0], one[2]) for one in read(data)] == [(RECORD, one) for one in lines]


def test_nothing_is_read_at_or_behind_the_end_that_was_asked_for():
    data = RECORDS[0] + RECORDS[1]

    class Watched(Blocks):
        most = 0

        def readblocks(self, block, buffer, offset):
            self.most = max(self.most, offset + len(buffer))
            super().readblocks(block, buffer, offset)

    for end, expected in (
        (len(RECORDS[0]), [RECORD]),
        (len(data), [RECORD, RECORD]),
        (len(data) - 1, [RECORD, DAMAGED]),
    ):
        blocks = Watched(data)
        reader = SectorReader(blocks)
        reader.open(0, 0, 1)
        found = []
        while len(found) < 9:
            found.append(reader.next(end, 9))
            if found[-1] == NOTHING:
                break
        assert found == expected + [NOTHING] and blocks.most == end
        assert reader.end_offset == end


def test_every_byte_of_a_sector_is_read_once_and_in_few_reads():
    class Counting(Blocks):
        def __init__(self, data):
            super().__init__(data)
            self.lengths = []

        def readblocks(self, block, buffer, offset):
            self.lengths.append(len(buffer))
            super().readblocks(block, buffer, offset)

    for data in (b"".join(RECORDS) * 9, b"\x00" * 1500, b"", RECORDS[0] + b"\xff" * 900 + b"\x00"):
        blocks = Counting(data)
        reader = SectorReader(blocks)
        reader.open(0, 0, 1)
        while reader.next(END, 1000) != NOTHING:
            pass
        assert sum(blocks.lengths) == END and min(blocks.lengths) > 0
        assert len(blocks.lengths) <= 1 + (END - 512) // 128, len(blocks.lengths)


def test_a_line_is_from_13_to_120_bytes_long():
    assert read(line(b"=")) == [(DAMAGED, 0, line(b"="))]
    assert read(line(b"=a")) == [(HOUSEKEEPING, 0, line(b"=a"))]
    assert read(line(b"1 ")) == [(RECORD, 0, line(b"1 "))]
    longest = line(b"1 " + b"x" * 107)
    assert len(longest) == 120 and read(longest) == [(RECORD, 0, longest)]
    writer = LineWriter(121)
    writer.raw(b"1 " + b"x" * 108)
    writer.seal()
    assert [one[0] for one in read(bytes(writer.line))] == [DAMAGED]


def test_a_line_begins_with_an_equals_sign_or_a_digit_but_zero():
    for first, kind in (
        (b"1", RECORD),
        (b"9", RECORD),
        (b"0", DAMAGED),
        (b":", DAMAGED),
        (b"/", DAMAGED),
        (b"a", DAMAGED),
    ):
        assert [one[0] for one in read(line(first + b" 1 5 x"))] == [kind], first


def test_a_line_with_a_wrong_crc_or_without_its_mark_is_damage():
    good = RECORDS[0]
    for position in range(len(good)):
        data = good[:position] + bytes([good[position] ^ 4]) + good[position + 1 :]
        assert [one[0] for one in read(data + RECORDS[1])] == [DAMAGED, RECORD], position


def test_the_number_of_a_line_is_what_it_begins_with_up_to_a_space():
    for text, number in (
        (b"1 ", 1),
        (b"9 x", 9),
        (b"12 34", 12),
        (b"1073741823 ", 1_073_741_823),
        (b"007 ", 7),
        (b"0 ", 0),
        (b" 1 ", -1),
        (b"12", -1),
        (b"", -1),
        (b"1x ", -1),
        (b"1/ ", -1),
        (b"1: ", -1),
        (b"-1 ", -1),
    ):
        assert leading_seq(text, len(text)) == number, text
    assert leading_seq(b"12 ", 2) == -1 and leading_seq(b"12 ", 3) == 12


def test_fifteen_blank_bytes_in_a_row_are_part_of_the_damage_and_sixteen_are_its_end():
    torn = b"\x00" + b"\xff" * 15 + b"\x00" + b"\xff" * 15 + b"\x00"
    assert read(torn) == [(DAMAGED, 0, torn)]
    assert read(b"\x00" + b"\xff" * 16 + b"\x01") == [(DAMAGED, 0, b"\x00"), (DAMAGED, 17, b"\x01")]


def test_a_piece_of_damage_ends_with_a_byte_that_is_not_blank():
    for length in (252, 253, 254, 255):
        first = b"\x00" * length
        assert read(first + b"\xff" * (256 - length) + b"\x01" * 10) == [
            (DAMAGED, 0, first),
            (DAMAGED, 256, b"\x01" * 10),
        ]


def test_a_damaged_header_is_housekeeping_only_where_a_copy_of_it_is_whole():
    header = line(b"=sector 1 a1b2 q1 1 1 0 1")
    size = len(header)
    commit = line(b"=commit 1 00000000")
    for data, kinds in (
        (b"\x00" * size + header, [HOUSEKEEPING, HOUSEKEEPING]),
        (b"\x00" * (size - 3) + header, [HOUSEKEEPING, HOUSEKEEPING]),
        (b"\x00" * size + commit, [DAMAGED, HOUSEKEEPING]),
        (b"\x00" * size + RECORDS[0], [DAMAGED, RECORD]),
        (b"\x00" * size, [DAMAGED]),
        (header + b"\x00" * size + RECORDS[0], [HOUSEKEEPING, HOUSEKEEPING, RECORD]),
        (header + b"\x00" * (size - 3) + RECORDS[0], [HOUSEKEEPING, HOUSEKEEPING, RECORD]),
        (header + b"\x00" * (size + 1) + RECORDS[0], [HOUSEKEEPING, DAMAGED, RECORD]),
        (header + header + b"\x00" * size + RECORDS[0], [HOUSEKEEPING, HOUSEKEEPING, DAMAGED, RECORD]),
        (header + RECORDS[0] + b"\x00" * 5 + RECORDS[1], [HOUSEKEEPING, RECORD, DAMAGED, RECORD]),
        (RECORDS[0] + b"\x00" * 5 + header, [RECORD, DAMAGED, HOUSEKEEPING]),
        (b"\xff\x00" + b"\xff" * 20 + RECORDS[0], [DAMAGED, RECORD]),
    ):
        assert [one[0] for one in read(data)] == kinds, data


def test_a_flash_that_cannot_be_read_says_so():
    class Broken:
        def readblocks(self, _block, buffer, offset):
            raise OSError(5)

    reader = SectorReader(Broken())
    reader.open(0, 0, 1)
    try:
        reader.next(END, 9)
    except OSError:
        return
    raise AssertionError("nothing was raised")
