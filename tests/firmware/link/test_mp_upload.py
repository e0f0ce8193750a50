"""An upload is installed completely or not at all, if anything is interrupted, repeated or damaged."""

import binascii
import io
import os
import sys

sys.path.insert(0, ".")

from firmware.core.lines.frame_limits import PACKED_BYTES
from firmware.link.request import RequestError
from firmware.link.upload import Upload

PATH = "build/test-upload-%d.txt" % (64 if sys.maxsize > 1 << 32 else 32)
PLAIN = b"a schedule of the compact kind\n" * 10
PACKED = binascii.a2b_base64(b"S1QoTs5ITSnNSVXIT1MoyUhVSM7PLUhMLlHIzsxL4UoclcYmDQA=")
SIZE = len(PLAIN)
CRC = b"%08X" % binascii.crc32(PLAIN)


def fresh():
    for path in (PATH, PATH + ".new"):
        if path.split("/")[1] in os.listdir("build"):
            os.remove(path)
    return Upload(PATH)


def content():
    try:
        with open(PATH, "rb") as file:
            return file.read()
    except OSError:
        return None


def refused(code, function, *arguments):
    try:
        function(*arguments)
    except RequestError as error:
        assert error.args[0] == code, error.args
        return True
    return False


def pack(upload, offset, at, data, length):
    """Run the coroutine to its end."""
    task = upload.add_packed(offset, at, data, length)
    try:
        while True:
            task.send(None)
    except StopIteration:
        pass


def without_asyncio():
    """Let `await asyncio.sleep_ms(0)` return at once: there is no loop here."""
    import firmware.link.upload as module

    class Tasks:
        @staticmethod
        def sleep_ms(_ms):
            yield

    module.asyncio = Tasks


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


def test_an_abandoned_upload_goes_on_where_it_stopped_in_buffers_that_others_have_used():
    without_asyncio()
    packed, chunk = io.BytesIO(PACKED_BYTES), memoryview(bytearray(480))
    upload = Upload(PATH, fresh().suspend(), packed, chunk)
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN[:99])
    pack(upload, 99, 0, b"abc", 0)
    kept = upload.suspend()
    assert upload._file is None
    packed.seek(0)
    packed.write(b"x" * 500)
    upload = Upload(PATH, kept, packed, chunk)
    upload.begin(SIZE, CRC)
    assert (upload.offset, upload.held) == (99, 0)
    for offset in range(99, SIZE, 99):
        kept = upload.suspend()
        upload = Upload(PATH, kept)
        upload.add(offset, PLAIN[offset : offset + 99])
    upload = Upload(PATH, upload.suspend())
    assert upload.end(SIZE, CRC)
    assert content() == PLAIN
    assert Upload(PATH, upload.suspend()).end(SIZE, CRC) is False


def test_a_file_that_vanished_meanwhile_begins_again():
    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN[:99])
    kept = upload.suspend()
    os.remove(PATH + ".new")
    upload = Upload(PATH, kept)
    upload.begin(SIZE, CRC)
    assert upload.offset == 0


def test_the_wrong_bytes_are_never_put_in_place():
    upload = fresh()
    for size, crc in ((SIZE, b"00000000"), (SIZE, b"%08X" % (binascii.crc32(PLAIN) ^ 1))):
        upload.begin(size, crc)
        upload.add(0, PLAIN)
        assert refused("crc", upload.end, size, crc)
        assert refused("offset", upload.end, size, crc)
        assert content() is None


def test_an_end_without_its_bytes_is_no_success():
    upload = fresh()
    assert refused("offset", upload.end, SIZE, CRC)
    assert refused("offset", upload.end, 0, b"00000000")
    upload.begin(SIZE, CRC)
    assert refused("offset", upload.end, SIZE, CRC)
    upload.add(0, PLAIN[:100])
    assert refused("offset", upload.end, SIZE, CRC)
    assert refused("offset", upload.end, 100, CRC)
    assert content() is None


def test_an_end_after_a_begin_that_failed_is_no_success():
    upload = Upload("build/there-is-no-such-folder/file.txt")
    assert refused("file", upload.begin, SIZE, CRC)
    assert refused("offset", upload.end, SIZE, CRC)
    assert refused("offset", upload.add, 0, PLAIN)


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


def stored(data):
    """Return `data` as raw deflate that stores it as it is."""
    size = len(data)
    return bytes((1, size & 255, size >> 8, size & 255 ^ 255, size >> 8 ^ 255)) + data


