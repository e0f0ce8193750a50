"""A journal on the flash of tests/support/device/nor.py: what the tests of the journal do with it."""

from firmware.core.lines.sector_reader import DAMAGED, NOTHING, RECORD
from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from firmware.journal.reader import Cursor
from tests.support.device.laptop import record

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
