"""The sync cut at any instant: nothing is lost, nothing comes twice, nothing is committed that is not on the disk."""

import contextlib
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journals import read_journals
from clapmark.archive.record import parse
from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode
from clapmark.link.client import LinkClient, SerialTransport
from clapmark.link.frame_reader import Damaged
from clapmark.sync.sync import sync
from tests.support.archive.conference import utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line
from tests.support.device.link_on_pty import Device
from tests.support.device.sync_device import CableCutError, JournalOnDevice, everything, journal_of, laptop


@pytest.fixture
def archive(tmp_path):
    init_archive(tmp_path)
    return Archive(tmp_path)


def test_a_sync_cut_at_any_instant_is_made_good_by_the_next(tmp_path):
    log = journal_of(12)
    cut = 0
    while True:
        cut += 1
        folder = tmp_path / str(cut)
        init_archive(folder)
        archive = Archive(folder)
        device = JournalOnDevice(log, archive)
        device.cut_at = cut
        try:
            sync(device, archive, laptop())
        except CableCutError:
            arrived = max(cut - 3, 0)  # after hello, time, and the call that was cut
            kept = archive.log_path(DEVICE, EPOCH).read_bytes() if arrived else b""
            assert kept == b"".join(device.lines[:arrived])
            device.cut_at = 0
            sync(device, archive, laptop())
            assert archive.log_path(DEVICE, EPOCH).read_bytes() == b"".join(device.lines)
            assert device.committed == len(device.lines)
        else:
            break
    assert cut > 15


def test_a_laptop_killed_in_the_middle_of_a_write_loses_and_doubles_nothing(tmp_path):
    """Every length that the log can have when the power goes, with the device still holding everything."""
    log = journal_of(3)
    whole = log.data
    for length in range(len(whole) + 1):
        folder = tmp_path / str(length)
        init_archive(folder)
        archive = Archive(folder)
        path = archive.log_path(DEVICE, EPOCH)
        path.parent.mkdir(parents=True)
        path.write_bytes(whole[:length])
        device = JournalOnDevice(log, archive)
        device.clock_seq, device.utc = 1, utc_ms("18:00")
        result = sync(device, archive, laptop())
        assert path.read_bytes() == whole
        assert result.damaged == 0 and not result.gaps
        assert device.committed == 3


def test_a_disk_that_does_not_take_the_bytes_commits_nothing(archive, monkeypatch):
    with archive.lock():
        pass
    device = JournalOnDevice(journal_of(3), archive)

    def broken(descriptor):
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="disk is gone"):
        sync(device, archive, laptop())
    assert device.committed == 0


def test_a_full_disk_commits_nothing(archive, monkeypatch):
    with archive.lock():
        pass
    device = JournalOnDevice(journal_of(3), archive)

    def full(path, data):
        raise OSError("no space left")

    monkeypatch.setattr(durable, "append_file", full)
    with pytest.raises(OSError, match="no space"):
        sync(device, archive, laptop())
    assert device.committed == 0


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["press", "sync", "cut", "other", "recycle", "damage"]), st.integers(1, 40)),
        max_size=12,
    )
)
def test_every_committed_record_is_in_an_archive_exactly_once(tmp_path_factory, steps):
    """Two laptops, a device that recycles what was committed, cables cut anywhere."""
    archives = []
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp(name)
        init_archive(folder)
        archives.append(Archive(folder))
    device = JournalOnDevice(JournalText(), archives[0])
    device.commit = lambda epoch, seq, crc: setattr(device, "committed", max(seq, device.committed))
    written: list[bytes] = []
    lost_in_flash: set[bytes] = set()
    seq = 0
    for step, number in steps:
        if step == "press":
            for _ in range(number % 5):
                seq = max(seq, *(parse(item).seq for item in device.lines), 0) + 1 if device.lines else seq + 1
                device.items.append(line(seq, 1, seq, "bookmark", tag="note"))
        elif step == "damage" and device.lines:
            place = number % len(device.items)
            item = device.items[place]
            if isinstance(item, bytes) and parse(item).seq not in (device.clock_seq, parse(device.lines[-1]).seq):
                lost_in_flash.add(item)
                device.items[place] = Damaged(0, place, item[:9])
        elif step == "recycle":
            device.first = max(device.first, min(device.committed, device.first + number))
        elif device.lines:
            device.cut_at = device.calls + number if step == "cut" else 0
            with contextlib.suppress(CableCutError):
                sync(device, archives[step == "other"], laptop())
        written += [item for item in device.lines if item not in written]
    device.cut_at = 0
    found = [entry.line for one in archives for journal in read_journals(one) for entry in journal.records]
    for one in archives:
        for journal in read_journals(one):
            assert not journal.damaged and not journal.conflicts
            data = one.log_path(DEVICE, EPOCH).read_bytes()
            assert len(data) == sum(len(entry.line) for entry in journal.records)
    committed = {item for item in written if parse(item).seq <= device.committed} - lost_in_flash
    assert committed <= set(found)


def test_through_a_real_line_to_a_real_journal_on_micropython(tmp_path):
    """The whole path, and again: the second sync changes no byte."""
    (tmp_path / "state").mkdir()
    init_archive(tmp_path / "notes")
    archive = Archive(tmp_path / "notes")
    device = Device(tmp_path / "state")
    try:
        device.start(saves=40)
        for expected_new in (41, 0):
            with LinkClient(SerialTransport(device.port)) as client:
                result = sync(client, archive, Environment(stderr=io.StringIO(), variables={}))
            assert (result.new, result.damaged, result.gaps, result.exit_code) == (expected_new, 0, [], ExitCode.OK)
            if expected_new:
                before = everything(archive)
        assert everything(archive) == before
    finally:
        device.close()
    (journal,) = read_journals(archive)
    assert [entry.seq for entry in journal.records] == list(range(1, 42))
