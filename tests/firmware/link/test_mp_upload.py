"""A file arrives in parts or in compressed blocks, whatever is repeated, damaged or out of order."""

import sys

sys.path.insert(0, ".")

from firmware.core.lines.frame_limits import PACKED_BYTES
from tests.support.device.uploads import (
    BYTES,
    CRC,
    PACKED,
    PLAIN,
    SIZE,
    content,
    crc_of,
    fresh,
    pack,
    refused,
    stored,
    without_asyncio,
)


def test_a_file_in_parts_is_put_in_place_and_every_step_may_be_repeated():
    upload = fresh()
    for _ in range(2):
        upload.begin(SIZE, CRC)
    for offset in range(0, SIZE, 99):
        for _ in range(2):
            upload.add(offset, PLAIN[offset : offset + 99])
        assert content() is None
    assert upload.end(SIZE, CRC) is True
    assert upload.end(SIZE, CRC) is False
    assert content() == PLAIN


def test_a_file_in_compressed_blocks():
    without_asyncio()
    upload = fresh()
    upload.begin(SIZE, CRC)
    pack(upload, 0, 0, PACKED[:18], 0)
    assert (upload.offset, upload.held) == (0, 18)
    pack(upload, 0, 0, PACKED[:18], 0)
    assert upload.held == 18
    pack(upload, 0, 18, PACKED[18:], SIZE)
    assert (upload.offset, upload.held) == (SIZE, 0)
    pack(upload, 0, 18, PACKED[18:], SIZE)
    assert (upload.offset, upload.held) == (SIZE, 0)
    assert upload.end(SIZE, CRC)
    assert content() == PLAIN


def test_a_damaged_block_changes_nothing_and_can_be_sent_again():
    without_asyncio()
    for spoiled in (b"", b"\x00", b"\xff" * 40, PACKED[:20], bytes(reversed(PACKED))):
        upload = fresh()
        upload.begin(SIZE, CRC)
        assert refused("packed", pack, upload, 0, 0, spoiled, SIZE), spoiled
        assert (upload.offset, upload.held) == (0, 0)
        pack(upload, 0, 0, PACKED, SIZE)
        assert upload.end(SIZE, CRC)
        assert content() == PLAIN


def test_bytes_beyond_the_end_or_out_of_order_are_refused():
    without_asyncio()
    upload = fresh()
    upload.begin(SIZE, CRC)
    assert refused("offset", upload.add, 1, b"x")
    assert refused("offset", upload.add, 0, b"x" * (SIZE + 1))
    assert refused("offset", pack, upload, 0, 5, b"x", 0)
    assert refused("offset", pack, upload, 0, 0, PACKED, SIZE + 1)
    assert refused("offset", pack, upload, 0, 0, b"x" * 1025, 0)
    assert upload.offset == 0


def test_without_deflate_a_block_is_refused_and_a_plain_part_is_not():
    import firmware.link.upload as module

    without_asyncio()
    real = module.deflate
    module.deflate = None
    try:
        upload = fresh()
        assert not upload.can_unpack
        upload.begin(SIZE, CRC)
        assert refused("unsupported", pack, upload, 0, 0, PACKED, SIZE)
        upload.add(0, PLAIN)
        assert upload.end(SIZE, CRC) and content() == PLAIN
    finally:
        module.deflate = real


def test_a_begin_drops_the_block_that_was_on_its_way():
    without_asyncio()
    upload = fresh()
    upload.begin(SIZE, CRC)
    pack(upload, 0, 0, PACKED[:18], 0)
    upload.begin(SIZE, CRC)
    assert refused("offset", pack, upload, 0, 18, PACKED[18:], SIZE)
    pack(upload, 0, 0, PACKED, SIZE)
    assert upload.end(SIZE, CRC) and content() == PLAIN


def test_a_block_of_the_largest_size_is_unpacked_and_a_larger_one_refused():
    without_asyncio()
    data = (BYTES * 2)[: PACKED_BYTES - 5]
    block = stored(data)
    assert len(block) == PACKED_BYTES
    upload = fresh()
    upload.begin(len(data), crc_of(data))
    pack(upload, 0, 0, block[:1000], 0)
    assert refused("offset", pack, upload, 0, 1000, block[1000:] + b"x", len(data))
    assert refused("offset", pack, upload, 0, 1001, block[1001:], len(data))
    pack(upload, 0, 1000, block[1000:], len(data))
    assert upload.end(len(data), crc_of(data)) and content() == data


def test_what_was_written_of_a_damaged_block_is_written_over():
    without_asyncio()
    upload = fresh()
    upload.begin(len(BYTES), crc_of(BYTES))
    upload.add(0, BYTES[:50])
    block = stored(BYTES[50:])
    assert refused("packed", pack, upload, 50, 0, block[:700], len(BYTES) - 50), "its end is missing"
    assert (upload.offset, upload.held) == (50, 0)
    pack(upload, 50, 0, block, len(BYTES) - 50)
    assert upload.end(len(BYTES), crc_of(BYTES)) and content() == BYTES


def test_bytes_of_an_earlier_block_do_not_complete_a_later_one():
    without_asyncio()
    upload = fresh()
    upload.begin(len(BYTES), crc_of(BYTES))
    block = stored(BYTES)
    pack(upload, 0, 0, block, 0)
    assert refused("packed", pack, upload, 0, 0, block[:-1], len(BYTES)), "the last byte is still in the buffer"
    for length, damaged in ((900, BYTES[:300]), (300, BYTES[:299])):
        assert refused("packed", pack, upload, 0, 0, stored(damaged), length), "it unpacks to less"
    pack(upload, 0, 0, block, len(BYTES))
    assert upload.offset == len(BYTES)


def test_unpacking_gives_the_others_a_turn_after_each_256_bytes():
    import firmware.link.upload as module

    turns = []

    class Tasks:
        @staticmethod
        def sleep_ms(ms):
            turns.append(ms)
            yield

    before = module.asyncio
    module.asyncio = Tasks
    try:
        for size, expected in ((256, 1), (257, 2), (512, 2), (513, 3)):
            upload = fresh()
            upload.begin(size, crc_of(BYTES[:size]))
            del turns[:]
            pack(upload, 0, 0, stored(BYTES[:size]), size)
            assert turns == [0] * expected, size
            assert upload.offset == size
    finally:
        module.asyncio = before
