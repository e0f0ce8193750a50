from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive.journals import parse_log
from clapmark.archive.wall_time import Clock, WallTime
from clapmark.bookmarks.fold import all_bookmarks, fold_visits
from clapmark.bookmarks.linker import How, Linker
from tests.support.archive.conference import conference, small_conference, talk, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line


def fold(log: JournalText):
    return all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])


def at(clock: str, day: int = 3, error: int = 10) -> JournalText:
    """Return a journal whose moment 0 is the local time `clock`."""
    log = JournalText()
    log.add(0, "clock", utc=utc_ms(clock, day), err=error, source="host")
    return log


def linked(log: JournalText, room: str = "", *schedules):
    schedules = schedules or (small_conference(),)
    linker = Linker(schedules, {"pyexample-2019": room})
    return [linker.link(bookmark) for bookmark in fold(log)]


def test_a_bookmark_is_what_its_records_made_of_it():
    log = JournalText()
    first = log.add(1_000, "bookmark", tag="note", talk="dicts")
    log.add(3_000, "span", of=first, len=2_000)
    log.add(5_000, "retag", of=first, tag="idea")
    second = log.add(9_000, "bookmark", tag="note")
    log.add(9_500, "undo", of=second)
    log.add(9_900, "retag", of=first, tag="quote")
    log.add(9_990, "retag", of=77, tag="lost")
    one, two = fold(log)
    assert (one.ms, one.tag, one.length_ms, one.talk_id, one.undone) == (1_000, "quote", 2_000, "dicts", False)
    assert (two.undone, two.tag) == (True, "note")


def test_later_records_may_come_first_in_the_file():
    log = JournalText()
    first = log.add(1_000, "bookmark", tag="note")
    log.add(2_000, "retag", of=first, tag="idea")
    log.add(3_000, "retag", of=first, tag="todo")
    log.lines.reverse()
    assert fold(log)[0].tag == "todo"


def test_two_records_of_one_number_are_two_bookmarks_with_ids_of_their_own():
    log = JournalText()
    log.add(1_000, "bookmark", tag="note")
    log.lines.append(line(1, 1, 1_001, "bookmark", tag="idea"))
    assert len({bookmark.id for bookmark in fold(log)}) == 2


@given(st.permutations(range(8)))
def test_the_same_records_in_any_order_give_the_same_bookmarks(order):
    log = at("13:00")
    for number in range(3):
        log.add(number * 1_000, "bookmark", tag="note")
    log.add(5_000, "span", of=2, len=100)
    log.add(6_000, "retag", of=3, tag="idea")
    log.add(6_500, "retag", of=3, tag="todo")
    log.add(7_000, "undo", of=4)
    expected = fold(log)
    log.lines = [log.lines[position] for position in order]
    assert fold(log) == expected


def test_the_talk_chosen_on_the_device_wins_over_the_time():
    log = at("13:10")
    log.add(0, "bookmark", tag="note", talk="late")
    (link,) = linked(log)
    assert (link.talk.id, link.how) == ("late", How.CHOSEN)


def test_a_talk_that_the_device_took_by_its_clock_alone_is_no_choice_where_several_run():
    log = at("13:10")
    log.add(0, "talk", id="other", how="clock")  # two rooms: the device cannot know
    log.add(0, "bookmark", tag="note", talk="other")
    log.add(35 * 60_000, "talk", id="bees", how="clock")  # 13:45: the only one that runs
    log.add(35 * 60_000, "bookmark", tag="note", talk="bees")
    assert [(link.talk and link.talk.id, link.how) for link in linked(log)] == [
        (None, How.UNLINKED),
        ("bees", How.TIME),
    ]
    assert linked(log, "hall a")[0].talk.id == "dicts", "the room in clapmark.toml decides"


def test_a_talk_that_the_device_took_by_its_clock_in_a_known_room_is_the_one():
    log = at("13:10")
    log.add(0, "talk", id="other", how="room")
    log.add(0, "bookmark", tag="note", talk="other")
    assert [(link.talk.id, link.how) for link in linked(log, "hall a")] == [("other", How.CHOSEN)]


def test_a_talk_record_counts_for_the_bookmarks_after_it_in_its_boot():
    log = at("13:10")
    log.add(0, "talk", id="bees", how="picked")
    log.add(0, "bookmark", tag="note")
    log.add(0, "talk", id="", how="clock")
    log.add(0, "bookmark", tag="note")
    log.reboot()
    log.add(0, "bookmark", tag="note")
    assert {bookmark.seq: bookmark.talk_id for bookmark in fold(log)} == {3: "bees", 5: "", 7: ""}


