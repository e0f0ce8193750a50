"""The sync: new records into the archive, durably, then commit."""

import os

import pytest

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import read_journals
from clapmark.base.errors import ExitCode, UsageError
from clapmark.link.client import DeviceRefusedError, Hello
from clapmark.link.frame_reader import Damaged
from clapmark.sync.sync import SyncResult, sync
from tests.support.archive.conference import utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line
from tests.support.device.sync_device import JournalOnDevice, everything, journal_of, laptop


@pytest.fixture
def archive(tmp_path):
    init_archive(tmp_path)
    return Archive(tmp_path)


def test_the_first_sync_sets_the_clock_fetches_everything_and_commits(archive):
    device = JournalOnDevice(journal_of(5), archive)
    result = sync(device, archive, laptop())
    assert (result.new, result.already_there, result.time_set, result.committed_seq) == (6, 0, True, 6)
    assert result.exit_code == ExitCode.OK
    assert archive.log_path(DEVICE, EPOCH).read_bytes() == b"".join(device.lines)
    assert device.committed == 6


def test_a_second_sync_writes_nothing_at_all(archive, monkeypatch):
    device = JournalOnDevice(journal_of(5), archive)
    sync(device, archive, laptop())
    before = everything(archive)
    writes = []
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda *words: writes.append(words) or real_write(*words))
    commits = device.committed
    result = sync(device, archive, laptop())
    assert (result.new, result.already_there, result.time_set) == (0, 1, False)
    assert everything(archive) == before and not writes
    assert device.committed == commits and device.asked[-1] == 6  # one record, to compare


def test_what_a_killed_sync_wrote_is_on_the_disk_before_the_device_may_forget_it(archive, monkeypatch):
    device = JournalOnDevice(journal_of(5), archive)
    path = archive.log_path(DEVICE, EPOCH)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(device.lines[:-1]))  # as a process that was killed before its fsync leaves it
    inode, steps = path.stat().st_ino, []
    fsync, commit = os.fsync, device.commit
    monkeypatch.setattr(os, "fsync", lambda file: steps.append(os.fstat(file).st_ino) or fsync(file))
    monkeypatch.setattr(device, "commit", lambda *words: steps.append("commit") or commit(*words))
    monkeypatch.setattr(device, "set_time", lambda *_: 0)
    device.items, device.clock_seq = device.items[:-1], 1  # nothing new comes
    assert sync(device, archive, laptop()).new == 0
    assert inode in steps[: steps.index("commit")]


def test_what_a_sync_read_is_remembered_for_the_next_one(archive, monkeypatch):
    sync(JournalOnDevice(journal_of(5), archive), archive, laptop())
    monkeypatch.setattr(JournalLog, "_read_all", lambda _: pytest.fail("the whole log was read again"))
    assert JournalLog(archive, DEVICE, EPOCH).last_seq == 6


def test_only_what_is_new_is_fetched(archive):
    device = JournalOnDevice(journal_of(50), archive)
    sync(device, archive, laptop())
    device.items.append(line(52, 1, 99_000, "bookmark", tag="idea"))
    result = sync(device, archive, laptop())
    assert (result.new, result.already_there, device.asked[-1]) == (1, 1, 51)


@pytest.mark.parametrize(("utc_off", "age", "expected"), [(0, 0, False), (2_500, 0, True), (-2_500, 0, True)])
def test_the_clock_is_set_only_when_it_is_off(archive, utc_off, age, expected):
    device = JournalOnDevice(journal_of(1), archive)
    sync(device, archive, laptop())
    device.utc += utc_off
    assert sync(device, archive, laptop()).time_set is expected


def test_damage_and_gaps_are_reported_kept_and_not_asked_for_again(archive):
    device = JournalOnDevice(journal_of(9), archive)
    device.items[4] = Damaged(2, 480, b"\x00\xffgarbage\n*")
    result = sync(device, archive, laptop())
    assert (result.damaged, result.gaps, result.exit_code) == (1, [(5, 5)], ExitCode.DAMAGED)
    assert device.committed == 10
    kept = archive.damage_path(DEVICE, EPOCH).read_bytes()
    assert b"damaged sector=2 offset=480 data=%00%FFgarbage%0A* *" in kept and b"missing first=5 last=5 *" in kept
    before = everything(archive)
    result = sync(device, archive, laptop())
    assert (result.damaged, result.gaps, result.exit_code, device.asked[-1]) == (0, [], ExitCode.OK, 10)
    assert everything(archive) == before


