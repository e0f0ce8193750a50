"""Time as a person meets it: the end of summer time, a device that met no laptop, a clock that was wrong."""

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from clapmark import cli
from clapmark.archive.journals import parse_log
from clapmark.base.environment import Environment
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import How, Linker
from clapmark.schedule.model import Schedule, Talk
from tests.support.archive.conference import conference, small_conference, talk, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText
from tests.support.archive.notes_archive import SLUG, make_archive, minutes, write_notes

BERLIN = ZoneInfo("Europe/Berlin")


def ms_of(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def fold(log):
    return all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])


def shown(archive, *words):
    made = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    code = cli.run([*words, "--archive", str(archive.folder)], made)
    assert code == 0, made.stderr.getvalue()
    return made.stdout.getvalue()


def night_of_summer_times_end() -> Schedule:
    """Return a night in which the clock shows 2:30 twice, and a talk on the day before and after."""

    def at(talk_id, text, length_minutes):
        begins = datetime.fromisoformat(text).astimezone(BERLIN)
        ends = (begins.astimezone(UTC) + timedelta(minutes=length_minutes)).astimezone(BERLIN)
        return Talk(talk_id, f"Talk {talk_id}", begins, ends, "Hall", ("Ada Example",))

    talks = (
        at("before", "2019-10-26T14:00+02:00", 30),
        at("first", "2019-10-27T02:20+02:00", 30),
        at("second", "2019-10-27T02:20+01:00", 30),
        at("after", "2019-10-27T14:00+01:00", 30),
    )
    return Schedule(SLUG, "Night", "Europe/Berlin", date(2019, 10, 26), date(2019, 10, 27), talks)


def test_a_conference_over_the_end_of_summer_time_has_every_bookmark_in_its_talk(tmp_path):
    log = JournalText()
    start = ms_of("2019-10-26T13:00+02:00")
    log.add(0, "clock", utc=start, err=10, source="host")
    for moment in (
        "2019-10-26T14:10+02:00",
        "2019-10-27T02:30+02:00",
        "2019-10-27T02:30+01:00",
        "2019-10-27T14:10+01:00",
    ):
        log.add(ms_of(moment) - start, "bookmark", tag="note")
    schedule = night_of_summer_times_end()
    linker = Linker([schedule], {})
    assert [linker.link(mark).talk.id for mark in fold(log)] == ["before", "first", "second", "after"]
    archive = make_archive(tmp_path / "archive", log, schedule)
    assert write_notes(archive) == []
    for name, time in (("before", "14:10"), ("first", "02:30"), ("second", "02:30"), ("after", "14:10")):
        section = shown(archive, "show", name)
        assert time in section and "10 min in" in section
    before, after = (json.loads(shown(archive, "show", name, "--json")) for name in ("first", "second"))
    assert (before["start"], after["start"]) == ("2019-10-27T02:20:00+02:00", "2019-10-27T02:20:00+01:00")
    assert after["bookmarks"][0]["utc_ms"] - before["bookmarks"][0]["utc_ms"] == 3_600_000


def two_synced_boots_and_one_between() -> JournalText:
    """Return boots 1 to 3: the clock is set at 13:00 in the first, at 15:00 in the third; the second met no laptop."""
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=10, source="host")
    log.add(minutes(1), "bookmark", tag="note", talk="dicts")
    log.reboot()
    log.add(minutes(4), "bookmark", tag="idea", talk="dicts")
    log.reboot()
    log.add(minutes(10), "clock", utc=utc_ms("15:00"), err=10, source="host")
    return log


def test_a_boot_that_never_met_a_laptop_is_between_its_neighbours_and_show_says_so(tmp_path):
    archive = make_archive(tmp_path / "archive", two_synced_boots_and_one_between())
    write_notes(archive)
    section = " ".join(shown(archive, "show", "dicts").split())
    assert "13:01 note, 1 min in" in section
    # 13:01 and 4 min, less what the crystal may be off; 15:00 less the 10 min of the third boot
    assert "between 13:04 and 14:50 idea" in section
    marks = json.loads(shown(archive, "show", "dicts", "--json"))["bookmarks"]
    earliest, latest = marks[1]["earliest_utc_ms"], marks[1]["latest_utc_ms"]
    assert abs(earliest - utc_ms("13:05")) < 1000 and abs(latest - utc_ms("14:50")) < 1000


def test_what_was_pressed_before_the_clock_was_set_has_the_time_of_its_boot(tmp_path):
    log = JournalText()
    log.add(minutes(5), "bookmark", tag="note", talk="dicts")  # unset: its time is unknown
    log.add(minutes(60), "clock", utc=utc_ms("14:00"), err=10, source="host")  # a sync, an hour later
    archive = make_archive(tmp_path / "archive", log)
    write_notes(archive)
    assert "13:05" in shown(archive, "show", "dicts") and "~" not in shown(archive, "show", "dicts")


def test_a_bookmark_of_a_device_that_never_met_a_laptop_is_shown_without_a_time(tmp_path):
    log = JournalText()
    log.add(minutes(5), "bookmark", tag="note", talk="dicts")
    archive = make_archive(tmp_path / "archive", log)
    write_notes(archive)
    assert "time unknown note" in shown(archive, "show", "dicts")
    (mark,) = json.loads(shown(archive, "show", "dicts", "--json"))["bookmarks"]
    assert mark["utc_ms"] is mark["earliest_utc_ms"] is mark["latest_utc_ms"] is None


def test_a_clock_that_was_set_wrong_and_put_right_leaves_both_possible_and_is_not_linked_by_guessing():
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("09:00"), err=10, source="host")  # the laptop's clock was four hours slow
    log.add(minutes(10), "bookmark", tag="note")
    log.add(minutes(60), "clock", utc=utc_ms("14:00"), err=10, source="host")
    (mark,) = fold(log)
    assert mark.when.earliest_ms <= utc_ms("09:10") and mark.when.latest_ms >= utc_ms("13:10")
    assert Linker([small_conference()], {}).link(mark).how is How.UNLINKED


def marked_at(clock: str) -> JournalText:
    log = JournalText()
    log.add(0, "clock", utc=utc_ms(clock), err=10, source="host")
    log.add(0, "bookmark", tag="note")
    return log


def test_a_talk_that_vanished_is_not_chosen_by_time_while_a_live_one_fits():
    gone = replace(talk("gone", "Cancelled", "13:00"), vanished=True)
    (mark,) = fold(marked_at("13:10"))
    for live in (
        talk("live", "Instead", "13:05"),
        talk("live", "Instead", "13:05", room="Hall B"),
        talk("live", "Just Over", "12:30", minutes=37),
    ):
        linked = Linker([conference(gone, live)], {}).link(mark)
        assert (linked.talk.id, linked.how) == ("live", How.TIME)
    two = conference(gone, talk("one", "One", "13:00"), talk("two", "Two", "13:00", room="Hall B"))
    assert Linker([two], {}).link(mark).how is How.UNLINKED  # two rooms: still not guessed
    alone = Linker([conference(gone, talk("later", "Later", "15:00"))], {}).link(mark)
    assert (alone.talk.id, alone.how) == ("gone", How.TIME)  # it did happen, as far as anybody knows


def test_a_talk_that_vanished_keeps_the_bookmarks_that_chose_it():
    gone = replace(talk("gone", "Cancelled", "13:00"), vanished=True)
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:10"), err=10, source="host")
    log.add(0, "bookmark", tag="note", talk="gone")
    linked = Linker([conference(gone, talk("live", "Instead", "13:05"))], {}).link(fold(log)[0])
    assert (linked.talk.id, linked.how) == ("gone", How.CHOSEN)
