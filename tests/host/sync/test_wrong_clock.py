"""A laptop whose clock is wrong: it is reported before anything is set, and no mark moves."""

from pathlib import Path

import pytest

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journals import read_journals
from clapmark.archive.wall_time import Clock
from clapmark.notes import apply, plan_notes
from clapmark.sync.device_clock import span_text
from clapmark.sync.sync import sync
from tests.support.archive.conference import small_conference, utc_ms
from tests.support.archive.journal_text import JournalText, line
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive
from tests.support.device.sync_device import JournalOnDevice, laptop

YEARS_MS = 6 * 365 * 24 * 3_600_000


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    init_archive(tmp_path / "archive")
    return make_archive(tmp_path / "other", JournalText(), small_conference())


class LivingDevice(JournalOnDevice):
    """A device whose clock runs: `hello` says the time that was set last, or that its journal begins with."""

    def __init__(self, log: JournalText, archive: Archive) -> None:
        super().__init__(log, archive)
        self.utc, self.clock_seq = utc_ms("18:00"), 2
        self.sets: list[int] = []

    def set_time(self, utc: int, err: int, offset: int) -> int:
        self.sets.append(utc)
        return super().set_time(utc, err, offset)


def wrong_laptop(off_ms: int):
    environment = laptop()
    environment.utc_ms = lambda: utc_ms("18:00") + off_ms
    return environment


def times(archive: Archive) -> list[int | None]:
    (journal,) = read_journals(archive)
    clock = Clock(journal.records)
    return [clock.time_at(entry.boot, entry.ms).utc_ms for entry in journal.records if entry.kind == b"bookmark"]


@pytest.mark.parametrize("off_ms", [-YEARS_MS, YEARS_MS, 3_600_000, -61_000])
def test_a_sync_from_a_laptop_with_a_wrong_clock_warns_sets_nothing_and_moves_no_mark(archive, off_ms):
    device = LivingDevice(afternoon(), archive)
    sync(device, archive, laptop())
    apply(plan_notes(archive))
    before, post = times(archive), archive.post_path(SLUG).read_bytes()
    device.items.append(line(99, 1, 500_000, "bookmark", tag="idea"))
    environment = wrong_laptop(off_ms)
    result = sync(device, archive, environment)
    assert (result.new, result.time_set, device.sets) == (1, False, [])
    said = environment.stderr.getvalue()
    assert "contradict each other by" in said and "--set-clock" in said
    assert times(archive)[: len(before)] == before
    assert post.count(b"clapmark") == archive.post_path(SLUG).read_bytes().count(b"clapmark")


def test_the_laptop_wins_if_the_person_says_so(archive):
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("12:00"), err=10, source="host")  # an hour behind
    log.add(1_000, "bookmark", tag="note")
    device = LivingDevice(log, archive)
    device.utc = utc_ms("17:00")
    environment = laptop()
    assert not sync(device, archive, environment).time_set
    environment = laptop()
    assert sync(device, archive, environment, set_clock=True).time_set
    assert len(device.sets) == 2, "two that agree outvote the one that is wrong"
    assert times(archive) == [utc_ms("18:00")]
    assert "contradict" not in environment.stderr.getvalue()


def test_a_device_that_is_some_seconds_off_or_knows_no_time_is_set_without_a_word(archive):
    for utc in (0, utc_ms("18:00") - 30_000):
        device = LivingDevice(afternoon(), archive)
        device.utc = utc
        environment = laptop()
        assert sync(device, archive, environment).time_set
        assert "contradict" not in environment.stderr.getvalue()


@pytest.mark.parametrize(
    ("ms", "words"),
    [(1_500, "1.5 s"), (61_000, "61 s"), (150_000, "2.5 minutes"), (7_200_000, "2 hours"), (YEARS_MS, "6 years")],
)
def test_a_length_of_time_in_words(ms, words):
    assert span_text(ms) == words
