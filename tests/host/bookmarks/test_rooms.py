"""A room that is not known is not a room that two talks share."""

import pytest

from clapmark.archive.wall_time import WallTime
from clapmark.bookmarks.linker import Linker
from tests.support.conference import conference, talk, utc_ms


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


def test_a_room_is_the_same_room_in_any_spelling():
    talks = [talk("a", "A", "10:00", room="Großer  Saal"), talk("b", "B", "10:10", 5, room="grosser saal")]
    assert fitting("10:12", *talks) == ["b"]
    assert fitting("10:05", talk("c", "C", "10:00", room="Łódź"), talks[0], room="LODZ") == ["c"]
