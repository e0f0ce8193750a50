"""A board without a journal partition: the journal on files in a real LittleFS."""

import os
import sys

sys.path.insert(0, ".")

from firmware.core.lines.sector_reader import NOTHING, RECORD
from firmware.drivers.file_blocks import FileBlocks
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from firmware.journal.reader import Cursor
from tests.support.device.laptop import record

DEVICE = b"a1b2c3d4e5f6"


class RamBlocks:
    """Enough of a block device for LittleFS."""

    def __init__(self):
        self.data = bytearray(64 * 4096)

    def readblocks(self, block, buffer, offset=0):
        start = block * 4096 + offset
        for position in range(len(buffer)):
            buffer[position] = self.data[start + position]

    def writeblocks(self, block, buffer, offset=None):
        start = block * 4096 + (offset or 0)
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, request, argument):
        return {4: 64, 5: 4096}.get(request, 0)


def with_littlefs(test):
    ram = RamBlocks()
    os.VfsLfs2.mkfs(ram)
    os.mount(os.VfsLfs2(ram), "/flash")
    try:
        test(ram)
    finally:
        os.umount("/flash")


def save(journal, number):
    journal.begin(record.BOOKMARK, number).text_field(b"tag", b"note")
    return journal.save()


def count_records(journal):
    cursor = Cursor(journal)
    count = 0
    while True:
        found = cursor.next()
        if found == NOTHING:
            return count
        count += found == RECORD


def test_records_survive_a_restart_and_the_ring_goes_round():
    def check(ram):
        journal = Journal(FileBlocks("/flash/journal", 4), DEVICE)
        journal.mount()
        assert journal.problem == b""
        for number in range(1, 400):
            assert save(journal, number) == number
            if not number % 90:
                os.umount("/flash")
                os.mount(os.VfsLfs2(ram), "/flash")
                before = journal.committed_seq
                journal = Journal(FileBlocks("/flash/journal", 4), DEVICE)
                journal.mount()
                assert journal.committed_seq == before
                assert journal.last_seq == number and count_records(journal) >= min(number, 90)
                cursor = Cursor(journal)
                cursor.seek(number)
                while cursor.next() != RECORD:
                    pass
                assert commit(journal, journal.epoch, number, bytes(cursor.line[-9:-1])) == b""
            journal.prepare()

    with_littlefs(check)


def test_a_byte_is_not_programmed_twice():
    def check(_ram):
        blocks = FileBlocks("/flash/journal", 3)
        blocks.writeblocks(1, b"abc", 0)
        blocks.writeblocks(1, b"def", 10)
        try:
            blocks.writeblocks(1, b"x", 5)
            raise AssertionError("programmed twice")
        except OSError:
            pass
        buffer = bytearray(16)
        blocks.readblocks(1, buffer, 0)
        assert buffer == b"abc" + b"\xff" * 7 + b"def" + b"\xff" * 3
        assert blocks.ioctl(6, 1) == 0 and blocks.ioctl(6, 1) == 0
        blocks.readblocks(1, buffer, 0)
        assert buffer == b"\xff" * 16

    with_littlefs(check)
