"""A sync does not read a log whose content is known; after any change to the log, no record is missed."""

import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive import journal_log, log_cache
from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.log_cache import Numbers
from clapmark.sync.sync import sync
from tests.support.archive.journal_text import DEVICE, EPOCH, line
from tests.support.device.sync_device import JournalOnDevice, journal_of, laptop


@pytest.fixture
def archive(tmp_path):
    init_archive(tmp_path)
    return Archive(tmp_path)


@given(st.lists(st.integers(1, 40)))
def test_numbers_are_a_set_of_runs(numbers):
    found = Numbers()
    for number in numbers:
        found.add(number)
    assert [number for number in range(42) if number in found] == sorted(set(numbers))
    assert found.last == max(numbers, default=0)
    assert all(one[1] + 1 < other[0] for one, other in zip(found.runs, found.runs[1:], strict=False))


def more(device: JournalOnDevice, count: int = 1) -> None:
    for _ in range(count):
        seq = int(device.lines[-1].split()[0]) + 1
        device.items.append(line(seq, 1, seq * 1_000, "bookmark", tag="idea"))


def test_a_sync_with_something_new_does_not_read_the_log(archive, monkeypatch):
    device = JournalOnDevice(journal_of(50), archive)
    sync(device, archive, laptop())
    read = []
    real = journal_log._read
    monkeypatch.setattr(journal_log, "_read", lambda path: read.append(path.name) or real(path))
    for _ in range(3):
        more(device, 10)
        result = sync(device, archive, laptop())
        assert (result.new, result.already_there) == (10, 1)
    assert f"{EPOCH}.log" not in read
    assert archive.log_path(DEVICE, EPOCH).read_bytes() == b"".join(device.lines)


def rewritten(path, data: bytes) -> None:
    """Put other bytes in the file and give it back its old times, as a backup does."""
    times = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def without_third(path):
    lines = path.read_bytes().splitlines(keepends=True)
    rewritten(path, b"".join(lines[:2] + lines[3:]))


def damaged_in_the_middle(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    rewritten(path, bytes(data))


def torn(path):
    rewritten(path, path.read_bytes()[:-20])


def with_a_merged_line(path):
    rewritten(path, line(900, 1, 7, "bookmark", tag="x") + path.read_bytes())


def gone(path):
    path.unlink()


def copied(path):
    shutil.copy2(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").rename(path)


CHANGES = (without_third, damaged_in_the_middle, torn, with_a_merged_line, gone, copied)


@pytest.mark.parametrize("memory", ["kept", "lost", "damaged", "of another log"])
@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_of_the_log_the_sync_fetches_what_is_missing(archive, tmp_path, change, memory):
    device = JournalOnDevice(journal_of(30), archive)
    sync(device, archive, laptop())
    (kept,) = (tmp_path / ".clapmark").rglob(f"{EPOCH}.json")
    if memory == "lost":
        kept.unlink()
    elif memory == "damaged":
        kept.write_bytes(kept.read_bytes()[:-9])
    elif memory == "of another log":
        kept.write_text('{"version": 1, "stamp": [1, 2, 3, 4], "end_crc": 0, "runs": [[1, 99]], "newest": []}')
    log = archive.log_path(DEVICE, EPOCH)
    change(log)
    sync(device, archive, laptop())
    assert set(device.lines) <= set(log.read_bytes().splitlines(keepends=True))


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from([*CHANGES, None]), max_size=6))
def test_after_any_history_every_record_of_the_device_is_in_the_log(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("archive")
    init_archive(folder)
    archive = Archive(folder)
    device = JournalOnDevice(journal_of(12), archive)
    log = archive.log_path(DEVICE, EPOCH)
    sync(device, archive, laptop())
    for change in steps:
        if change is None:
            more(device, 3)
        elif log.exists() and log.read_bytes().count(b"\n") > 4:
            change(log)
        sync(device, archive, laptop())
        assert set(device.lines) <= set(log.read_bytes().splitlines(keepends=True))


@pytest.mark.parametrize("what", ["time of the content", "time of anything"])
def test_a_log_of_the_same_size_with_another_time_is_not_believed_to_be_the_same(archive, monkeypatch, what):
    """The change is in the middle, where neither the size nor the end of the log shows it."""
    device = JournalOnDevice(journal_of(300), archive)
    sync(device, archive, laptop())
    log = archive.log_path(DEVICE, EPOCH)
    before = log_cache.stamp_of(log)
    damaged_in_the_middle(log)
    after = log_cache.stamp_of(log)
    # one of the two times differs, as on a file system that keeps only that one
    kept = 3 if what == "time of the content" else 2
    shown = tuple(before[place] if place == kept else after[place] for place in range(4))
    if what == "time of the content":
        shown = (*shown[:2], before[2] + 1, before[3])
    monkeypatch.setattr(log_cache, "stamp_of", lambda _: shown)
    assert log_cache.recall(archive, DEVICE, EPOCH) is None


def test_a_log_that_somebody_changes_during_the_sync_is_read_the_next_time(archive, tmp_path):
    device = JournalOnDevice(journal_of(30), archive)
    sync(device, archive, laptop())
    log = archive.log_path(DEVICE, EPOCH)
    more(device, 3)
    real = device.records

    def records(from_seq, progress=None):
        for number, item in enumerate(real(from_seq, progress)):
            if number == 1:
                without_third(log)
            yield item

    device.records = records
    device.commit = lambda *_: None  # the double of the tests would rightly refuse it: somebody deleted a record
    sync(device, archive, laptop())
    device.records = real
    sync(device, archive, laptop())
    assert set(device.lines) <= set(log.read_bytes().splitlines(keepends=True))