def test_a_record_that_did_not_come_is_asked_for_once_more(archive):
    device = JournalOnDevice(journal_of(9), archive)
    real = device.records

    def forgetful(from_seq, progress=None):
        for item in real(from_seq, progress):
            if item.seq != 5 or len(device.asked) > 1:
                yield item

    device.records = forgetful
    result = sync(device, archive, laptop())
    assert (result.new, result.gaps) == (10, [])
    assert len(read_journals(archive)[0].records) == 10


def test_a_number_with_another_content_is_kept_twice_and_reported(archive):
    device = JournalOnDevice(journal_of(5), archive)
    sync(device, archive, laptop())
    other = JournalOnDevice(JournalText(), archive)
    other.items = [*device.items[:3], line(4, 1, 7, "bookmark", tag="x"), line(5, 1, 8, "bookmark", tag="y")]
    other.clock_seq, other.utc = 5, utc_ms("18:00")
    result = sync(other, archive, laptop())
    assert (result.new, result.conflicts, result.exit_code) == (2, 2, ExitCode.DAMAGED)
    (journal,) = read_journals(archive)
    assert [conflict.seq for conflict in journal.conflicts] == [4, 5]
    assert sync(other, archive, laptop()).exit_code == ExitCode.OK


def test_unknown_kinds_are_kept_counted_and_reported(archive):
    log = journal_of(2)
    log.add(5, "heartbeat", bpm=61)
    result = sync(JournalOnDevice(log, archive), archive, laptop())
    assert result.unknown_kinds == {"heartbeat": 1} and result.new == 4 and result.exit_code == ExitCode.DAMAGED


def test_records_that_did_not_come_are_asked_for_again_before_they_count_as_missing(archive):
    device = JournalOnDevice(journal_of(12), archive)
    whole = device.items
    real = device.records

    def records(from_seq, progress=None):
        device.items = whole if device.asked else [*whole[:3], whole[6], *whole[8:]]  # the first time, not 4 to 6 and 8
        return real(from_seq, progress)

    device.records = records
    result = sync(device, archive, laptop())
    assert (result.new, result.gaps, result.exit_code) == (13, [], ExitCode.OK)  # and the clock's record
    assert device.asked == [1, 4]


def test_an_archive_with_holes_asks_from_the_first_one_on(archive):
    log = journal_of(12)
    path = archive.log_path(DEVICE, EPOCH)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join([*log.lines[:3], log.lines[6], *log.lines[8:10]]))
    device = JournalOnDevice(log, archive)
    result = sync(device, archive, laptop())
    assert (result.new, result.gaps, result.exit_code) == (7, [], ExitCode.OK)
    assert device.asked == [4]


def test_a_second_laptop_gets_what_the_device_still_has(archive, tmp_path):
    device = JournalOnDevice(journal_of(20), archive)
    sync(device, archive, laptop())
    device.first = 11  # the older ones were recycled after the commit
    init_archive(tmp_path / "two")
    device.archive = Archive(tmp_path / "two")
    result = sync(device, device.archive, laptop())
    assert (result.new, result.other_archive, result.gaps, result.exit_code) == (11, (1, 10), [], ExitCode.OK)


def test_a_full_journal_of_a_boot_that_knows_no_time_can_be_synced(archive):
    device = JournalOnDevice(journal_of(5), archive)
    real = device.set_time

    def set_time(utc, err, offset):
        if not device.committed:
            raise DeviceRefusedError("unsaved", "the clock is set, its record NOT SAVED: journal full")
        return real(utc, err, offset)

    device.set_time = set_time
    result = sync(device, archive, laptop())
    assert (result.new, result.time_set, result.gaps, result.committed_seq) == (6, True, [], 6)
    assert archive.log_path(DEVICE, EPOCH).read_bytes() == b"".join(device.lines)


def test_a_clock_record_that_no_commit_makes_room_for_is_reported_when_all_is_fetched(archive):
    device = JournalOnDevice(journal_of(5), archive)

    def set_time(utc, err, offset):
        raise DeviceRefusedError("unsaved", "the clock is set, its record NOT SAVED: flash error")

    device.set_time = set_time
    with pytest.raises(DeviceRefusedError, match="NOT SAVED: flash error"):
        sync(device, archive, laptop())
    assert device.committed == 5 and archive.log_path(DEVICE, EPOCH).read_bytes() == b"".join(device.lines)


