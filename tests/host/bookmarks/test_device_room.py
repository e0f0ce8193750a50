"""The room that was set on the device is in the journal: a press is linked to a talk of that room."""

import pytest

from clapmark.archive.journals import parse_log
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import How, Linker
from clapmark.schedule import device_rooms
from tests.support.archive.conference import conference, talk, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText

LONG_A = "Grand Ballroom of the Convention Center A"
LONG_B = "Grand Ballroom of the Convention Center B"
TWO_ROOMS = conference(
    talk("a1", "A1", "13:00", room="Hall A"),
    talk("b1", "B1", "13:00", room="Hall B"),
    talk("a2", "A2", "13:40", room="Hall A"),
    talk("b2", "B2", "13:40", room="Hall B"),
)


def journal(*rooms: str, clock: str = "13:38") -> JournalText:
    """Return a journal in which these rooms are set before a press at `clock`."""
    log = JournalText()
    log.add(0, "clock", utc=utc_ms(clock) - 60_000, err=10, source="host")
    for room in rooms:
        log.add(1_000, "room", name=room)
    log.add(60_000, "bookmark", tag="note")
    return log


def links(log: JournalText, *schedules, room: str = ""):
    schedules = schedules or (TWO_ROOMS,)
    linker = Linker(schedules, {one.slug: room for one in schedules})
    return [linker.link(one) for one in all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])]


def test_a_press_two_minutes_before_a_talk_is_linked_in_the_room_that_is_set():
    (link,) = links(journal("Hall B"))
    assert (link.talk.id, link.how) == ("b2", How.TIME)
    (link,) = links(journal())
    assert (link.talk, link.how) == (None, How.UNLINKED)


def test_the_room_that_was_set_last_counts_and_an_empty_one_is_none():
    assert links(journal("Hall B", "Hall A"))[0].talk.id == "a2"
    assert links(journal("Hall B", ""))[0].talk is None


def test_a_room_counts_for_its_own_boot_only():
    log = journal("Hall B")
    log.reboot()
    log.add(1_000, "clock", utc=utc_ms("13:39"), err=10, source="host")
    log.add(2_000, "bookmark", tag="note")
    assert [link.talk and link.talk.id for link in links(log)] == ["b2", None]


@pytest.mark.parametrize("name", ["hall b", "HALL B"])
def test_a_room_is_matched_in_any_case(name):
    assert links(journal(name))[0].talk.id == "b2"


def test_rooms_that_the_device_has_shortened_are_distinguished():
    schedule = conference(talk("a", "A", "13:40", room=LONG_A), talk("b", "B", "13:40", room=LONG_B))
    for room, wanted in ((LONG_A, "a"), (LONG_B, "b")):
        name = device_rooms(schedule)[room].decode("latin-1")
        assert len(name) <= 23
        assert links(journal(name), schedule)[0].talk.id == wanted


def test_a_room_in_letters_of_another_script_is_matched_as_the_device_has_it():
    schedule = conference(talk("a", "A", "13:40", room="Зал 1"), talk("b", "B", "13:40", room="Zażółć"))
    for room, wanted in (("Зал 1", "a"), ("Zażółć", "b")):
        name = device_rooms(schedule)[room].decode("latin-1")
        assert links(journal(name), schedule)[0].talk.id == wanted


def test_the_room_of_the_device_comes_before_the_one_in_the_archives_settings():
    assert links(journal("Hall B"), room="Hall A")[0].talk.id == "b2"
    assert links(journal(), room="Hall A")[0].talk.id == "a2"


def test_a_room_that_no_schedule_has_says_nothing():
    assert links(journal("Foyer"))[0].talk is None
    assert links(journal("Foyer"), room="Hall A")[0].talk.id == "a2"
    alone = conference(talk("a", "A", "13:40", room="Hall A"))
    assert links(journal("Foyer"), alone)[0].talk.id == "a"


def test_of_two_conferences_at_once_only_the_one_with_the_room_counts():
    other = conference(talk("x", "X", "13:40", room="Saal"), slug="other", title="Other")
    assert (links(journal("Saal"), TWO_ROOMS, other)[0].slug) == "other"


def test_the_talk_that_was_chosen_on_the_device_counts_more_than_the_room():
    log = journal("Hall A")
    log.add(61_000, "talk", id="b2", how="picked")
    log.add(62_000, "bookmark", tag="note", talk="b2")
    assert [link.talk.id for link in links(log)] == ["a2", "b2"]
