"""A room that is not known is not a room that two talks share."""

import pytest

from clapmark.archive.wall_time import WallTime
from clapmark.bookmarks.linker import Linker
from clapmark.schedule.model import LIGHTNING
from tests.support.archive.conference import conference, talk, utc_ms


def fitting(clock: str, *talks, room: str = "", grace_s: int = 300) -> list[str]:
    schedule = conference(*talks)
    when = WallTime(utc_ms(clock), utc_ms(clock))
    return [one.id for _, one in Linker([schedule], {schedule.slug: room}, grace_s).fitting(when)]


def test_of_two_talks_at_once_without_rooms_none_is_guessed():
    talks = [talk("a", "A", "15:15", 45, room=""), talk("b", "B", "15:15", 45, room="")]
    assert fitting("15:19", *talks) == ["a", "b"]
    longer = [talk("a", "A", "15:00", 90, room=""), talk("b", "B", "15:15", 30, room="")]
    assert sorted(fitting("15:19", *longer)) == ["a", "b"]


@pytest.mark.parametrize(("clock", "found"), [("10:15", "a"), ("10:31", "b"), ("10:29", "a"), ("9:57", "a")])
def test_one_track_without_rooms_is_linked_as_before(clock, found):
    assert fitting(clock, talk("a", "A", "10:00", 30, room=""), talk("b", "B", "10:30", 30, room="")) == [found]


def test_just_after_two_talks_in_a_row_it_is_the_later_one_and_after_two_at_once_neither():
    row = [talk("a", "A", "10:00", 28, room=""), talk("b", "B", "10:28", 3, room="")]
    assert fitting("10:32", *row) == ["b"]
    at_once = [talk("a", "A", "10:00", 30, room=""), talk("b", "B", "10:00", 31, room="")]
    assert sorted(fitting("10:32", *at_once)) == ["a", "b"]


def test_just_before_two_talks_in_a_row_it_is_the_first_one():
    row = [talk("a", "A", "10:00", 3, room=""), talk("b", "B", "10:03", 30, room="")]
    assert fitting("9:58", *row) == ["a"]


def test_a_room_is_the_same_room_in_any_spelling():
    talks = [talk("a", "A", "10:00", room="Großer  Saal"), talk("b", "B", "10:10", 5, room="grosser saal")]
    assert fitting("10:12", *talks) == ["b"]
    assert fitting("10:05", talk("c", "C", "10:00", room="Łódź"), talks[0], room="LODZ") == ["c"]


ENDED, SOON = talk("ended", "Ended", "10:00", 30), talk("soon", "Soon", "10:33", 30)


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ("9:54:59", []),
        ("9:55", ["ended"]),  # five minutes before its start
        ("10:29:59", ["ended"]),
        ("10:31", ["ended"]),  # just ended, and the next begins in two minutes: what was heard is over
        ("10:32:59", ["ended"]),
        ("10:33", ["soon"]),
        ("11:07:59", ["soon"]),
        ("11:08", []),  # five minutes after its end
    ],
)
def test_in_one_room_a_talk_that_just_ended_comes_before_one_that_is_about_to_start(clock, found):
    assert fitting(clock, ENDED, SOON) == found


@pytest.mark.parametrize(("start", "minutes"), [("17:02", 60), ("16:30", 34)])
def test_a_talk_that_a_lightning_talk_only_overlaps_is_no_session_of_it(start, minutes):
    short = talk("short", "My Printer", "17:00", 5, room="", kind=LIGHTNING)
    assert sorted(fitting("17:03", talk("other", "Elsewhere", start, minutes, room=""), short)) == ["other", "short"]


def test_a_lightning_talk_without_a_room_comes_before_the_session_around_it():
    session = talk("session", "Lightning Talks", "17:00", 60, room="")
    short = talk("short", "My Printer", "17:05", 5, room="", kind=LIGHTNING)
    assert fitting("17:07", session, short) == ["short"]
    assert fitting("17:20", session, short) == ["session"]