def test_a_device_that_believes_more_to_be_synced_than_it_has_is_reported(archive):
    device = JournalOnDevice(journal_of(5), archive)
    device.committed = 1_443
    result = sync(device, archive, laptop())
    assert (result.commits_ahead, result.exit_code) == (1_443 - 5, ExitCode.DAMAGED)
    assert result.new == 6 and device.committed == 1_443  # what it has is safe here; no number is made up for it
    healthy = JournalOnDevice(journal_of(5), archive)
    healthy.committed = 5
    assert sync(healthy, archive, laptop()).commits_ahead == 0


def test_a_single_record_is_fetched_and_committed(archive):
    device = JournalOnDevice(journal_of(1), archive)
    device.clock_seq, device.utc = 1, utc_ms("18:00")
    result = sync(device, archive, laptop())
    assert (result.new, result.time_set, device.committed) == (1, False, 1)


@pytest.mark.parametrize("offset_s", [0, -14_400])
def test_the_clock_is_set_with_the_laptops_offset(archive, offset_s):
    device = JournalOnDevice(journal_of(1), archive)
    sync(device, archive, laptop(), **({"offset_s": offset_s} if offset_s else {}))
    assert device.offset_s == offset_s


def test_an_empty_journal_is_fine(archive):
    device = JournalOnDevice(JournalText(), archive)
    device.clock_seq, device.utc = 1, utc_ms("18:00")
    assert sync(device, archive, laptop()).new == 0
    assert device.committed == 0


@pytest.mark.parametrize(("name", "value"), [("device", "../../../etc"), ("epoch", "../x"), ("device", "")])
def test_a_device_that_names_itself_like_a_path_is_refused(archive, name, value):
    device = JournalOnDevice(journal_of(1), archive)
    real = device.hello

    def hostile():
        return Hello(**{**vars(real()), name: value})

    device.hello = hostile
    before = set(archive.folder.parent.rglob("*"))
    with pytest.raises(UsageError):
        sync(device, archive, laptop())
    new = {path.relative_to(archive.folder).as_posix() for path in set(archive.folder.parent.rglob("*")) - before}
    assert new <= {".clapmark", ".clapmark/lock", ".clapmark/.gitignore"}


def test_what_has_come_of_a_long_journal_is_in_the_archive_while_the_rest_still_comes(archive):
    """A laptop that loses power in the middle need not fetch the first part again; and it does not write every line."""
    log = JournalText()
    for number in range(1_300):
        log.add(number * 1_000, "bookmark", tag="note", talk="x" * 300)
    device = JournalOnDevice(log, archive)
    real, sizes = device.records, []
    path = archive.log_path(DEVICE, EPOCH)

    def watched(from_seq, progress=None):
        for item in real(from_seq, progress):
            sizes.append(path.stat().st_size if path.exists() else 0)
            yield item

    device.records = watched
    sync(device, archive, laptop())
    fetched, on_disk = len(log.data), max(sizes)
    assert fetched > 150_000 and on_disk > fetched - 70_000
    assert len(set(sizes)) == 3  # nothing, and after each 64 KiB


def test_progress_is_counted_in_the_numbers_of_the_device(archive):
    device = JournalOnDevice(journal_of(3), archive)
    real, seen = device.records, []

    def counting(from_seq, progress=None):
        for item in real(from_seq):
            progress(item.seq, 4)
            yield item

    device.records = counting
    sync(device, archive, laptop(), progress=lambda seq, last: seen.append((seq, last)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_each_thing_that_is_wrong_with_a_journal_alone_gives_the_exit_code_for_damage():
    for wrong in ({"damaged": 1}, {"gaps": [(1, 1)]}, {"conflicts": 1}, {"commits_ahead": 1}):
        assert SyncResult(DEVICE, EPOCH, **wrong).exit_code == ExitCode.DAMAGED
    unknown = SyncResult(DEVICE, EPOCH)
    assert unknown.exit_code == ExitCode.OK
    unknown.unknown_kinds["heartbeat"] += 1
    assert unknown.exit_code == ExitCode.DAMAGED
    assert SyncResult(DEVICE, EPOCH, new=5, already_there=5, other_archive=(1, 2)).exit_code == ExitCode.OK


def test_a_device_whose_clock_is_right_is_not_committed_to_again_when_nothing_is_new(archive):
    device = JournalOnDevice(journal_of(3), archive)
    sync(device, archive, laptop())
    device.commit = None  # any call would fail
    assert sync(device, archive, laptop()).committed_seq == 4
