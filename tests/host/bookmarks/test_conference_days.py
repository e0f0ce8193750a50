"""Which conference a bookmark counts for, and which of its talks: the limits, to the millisecond."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clapmark.archive.journals import parse_log
from clapmark.archive.wall_time import Clock, WallTime
from clapmark.bookmarks.assignments import NO_TALK
from clapmark.bookmarks.fold import Bookmark, all_bookmarks, fold_visits
from clapmark.bookmarks.linker import How, Linker, span_of
from clapmark.schedule.model import LIGHTNING
from tests.support.archive.conference import conference, talk, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText

HALF_A_DAY_MS = 12 * 3_600_000
TWO_TALKS = conference(talk("a", "A", "10:00"), talk("b", "B", "15:00", 60))
FIRST_MS, LAST_MS = utc_ms("10:00") - HALF_A_DAY_MS, utc_ms("16:00") + HALF_A_DAY_MS


def pressed(at_ms: int, error_ms: int = 0, **more) -> Bookmark:
    return Bookmark(DEVICE, EPOCH, 1, "00000001", 1, 0, WallTime(at_ms - error_ms, at_ms + error_ms), "note", **more)


def at(at_ms: int) -> WallTime:
    return WallTime(at_ms, at_ms)


@pytest.mark.parametrize(
    ("at_ms", "is_inside"), [(FIRST_MS - 1, False), (FIRST_MS, True), (LAST_MS, True), (LAST_MS + 1, False)]
)
def test_a_conference_lasts_from_half_a_day_before_its_first_talk_to_half_a_day_after_its_last(at_ms, is_inside):
    assert span_of(TWO_TALKS).overlaps(at(at_ms)) is is_inside
    assert Linker([TWO_TALKS], {}).link(pressed(at_ms)).slug == (TWO_TALKS.slug if is_inside else None)


def test_a_time_with_open_ends_may_be_in_the_days_if_what_is_known_of_it_allows_that():
    span = span_of(TWO_TALKS)
    assert span.overlaps(WallTime(None, None))
    assert span.overlaps(WallTime(LAST_MS, None)) and not span.overlaps(WallTime(LAST_MS + 1, None))
    assert span.overlaps(WallTime(None, FIRST_MS)) and not span.overlaps(WallTime(None, FIRST_MS - 1))


def test_a_conference_without_talks_has_no_days():
    assert not span_of(conference()).overlaps(WallTime(None, None))
    assert not span_of(conference()).overlaps(at(0))


def test_a_press_whose_time_is_a_minute_uncertain_is_linked_even_if_no_grace_is_allowed():
    for grace_s, error_ms, is_linked in (
        (0, 60_000, True),
        (0, 60_001, False),
        (300, 300_000, True),
        (300, 300_001, False),
    ):
        link = Linker([TWO_TALKS], {}, grace_s).link(pressed(utc_ms("10:10"), error_ms))
        assert (link.how == How.TIME) is is_linked


def test_a_talk_id_of_two_conferences_at_once_belongs_to_the_talk_that_begins_nearer():
    other = conference(talk("a", "A", "20:00"), slug="other")
    linker = Linker([TWO_TALKS, other], {})
    assert linker.chosen("a", at(utc_ms("14:59")))[0] == TWO_TALKS.slug
    assert linker.chosen("a", at(utc_ms("15:01")))[0] == "other"
    assert linker.chosen("b", at(utc_ms("20:00")))[0] == TWO_TALKS.slug
    assert linker.chosen("c", at(utc_ms("15:01"))) is None


def test_a_bookmark_in_the_days_of_two_conferences_and_in_no_talk_belongs_to_neither():
    other = conference(talk("x", "X", "20:00"), slug="other")
    link = Linker([TWO_TALKS, other], {}).link(pressed(utc_ms("13:00")))
    assert (link.slug, link.talk, link.how) == (None, None, How.UNLINKED)
    assert Linker([TWO_TALKS], {}).link(pressed(utc_ms("13:00"))).slug == TWO_TALKS.slug


def test_an_assignment_to_no_talk_holds_against_time_and_device():
    mark = pressed(utc_ms("10:10"), talk_id="a")
    link = Linker([TWO_TALKS], {}, assigned={mark.id: (TWO_TALKS.slug, NO_TALK)}).link(mark)
    assert (link.slug, link.talk, link.how) == (TWO_TALKS.slug, None, How.ASSIGNED)
    link = Linker([TWO_TALKS], {}, assigned={mark.id: ("gone", "a")}).link(mark)
    assert link.how == How.CHOSEN, "a conference that was removed gives its bookmarks back"


def test_a_long_talk_is_found_to_its_end_when_others_began_meanwhile():
    talks = [talk("long", "Workshop", "9:00", 480, room="Lab")]
    talks += [talk(f"t{n}", "T", f"{10 + n}:00", 10, room="Hall A") for n in range(6)]
    found = Linker([conference(*talks)], {}).fitting(at(utc_ms("16:59")))
    assert [one.id for _, one in found] == ["long"]
    found = Linker([conference(*talks)], {}).fitting(at(utc_ms("17:04:59")))
    assert [one.id for _, one in found] == ["long"]


def test_a_talk_that_left_the_schedule_counts_only_where_no_other_fits():
    talks = [talk("gone", "Gone", "10:00", room="A", vanished=True), talk("here", "Here", "10:00", room="B")]
    assert [one.id for _, one in Linker([conference(*talks)], {}).fitting(at(utc_ms("10:05")))] == ["here"]
    assert [one.id for _, one in Linker([conference(talks[0])], {}).fitting(at(utc_ms("10:05")))] == ["gone"]
    same_room = [talk("gone", "Gone", "10:10", vanished=True), talk("here", "Here", "10:00")]
    assert [one.id for _, one in Linker([conference(*same_room)], {}).fitting(at(utc_ms("10:15")))] == ["here"]


def test_of_two_talks_that_begin_at_once_in_one_room_it_is_always_the_same_one():
    pair = [talk("a", "A", "10:00"), talk("b", "B", "10:00")]
    for talks in (pair, pair[::-1]):
        assert [one.id for _, one in Linker([conference(*talks)], {}).fitting(at(utc_ms("10:05")))] == ["b"]


def test_two_moments_without_length_and_room_at_the_same_time_are_not_distinguished():
    talks = [talk("a", "A", "10:00", 0, room=""), talk("b", "B", "10:00", 0, room="")]
    found = Linker([conference(*talks)], {}).fitting(at(utc_ms("10:02")))
    assert sorted(one.id for _, one in found) == ["a", "b"]


@pytest.mark.parametrize(("clock", "fits"), [("10:02", ["b"]), ("09:58", ["a"])])
def test_of_two_moments_without_length_and_room_the_nearer_one_fits(clock, fits):
    first, second = (talk(name, name, "10:00", 0, room="") for name in "ab")
    later = second.start + timedelta(seconds=1)
    talks = [first, replace(second, start=later, end=later)]
    found = Linker([conference(*talks)], {}).fitting(at(utc_ms(clock)))
    assert [one.id for _, one in found] == fits


def test_only_a_lightning_talk_hides_the_session_around_it():
    for kind, expected in ((LIGHTNING, ["short"]), ("talk", ["session", "short"])):
        talks = [talk("session", "S", "17:00", 60, room=""), talk("short", "P", "17:05", 5, room="", kind=kind)]
        found = Linker([conference(*talks)], {}).fitting(at(utc_ms("17:07")))
        assert sorted(one.id for _, one in found) == expected


@pytest.mark.parametrize(("stayed_ms", "expected"), [(59_999, ["b"]), (60_000, ["a", "b"])])
def test_a_talk_that_was_shown_for_a_minute_was_visited_and_less_was_on_the_way(stayed_ms, expected):
    log = JournalText()
    log.add(1_000, "talk", id="a", how="picked")
    log.add(1_000 + stayed_ms, "talk", id="b", how="next")
    log.reboot()
    log.add(5, "talk", id="c", how="clock")
    journal = parse_log(DEVICE, EPOCH, log.data)
    assert [visit.talk_id for visit in fold_visits(journal, Clock(journal.records))] == expected


def test_bookmarks_of_one_boot_keep_the_order_of_the_devices_clock_and_a_passage_is_never_negative():
    log = JournalText()
    late = log.add(2_000, "bookmark", tag="second")
    early = log.add(1_000, "bookmark", tag="first")
    log.add(3_000, "span", of=late, len=1_500)
    log.add(3_000, "span", of=early, len=-7)
    found = all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])
    assert [(one.tag, one.length_ms) for one in found] == [("first", 0), ("second", 1_500)]