def test_by_time_only_if_exactly_one_room_fits():
    log = at("13:10")
    log.add(0, "bookmark", tag="note")  # two rooms
    log.add(35 * 60_000, "bookmark", tag="note")  # 13:45, one room
    assert [link.talk and link.talk.id for link in linked(log)] == [None, "bees"]
    assert [link.talk and link.talk.id for link in linked(log, "hall b")] == ["other", None]
    assert [link.slug for link in linked(log)] == ["pyexample-2019"] * 2


def test_a_press_just_after_the_end_is_still_that_talks():
    log = at("14:12")  # bees ended at 14:10
    log.add(0, "bookmark", tag="note")
    log.add(4 * 60_000, "bookmark", tag="note")  # 14:16 has no talk
    log.add((2 * 60 + 44) * 60_000, "bookmark", tag="note")  # 16:56: just before the lightning talks
    assert [link.talk and link.talk.id for link in linked(log)] == ["bees", None, "light-1"]


def test_an_uncertain_time_is_not_used_to_guess_a_talk():
    log = at("13:50", error=20 * 60_000)
    log.add(0, "bookmark", tag="note")
    (link,) = linked(log)
    assert (link.talk, link.how, link.slug) == (None, How.UNLINKED, "pyexample-2019")


def test_a_talk_id_of_two_conferences_belongs_to_the_one_of_that_time():
    other = conference(talk("dicts", "Another Year", "13:00", day=20), slug="another", title="Another")
    log = at("13:05", day=20)
    log.add(0, "bookmark", tag="note", talk="dicts")
    (link,) = linked(log, "", small_conference(), other)
    assert (link.slug, link.talk.title) == ("another", "Another Year")
    log = at("13:05", day=10)  # neither
    log.add(0, "bookmark", tag="note", talk="dicts")
    (link,) = linked(log, "", small_conference(), other)
    assert (link.slug, link.talk) == (None, None)


def test_a_talk_id_that_no_schedule_has_leaves_the_bookmark_unlinked_not_lost():
    log = at("13:45")
    log.add(0, "bookmark", tag="note", talk="vanished")
    (link,) = linked(log)
    assert (link.slug, link.talk) == ("pyexample-2019", None)


def test_talks_passed_on_the_way_to_another_are_no_visits():
    log = at("13:00")
    log.add(0, "talk", id="dicts", how="picked")
    log.add(5_000, "talk", id="other", how="next")
    log.add(10_000, "talk", id="bees", how="next")
    log.add(900_000, "talk", id="late", how="clock")
    log.add(990_000, "countdown", do="start", plan=300_000, preset="lightning", talk="light-1")
    journal = parse_log(DEVICE, EPOCH, log.data)
    assert [visit.talk_id for visit in fold_visits(journal, Clock(journal.records))] == ["bees", "light-1"]


SLOTS = st.tuples(st.integers(0, 90), st.integers(1, 40), st.sampled_from(["Hall A", "Hall B"]), st.booleans())


@settings(max_examples=100, deadline=None)
@given(
    slots=st.lists(SLOTS, min_size=1, max_size=8),
    moments_s=st.lists(st.integers(-600, 9_000), min_size=2, max_size=30),
    grace_s=st.sampled_from([0, 60, 300]),
)
def test_what_fits_a_moment_does_not_depend_on_what_was_asked_before(slots, moments_s, grace_s):
    talks = [
        talk(f"t{number}", f"T{number}", f"{13 + start // 60}:{start % 60:02}", minutes, room, vanished=vanished)
        for number, (start, minutes, room, vanished) in enumerate(slots)
    ]
    schedule = conference(*talks)
    one = Linker([schedule], {}, grace_s)
    for moment_s in moments_s:
        when = WallTime(utc_ms("13:00") + moment_s * 1000, utc_ms("13:00") + moment_s * 1000)
        assert one.fitting(when) == Linker([schedule], {}, grace_s).fitting(when)
        rooms = [found.room for _, found in one.fitting(when)]
        assert rooms == sorted(set(rooms))
        running = {
            each.room
            for each in talks
            if not each.vanished and each.start_utc_s <= when.utc_ms // 1000 < each.end_utc_s
        }
        assert running <= set(rooms)
