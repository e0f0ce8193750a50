"""One conference costs what one costs, and is the same as if everything had been read."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive import partial_log
from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import read_journals
from clapmark.archive.wall_time import Clock
from clapmark.bookmarks.assignments import add_assignments
from clapmark.bookmarks.fold import all_bookmarks, fold_visits
from clapmark.bookmarks.linker import linker_of
from clapmark.conference import Conference, Outline
from clapmark.conference.spans import read_schedule
from clapmark.countdowns.runs import countdown_runs
from clapmark.schedule.model import Schedule
from clapmark.schedule.store import to_json
from tests.support.archive.conference import conference, talk, utc_ms
from tests.support.archive.journal_text import DEVICE, JournalText

DAY_MS = 86_400_000


def moved(schedule: Schedule, slug: str, days: int) -> Schedule:
    """The schedule of another conference, so many days later."""
    shift = timedelta(days=days)
    talks = [
        talk(one.id, one.title, f"{one.start:%H:%M}", round((one.end - one.start).total_seconds() / 60), one.room)
        for one in schedule.talks
    ]
    shifted = [
        type(one)(one.id, one.title, one.start + shift, one.end + shift, one.room, one.speakers) for one in talks
    ]
    return Schedule(slug, slug, schedule.zone, schedule.start + shift, schedule.end + shift, tuple(shifted))


BASE = conference(
    talk("dicts", "Dictionaries", "13:00"),
    talk("bees", "Bees", "13:40"),
    talk("other", "Elsewhere", "13:00", room="Hall B"),
)


def make(folder: Path, days: list[int]) -> Archive:
    init_archive(folder)
    archive = Archive(folder)
    for number, day in enumerate(days):
        schedule = moved(BASE, f"conf-{number}", day)
        path = archive.schedule_path(schedule.slug)
        path.parent.mkdir(parents=True)
        path.write_bytes(to_json(schedule))
    return archive


def history(seed: int, days: list[int]) -> list[JournalText]:
    """Two devices over some years: boots with and without a clock, wrong clocks, corrections that come a boot later."""
    dice = random.Random(seed)
    logs = []
    for _ in range(2):
        log = JournalText(0)
        pressed: list[int] = []
        run = 0
        for day in sorted(dice.choices([*days, 900, 37], k=dice.randrange(1, 6))):
            log.reboot()
            start = utc_ms("12:30") + day * DAY_MS
            if dice.random() < 0.8:
                wrong = dice.choice((0, 0, 0, -3000 * DAY_MS, 400 * DAY_MS))
                log.add(1000, "clock", utc=start + 1000 + wrong, err=50, source="host")
            ms = 2000
            for _ in range(dice.randrange(8)):
                ms += dice.randrange(1, 40) * 60_000
                what = dice.randrange(8)
                if what < 4:
                    chosen = {"talk": dice.choice(("dicts", "bees", "gone"))} if what < 2 else {}
                    pressed.append(log.add(ms, "bookmark", tag="note", **chosen))
                elif what == 4 and pressed:
                    log.add(ms, dice.choice(("undo", "retag")), of=dice.choice(pressed), tag="idea")
                elif what == 5:
                    log.add(ms, "talk", id=dice.choice(("dicts", "bees", "")), how=dice.choice(("picked", "clock")))
                elif what == 6:
                    run = log.add(ms, "countdown", do="start", plan=300_000, preset="lightning", talk="bees")
                elif run:
                    log.add(ms, "countdown", do="stop", run=run, left=5_000)
        logs.append(log)
    return logs


def everything(archive: Archive, slug: str):
    """What a look at every record and every schedule says of one conference."""
    linker = linker_of(archive, [read_schedule(archive, name) for name in archive.conferences()])
    journals = read_journals(archive)
    links = [linker.link(mark) for mark in all_bookmarks(journals)]
    visits = [visit for journal in journals for visit in fold_visits(journal, Clock(journal.records))]
    pairs = [linker.chosen(visit.talk_id, visit.when) for visit in visits]
    runs = [run for run in countdown_runs(journals, linker) if run.slug == slug]
    return (
        [link for link in links if link.slug == slug],
        frozenset(pair[1].id for pair in pairs if pair and pair[0] == slug),
        runs,
    )


@settings(deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    days=st.lists(st.sampled_from((0, 1, 2, 30, 365, 800)), min_size=1, max_size=4),
    merged=st.booleans(),
)
def test_it_is_what_a_look_at_everything_finds(tmp_path_factory, seed, days, merged):
    archive = make(tmp_path_factory.mktemp("archive"), days)
    dice = random.Random(seed)
    for number, log in enumerate(history(seed, days)):
        path = archive.log_path(DEVICE, f"{number:08X}")
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = list(log.lines)
        if merged:  # as git leaves them: in any order, some twice
            lines += dice.sample(lines, len(lines) // 3)
            dice.shuffle(lines)
        cut = dice.randrange(len(lines) + 1)
        path.write_bytes(b"".join(lines[:cut]))
        grown = JournalLog(archive, DEVICE, f"{number:08X}")
        for line in lines[cut:]:
            if not grown.has_line(line):
                grown.add(int(line.split()[0]), line)
        grown.flush()
        grown.remember()
    marks = all_bookmarks(read_journals(archive))
    given_to = {mark.id: (dice.choice(archive.conferences()), "bees") for mark in marks if dice.random() < 0.1}
    add_assignments(archive, given_to, 1)
    outline = Outline(archive)
    for slug in archive.conferences():
        found = Conference(archive, slug, outline)
        links, visited, runs = everything(archive, slug)
        assert [link for link in found.linked if link.slug == slug] == links
        assert found.visited == visited
        assert found.runs == runs


@pytest.fixture
def fifty(tmp_path) -> Archive:
    archive = make(tmp_path, [number * 14 for number in range(50)])
    log = JournalText(0)
    for number in range(50):
        log.reboot()
        log.add(0, "clock", utc=utc_ms("12:55") + number * 14 * DAY_MS, err=20, source="host")
        for press in range(6):
            log.add(600_000 + press * 60_000, "bookmark", tag="note")
    path = archive.log_path(DEVICE, "00000001")
    path.parent.mkdir(parents=True)
    path.write_bytes(log.data)
    for log_of in Outline(archive).logs:
        assert log_of.boots
    return archive


def test_of_fifty_conferences_only_one_is_read(fifty, monkeypatch):
    Conference(fifty, "conf-7").linked  # noqa: B018  the days of all conferences are known from now on
    read: list[str] = []
    lines: list[int] = []
    real_schedule, real_parse = Path.read_bytes, partial_log.parse_log

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return real_schedule(path)

    def counted(device: str, epoch: str, data: bytes):
        lines.append(data.count(b" bookmark "))
        return real_parse(device, epoch, data)

    monkeypatch.setattr(Path, "read_bytes", noted)
    monkeypatch.setattr(partial_log, "parse_log", counted)
    one = Conference(fifty, "conf-7")
    assert len(one.own) == 6 and {link.slug for link in one.own} == {"conf-7"}
    assert read.count("schedule.json") == 1
    assert sum(lines) <= 6 + 50  # and of each boot the last record, which says how long it was


def test_a_bookmark_from_a_boot_whose_clock_was_wrong_is_found_where_it_was_assigned(fifty):
    log = JournalText(0)
    log.reboot()
    log.add(0, "clock", utc=utc_ms("12:55") - 9000 * DAY_MS, err=20, source="host")
    log.add(60_000, "bookmark", tag="lost")
    fifty.log_path(DEVICE, "00000002").write_bytes(log.data)
    mark = next(mark for mark in all_bookmarks(read_journals(fifty)) if mark.tag == "lost")
    assert "lost" not in {one.tag for one in Conference(fifty, "conf-3").of(BASE.talks[0])}
    add_assignments(fifty, {mark.id: ("conf-3", "dicts")}, 1)
    assert "lost" in {link.bookmark.tag for link in Conference(fifty, "conf-3").own}


def test_an_archive_without_write_permission_can_be_read(fifty, monkeypatch):
    for path in (fifty.folder / ".clapmark").rglob("*.json"):
        path.unlink()

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("clapmark.base.durable.replace_file", refused)
    assert len(Conference(fifty, "conf-7").own) == 6
