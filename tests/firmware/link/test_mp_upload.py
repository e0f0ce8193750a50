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
