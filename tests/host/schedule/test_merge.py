"""A newer version of a schedule: ids, and so bookmarks, stay with the talks they belong to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.schedule import ScheduleError, Talk, carry_over, from_json, is_id, to_device_format, to_json
from clapmark.schedule.ids import talk_ids
from tests.support.archive.conference import conference, small_conference, talk
from tests.support.archive.notes_archive import SLUG, make_archive


def imported(*talks: Talk):
    """Return a schedule whose ids are those of a first import."""
    identities = [(one.title, ", ".join(one.speakers), one.room, one.start.isoformat()) for one in talks]
    ids = talk_ids([one.code or one.source_id for one in talks], identities)
    return conference(*(replace(one, id=talk_id) for one, talk_id in zip(talks, ids, strict=True)))


def test_a_talk_that_moved_and_was_renamed_keeps_its_id_by_any_identifier():
    for identifier in ({"guid": "g"}, {"code": "ABC"}, {"source_id": "17"}):
        before = conference(talk("kept", "Old title", "13:00", **identifier))
        fresh = imported(talk("", "New title", "15:00", room="Hall B", **identifier))
        update = carry_over(before, fresh, ())
        assert [one.id for one in update.schedule.talks] == ["kept"]
        assert update.schedule.talks[0].title == "New title"
        assert (update.new, update.moved, update.renamed, update.kept, update.gone) == (0, 1, 1, (), 0)
        assert update.notices() == [
            "Talks that changed since the last time: 1 at another time or place, 1 under another title."
        ]


def test_the_guid_goes_before_the_code_and_the_code_before_the_id():
    before = conference(
        talk("a", "A", "13:00", guid="1", code="X", source_id="7"),
        talk("b", "B", "14:00", guid="2", code="Y", source_id="8"),
        talk("c", "C", "15:00", guid="", code="Z", source_id="9"),
    )
    fresh = imported(
        talk("", "A", "13:00", guid="2", code="X", source_id="9"),
        talk("", "B", "14:00", guid="", code="Z", source_id="7"),
        talk("", "C", "15:00", guid="", code="", source_id="7"),
    )
    assert {one.title: one.id for one in carry_over(before, fresh, ()).schedule.talks}["A"] == "b"
    assert {one.title: one.id for one in carry_over(before, fresh, ()).schedule.talks}["B"] == "c"


def test_the_same_guid_on_every_talk_is_no_identifier():
    before = conference(*(talk(f"t{n}", f"Talk {n}", f"{13 + n}:00", guid="same") for n in range(3)))
    fresh = imported(*(talk("", f"Talk {n}", f"{13 + n}:00", guid="same", abstract="new") for n in (2, 0, 1)))
    assert {one.title: one.id for one in carry_over(before, fresh, ()).schedule.talks} == {
        "Talk 0": "t0",
        "Talk 1": "t1",
        "Talk 2": "t2",
    }


def test_talks_without_identifiers_are_found_by_title_or_by_slot_and_speakers():
    before = conference(talk("moved", "One title", "13:00"), talk("renamed", "Other", "14:00"))
    fresh = imported(talk("", "One title", "17:00", room="Hall B"), talk("", "Another", "14:00"))
    assert {one.id for one in carry_over(before, fresh, ()).schedule.talks} == {"moved", "renamed"}


def test_the_same_title_under_another_code_is_another_talk():
    before = conference(talk("old", "Welcome", "13:00", code="AAA"))
    update = carry_over(before, imported(talk("", "Welcome", "17:00", code="BBB")), ())
    assert [one.id for one in update.schedule.talks] == ["BBB"]
    assert (update.new, update.gone) == (1, 1)


def test_a_change_of_format_keeps_the_ids():
    listing = conference(talk("set-nmmm", "Set practice", "13:00"))
    update = carry_over(listing, imported(talk("", "Set Practice", "13:00", guid="g", code="ABC")), ())
    assert [(one.id, one.code) for one in update.schedule.talks] == [("set-nmmm", "ABC")]


def test_a_vanished_talk_stays_if_bookmarks_belong_to_it_and_is_reported():
    before = conference(talk("one", "With bookmarks", "13:00", code="A"), talk("two", "Without", "14:00", code="B"))
    fresh = imported(talk("", "New", "13:00", code="C"))
    update = carry_over(before, fresh, {"one"})
    assert [(one.id, one.vanished) for one in update.schedule.talks] == [("C", False), ("one", True)]
    assert update.notices() == [
        "Talks that changed since the last time: 1 new, 1 gone, without bookmarks.",
        '"With bookmarks" (one) is no longer in the schedule; it stays, marked as vanished, because bookmarks belong '
        "to it.",
    ]
    assert from_json(to_json(update.schedule)) == update.schedule
    assert to_device_format(update.schedule).count(b"\n") == 2  # the header and the new one
    back = carry_over(update.schedule, imported(talk("", "With bookmarks", "16:00", code="A")), {"one"})
    assert [(one.id, one.vanished) for one in back.schedule.talks] == [("one", False)]


def test_a_new_talk_does_not_take_the_id_of_one_that_vanished():
    before = conference(talk("ABC", "Old", "13:00", code="ABC", guid="1"), talk("x", "X", "14:00", code="ABC"))
    fresh = imported(talk("", "Entirely new", "16:00", code="ABC", guid="3", speakers=()))
    ids = [one.id for one in carry_over(before, fresh, {"ABC"}).schedule.talks]
    assert ids[0] == "ABC"
    assert ids[1].startswith("entirel-")


def test_vanished_talks_do_not_make_more_talks_than_can_be_read():
    many = [replace(talk("", f"T{n}", "13:00", code=f"C{n}"), id=f"C{n}") for n in range(5000)]
    before = conference(talk("old", "Old", "12:00", code="OLD"))
    with pytest.raises(ScheduleError, match="more than the 5000"):
        carry_over(before, conference(*many), {"old"})


TALKS = st.lists(
    st.builds(
        lambda title, hour, room, speakers, guid, code, number: talk(
            "", title, f"{hour}:00", room=room, speakers=speakers, guid=guid, code=code, source_id=number
        ),
        st.sampled_from(["Lunch", "Tea", "Keynote", "🚀"]),
        st.sampled_from([10, 11, 12]),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from([(), ("Ada",), ("Grace",)]),
        st.sampled_from(["", "same", "g1", "g2", "g3"]),
        st.sampled_from(["", "C1", "c1", "C2", "no id at all"]),
        st.sampled_from(["", "1", "2"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TALKS, min_size=2, max_size=4), st.data())
def test_after_any_history_ids_are_different_and_the_same_version_again_changes_nothing(versions, data):
    current = imported(*versions[0])
    for version in versions[1:]:
        fresh = imported(*version)
        bookmarked = set(data.draw(st.lists(st.sampled_from([one.id for one in current.talks]))))
        update = carry_over(current, fresh, bookmarked)
        ids = [one.id for one in update.schedule.talks]
        assert len({talk_id.lower() for talk_id in ids}) == len(ids)
        assert all(is_id(talk_id) for talk_id in ids)
        assert bookmarked <= set(ids)
        there = [replace(one, id="") for one in update.schedule.talks if not one.vanished]
        assert sorted(there, key=repr) == sorted((replace(one, id="") for one in fresh.talks), key=repr)
        again = carry_over(update.schedule, fresh, bookmarked)
        assert to_json(again.schedule) == to_json(update.schedule)
        current = from_json(to_json(update.schedule))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_talks_with_identifiers_keep_their_ids_when_all_else_changes(data):
    count = data.draw(st.integers(1, 8))
    kind = data.draw(st.sampled_from(["guid", "code", "source_id"]))
    before = imported(*(talk("", f"Talk {n}", "13:00", **{kind: f"K{n}"}) for n in range(count)))
    ids = {getattr(one, kind): one.id for one in before.talks}
    changed = [
        replace(
            one,
            title=data.draw(st.sampled_from(["Talk 0", "Talk 1", "Other"])),
            start=one.start + (shift := timedelta(hours=data.draw(st.integers(0, 5)))),
            end=one.end + shift,
            room=data.draw(st.sampled_from(["Hall A", "Hall B"])),
        )
        for one in data.draw(st.permutations(before.talks))
    ]
    after = carry_over(before, imported(*changed), ()).schedule
    assert {getattr(one, kind): one.id for one in after.talks} == ids


def run(tmp_path, *words):
    """Run `clapmark schedule ...` in the archive, and return what it told."""
    import io

    from clapmark.cli import clapmark

    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    clapmark.main(["schedule", *words, "--archive", str(tmp_path / "archive")], obj=environment, standalone_mode=False)
    return environment.stdout.getvalue() + environment.stderr.getvalue()


def csv_of(*talks: Talk) -> str:
    rows = (f"{one.title.replace(',', '')},{one.start:%Y-%m-%d %H:%M},30,{one.room}" for one in talks)
    return "\n".join(("title,start,duration,room", *rows)) + "\n"


def load_version(tmp_path, text, *more):
    (tmp_path / "new.csv").write_text(text, encoding="utf-8")
    zone = ("--zone", "America/New_York", "--title", "PyExample 2019")
    return run(tmp_path, "load", str(tmp_path / "new.csv"), *zone, "--conference", SLUG, *more)


def test_loading_a_newer_version_keeps_talks_with_bookmarks_and_says_so(tmp_path):
    archive = make_archive(tmp_path / "archive")
    path = archive.schedule_path(SLUG)
    before = path.read_bytes()
    text = csv_of(talk("", "Bees & Sensors", "16:00", room="Hall B"), talk("", "Brand new", "09:00"))
    assert '"Dictionaries, All the Way Down" (dicts) is no longer' in load_version(tmp_path, text, "--dry-run")
    assert path.read_bytes() == before
    told = load_version(tmp_path, text)
    assert "1 new, 1 at another time or place, 3 gone, without bookmarks" in told
    assert '"Dictionaries, All the Way Down" (dicts) is no longer in the schedule' in told
    now = from_json(path.read_bytes())
    assert {one.id: one.vanished for one in now.talks if one.id in {"dicts", "bees", "light-1"}} == {
        "dicts": True,
        "bees": False,
        "light-1": True,
    }
    assert path.with_name("schedule.before.json").read_bytes() == before
    assert run(tmp_path, "show").count("(vanished)") == 2
    again = load_version(tmp_path, text)
    assert "nothing was changed" in again
    assert from_json(path.read_bytes()) == now


def test_a_version_in_the_archive_that_is_damaged_is_not_replaced(tmp_path):
    path = make_archive(tmp_path / "archive").schedule_path(SLUG)
    path.write_bytes(b"{")
    with pytest.raises(ClapmarkError, match="Nothing was changed"):
        load_version(tmp_path, csv_of(*small_conference().talks))
    assert path.read_bytes() == b"{"
