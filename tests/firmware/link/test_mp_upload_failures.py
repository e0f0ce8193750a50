"""An upload is installed completely or not at all, if it is interrupted, wrong or cannot be stored."""

import binascii
import io
import os
import sys

sys.path.insert(0, ".")

from firmware.core.lines.frame_limits import PACKED_BYTES
from firmware.link import upload as module
from firmware.link.upload import Upload
from tests.support.device.uploads import (
    BYTES,
    CRC,
    PATH,
    PLAIN,
    SIZE,
    content,
    crc_of,
    fresh,
    pack,
    refused,
    without_asyncio,
)


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


def test_a_new_upload_holds_nothing_and_can_unpack():
    upload = fresh()
    assert (upload.offset, upload.held, upload.can_unpack) == (0, 0, True)
    assert refused("offset", upload.end, SIZE, None), "nothing is expected"


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


def test_a_file_that_cannot_be_continued_is_closed_again():
    closed = []

    class Short:
        def seek(self, _offset, _whence=0):
            return 98

        def close(self):
            closed.append(True)

    upload = fresh()
    upload.begin(SIZE, CRC)
    upload.add(0, PLAIN[:99])
    upload = Upload(PATH, upload.suspend())
    module.open = lambda _path, _mode: Short()
    try:
        assert refused("offset", upload.add, 99, PLAIN[99:])
    finally:
        del module.open
    assert closed == [True]


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