BYTES = bytes([(number * 7 + number // 256) & 255 for number in range(900)])


def crc_of(data):
    return b"%08X" % binascii.crc32(data)


def test_a_new_upload_holds_nothing_and_can_unpack():
    upload = fresh()
    assert (upload.offset, upload.held, upload.can_unpack) == (0, 0, True)
    assert refused("offset", upload.end, SIZE, None), "nothing is expected"


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


def test_a_second_file_follows_the_first_in_the_same_upload():
    upload = fresh()
    for data in (PLAIN, BYTES[:100], b"", PLAIN):
        upload.begin(len(data), crc_of(data))
        assert upload.offset == 0
        upload.add(0, data)
        assert upload.end(len(data), crc_of(data)) is True
        assert content() == data and upload._file is None


def test_a_file_that_was_installed_may_be_sent_once_more():
    upload = fresh()
    for _ in range(2):
        upload.begin(SIZE, CRC)
        assert upload.offset == 0
        upload.add(0, PLAIN)
        assert upload.end(SIZE, CRC) is True


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


def test_a_wrong_file_of_no_bytes_is_refused_once_and_then_unknown():
    upload = fresh()
    upload.begin(0, b"12345678")
    assert refused("crc", upload.end, 0, b"12345678")
    assert refused("offset", upload.end, 0, b"12345678")


def test_a_part_before_its_begin_is_refused_even_if_there_is_a_file_of_an_earlier_one():
    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN[:99])
    upload.suspend()
    upload = Upload(PATH)  # after a reset
    assert refused("offset", upload.add, 0, PLAIN[:99])
    assert refused("offset", upload.end, SIZE, CRC)
    upload.begin(SIZE, CRC)
    assert upload.offset == 0


def test_an_interrupted_file_goes_on_at_the_byte_that_was_received_whatever_stands_behind_it():
    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN[:99])
    kept = upload.suspend()
    with open(PATH + ".new", "ab") as file:
        file.write(b"?" * 50)
    upload = Upload(PATH, kept)
    upload.begin(SIZE, CRC)
    assert upload.offset == 99
    upload.add(99, PLAIN[99:])
    assert upload.end(SIZE, CRC) and content() == PLAIN


def test_an_interrupted_file_that_lost_a_byte_begins_again():
    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN[:99])
    kept = upload.suspend()
    with open(PATH + ".new", "wb") as file:
        file.write(PLAIN[:98])
    for action in ("add", "end"):
        upload = Upload(PATH, kept)
        if action == "add":
            assert refused("offset", upload.add, 99, PLAIN[99:])
        else:
            assert refused("offset", upload.end, SIZE, CRC)
    upload = Upload(PATH, kept)
    upload.begin(SIZE, CRC)
    assert upload.offset == 0


class Broken:
    """A file on a file system that fails at these calls."""

    def __init__(self, *calls):
        self.calls = calls
        self.is_closed = False

    def write(self, _data):
        if "write" in self.calls:
            raise OSError(28)

    def close(self):
        self.is_closed = True
        if "close" in self.calls:
            raise OSError(28)


def test_a_file_system_that_fails_ends_the_upload_which_then_begins_again():
    for calls in (("write",), ("write", "close")):
        upload = fresh()
        upload.begin(SIZE, CRC)
        upload._file.close()
        upload._file = broken = Broken(*calls)
        assert refused("file", upload.add, 0, PLAIN)
        assert broken.is_closed and upload._file is None and upload.offset == 0
        assert refused("offset", upload.add, 0, PLAIN), "it has to begin again"
    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN)
    upload._file.close()
    upload._file = Broken("close")
    assert refused("file", upload.end, SIZE, CRC)
    assert upload.offset == 0
    assert refused("offset", upload.end, SIZE, CRC)
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN)
    upload._file.close()
    upload._file = Broken("close")
    kept = upload.suspend()
    upload = Upload(PATH, kept)
    upload.begin(SIZE, CRC)
    assert upload.offset == 0, "how much of it is in the file is unknown"


def test_a_file_that_cannot_be_renamed_is_refused_and_begins_again():
    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN)
    os.mkdir(PATH)
    try:
        assert refused("file", upload.end, SIZE, CRC)
        assert upload.offset == 0
        assert refused("offset", upload.end, SIZE, CRC)
    finally:
        os.rmdir(PATH)
