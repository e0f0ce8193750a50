"""The sync: new records into the archive, durably, then commit; cut at any instant, and done again."""

import contextlib
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark import durable
from clapmark.archive import Archive, init_archive
from clapmark.environment import Environment
from clapmark.errors import ClapmarkError, ExitCode, UsageError
from clapmark.link import Hello, LinkClient, SerialTransport
from clapmark.link_stream import Damaged, Line
from clapmark.records import parse_log, read_journals
from clapmark.sync import sync
from firmware.core.record import parse
from tests.host.conference import utc_ms
from tests.host.journal_text import DEVICE, EPOCH, JournalText, line
from tests.host.test_link import Device


class CableCutError(ClapmarkError):
    pass


class JournalOnDevice:
    """A device as the link shows it: records and damaged places in the order of the flash, and what it may forget."""

    def __init__(self, log: JournalText, archive: Archive) -> None:
        self.items: list[bytes | Damaged] = list(log.lines)
        self.archive = archive
        self.committed = 0
        self.first = 1
        self.clock_seq = self.utc = 0
        self.calls = 0
        self.cut_at = 0
        self.asked: list[int] = []

    @property
    def lines(self) -> list[bytes]:
        return [item for item in self.items if isinstance(item, bytes)]

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.cut_at:
            raise CableCutError("the cable was cut")

    def hello(self) -> Hello:
        self._call()
        last = parse(self.lines[-1]).seq if self.lines else 0
        counts = (1, self.first, last, self.committed, 1, 0)
        return Hello(1, DEVICE, "sim", "0", EPOCH, *counts, 1_000, self.utc, self.clock_seq, 0, 0, "")

    def error_ms(self) -> int:
        return 7

    def set_time(self, utc: int, err: int, offset: int) -> int:
        self._call()
        self.utc = utc
        self.clock_seq = parse(self.lines[-1]).seq + 1 if self.lines else 1
        self.items.append(line(self.clock_seq, 1, 1_000, "clock", utc=utc, err=err, source="host"))
        return self.clock_seq

    def records(self, from_seq, progress=None):
        self.asked.append(from_seq)
        for item in self.items:
            self._call()
            if isinstance(item, Damaged):
                yield item
            elif (seq := parse(item).seq) >= max(from_seq, self.first):
                yield Line(seq, item)

    def commit(self, epoch: str, seq: int, crc: str) -> None:
        """Promise 1, seen from the device: what it is told to forget is in the archive's files, every single record."""
        self._call()
        data = self.archive.log_path(DEVICE, EPOCH).read_bytes()
        on_disk = {entry.line for entry in parse_log(DEVICE, EPOCH, data).records}
        assert epoch == EPOCH
        assert any(item for item in self.lines if parse(item).seq == seq and parse(item).crc.decode() == crc)
        assert {item for item in self.lines if parse(item).seq <= seq and parse(item).seq >= self.first} <= on_disk
        self.committed = seq


def laptop() -> Environment:
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    environment.utc_ms = lambda: utc_ms("18:00")  # type: ignore[method-assign]
    return environment


def journal_of(count: int) -> JournalText:
    log = JournalText()
    for number in range(count):
        log.add(number * 1_000, "bookmark", tag="note")
    return log


@pytest.fixture
def archive(tmp_path):
    init_archive(tmp_path)
    return Archive(tmp_path)


def everything(archive):
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in archive.folder.rglob("*")
        if path.is_file()
    }


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


def test_unknown_kinds_are_kept_and_counted(archive):
    log = journal_of(2)
    log.add(5, "heartbeat", bpm=61)
    result = sync(JournalOnDevice(log, archive), archive, laptop())
    assert result.unknown_kinds == {"heartbeat": 1} and result.new == 4 and result.exit_code == ExitCode.OK


def test_a_second_laptop_gets_what_the_device_still_has(archive, tmp_path):
    device = JournalOnDevice(journal_of(20), archive)
    sync(device, archive, laptop())
    device.first = 11  # the older ones were recycled after the commit
    init_archive(tmp_path / "two")
    device.archive = Archive(tmp_path / "two")
    result = sync(device, device.archive, laptop())
    assert (result.new, result.elsewhere, result.gaps, result.exit_code) == (11, (1, 10), [], ExitCode.OK)


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


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["press", "sync", "cut", "other", "recycle", "damage"]), st.integers(1, 40)),
        max_size=12,
    )
)
def test_whatever_happens_every_committed_record_is_in_an_archive_once(tmp_path_factory, steps):
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
