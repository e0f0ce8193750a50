"""The header of a sector: as the page describes it, read from either of its two copies."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines import sector
from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector import HEADER_BYTES, write_header
from firmware.core.lines.sector_header import parse_header, read_header

SHORTEST = (b"a1b2c3d4e5f6", b"0A1B2C3D", 0, 1, 0, 1)
LONGEST = (b"a1b2c3d4e5f6", b"0A1B2C3D", 12_345_678, 1_073_741_823, 1_073_741_822, 654_321)


class Blocks:
    """One sector in memory that counts how often it is read."""

    def __init__(self, data):
        self.data = data + b"\xff" * (4096 - len(data))
        self.reads = 0

    def readblocks(self, _block, buffer, offset):
        self.reads += 1
        buffer[:] = self.data[offset : offset + len(buffer)]


def line_of(values):
    writer = LineWriter(HEADER_BYTES)
    writer.raw(b"what was written before")
    length = write_header(writer, *values)
    return bytes(writer.line[:length])


def read(data):
    """Return (the header's values or None, how often the sector was read)."""
    blocks = Blocks(data)
    header = read_header(blocks, 0, bytearray(HEADER_BYTES))
    if header is None:
        return None, blocks.reads
    assert header.format == 1
    values = (header.device, header.epoch, header.serial, header.first_seq, header.committed_seq, header.boot)
    return values, blocks.reads


def test_a_header_is_one_line_with_everything_that_a_start_needs():
    assert line_of(SHORTEST).split(b" *")[0] == b"=sector 1 a1b2c3d4e5f6 0A1B2C3D 0 1 0 1"
    assert line_of(LONGEST).split(b" *")[0] == (
        b"=sector 1 a1b2c3d4e5f6 0A1B2C3D 12345678 1073741823 1073741822 654321"
    )
    assert len(line_of(LONGEST)) == HEADER_BYTES == 80


def test_the_other_sizes_are_those_of_the_page_too():
    longest = line_of(LONGEST)  # with the highest number but one
    assert int(longest.split(b" ")[5]) == sector.MAX_SEQ - 1
    assert (sector.FORMAT, sector.SECTOR_BYTES, sector.MAX_RECORD_BYTES) == (1, 4096, 120)
    assert sector.NUMBERS_OF_TWO_SECTORS == 2 * (4096 // 18) == 454


def test_the_second_copy_is_read_only_where_the_first_is_damaged():
    for values in (SHORTEST, LONGEST):
        line = line_of(values)
        assert read(line + line) == (values, 1)
        for position in range(len(line)):
            for byte in (0x00, 0xFF, line[position] ^ 1):
                damaged = line[:position] + bytes([byte]) + line[position + 1 :]
                assert read(damaged + line) == (values, 2), (position, byte)


def test_two_damaged_copies_are_no_header():
    line = line_of(SHORTEST)
    damaged = line[:20] + b"?" + line[21:]
    assert read(damaged + damaged) == (None, 2)
    assert read(b"\x00" * (2 * len(line))) == (None, 2)


def test_a_blank_sector_is_read_once_and_has_none():
    assert read(b"") == (None, 1)


def test_a_whole_line_that_is_no_header_is_none():
    for body in (b"1 1 100 bookmark tag=note", b"=commit 5 00000000", b"=sectors 1 a b 0 1 0 1"):
        writer = LineWriter(60)
        writer.raw(body)
        line = bytes(writer.line[: writer.seal()])
        assert parse_header(line, 0) is None and read(line)[0] is None, body


def test_a_header_is_found_where_it_begins():
    line = line_of(SHORTEST)
    assert parse_header(b"??" + line, 2).boot == 1
    assert parse_header(line[:-1], 0) is None, "its end is missing"


def test_of_a_later_format_only_the_format_is_known():
    writer = LineWriter(60)
    writer.raw(b"=sector 2 something else")
    header = read_header(Blocks(bytes(writer.line[: writer.seal()])), 0, bytearray(HEADER_BYTES))
    assert header.format == 2 and not hasattr(header, "serial")
