"""`clapmark assign`: a person's decision holds, survives rebuilds, and is undone by another one."""

import json

import pytest

from clapmark.archive.journals import read_journals
from clapmark.bookmarks.assignments import add_assignments, add_drops, read_assignments, read_drops
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import How, linker_of
from clapmark.notes import plan_notes
from clapmark.schedule.store import from_json, to_json
from firmware.core.lines.line import LineWriter
from tests.support.archive.conference import conference, small_conference, talk, utc_ms
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import SLUG, bullet, edit, later, make_archive, minutes, put, read, write_notes
from tests.support.command_line import type_in


@pytest.fixture
def archive(tmp_path):
    return make_archive(tmp_path)


def links(archive) -> dict:
    schedules = [from_json(archive.schedule_path(slug).read_bytes()) for slug in archive.conferences()]
    linker = linker_of(archive, schedules)
    return {one.tag: linker.link(one) for one in all_bookmarks(read_journals(archive)) if not one.undone}


def test_the_bookmarks_without_a_talk_are_listed_with_their_ids(archive):
    loose = links(archive)["link"].bookmark
    code, out, _ = type_in(archive, "assign")
    assert (code, out) == (0, f"{loose.id}  2019-05-03 14:30  link\n")
    assert [one["bookmark"] for one in json.loads(type_in(archive, "assign", "--json")[1])] == [loose.id]


def test_what_ran_at_the_time_is_listed_below_the_bookmarks_that_it_may_belong_to(archive):
    def guess(log):
        log.reboot()
        log.add(0, "clock", utc=utc_ms("13:10"), err=10, source="host")
        log.add(0, "talk", id="other", how="clock")
        for minute in range(2):
            log.add(minute * 60_000, "bookmark", tag="guess", talk="other")

    later(archive, guess)
    _, out, told = type_in(archive, "assign")
    lines = out.splitlines()
    assert [line.split()[1:] for line in lines[:2]] == [["2019-05-03", f"13:1{n}", "guess"] for n in range(2)]
    assert [line.split()[0] for line in lines[2:4]] == ["dicts", "other"] and "Hall B" in lines[3]
    assert lines[4].endswith("14:30  link") and len(lines) == 5
    assert f"[conferences.{SLUG}]" in told
    fitting = json.loads(type_in(archive, "assign", "--json")[1])[0]["fitting"]
    assert fitting == [{"conference": SLUG, "talk": "dicts"}, {"conference": SLUG, "talk": "other"}]


@pytest.mark.parametrize("name", ["14:30", "2019-05-03 14:30", "14:30:00", "id", "ID", "start of id"])
def test_a_bookmark_goes_to_the_talk_it_is_given_and_its_bullet_follows(archive, name):
    write_notes(archive)
    loose = links(archive)["link"].bookmark.id
    name = {"id": loose, "ID": loose.upper(), "start of id": loose[:4]}.get(name, name)
    code, _, told = type_in(archive, "assign", name, "bees &")
    assert code == 0 and "now belongs to “Bees & Sensors”; before: no talk" in told
    assert links(archive)["link"].how == How.ASSIGNED
    assert write_notes(archive) == []
    text = read(archive)
    assert text.index("begin bees") < text.index(f"clapmark {loose}") < text.index("end bees")
    assert "**14:30** link, 20 min after the end" in text


def test_an_empty_section_of_bookmarks_without_a_talk_is_the_persons_and_reported_once(archive):
    type_in(archive, "notes")
    type_in(archive, "assign", "14:30", "bees")
    heading = "## Bookmarks without a talk\n"
    told = type_in(archive, "notes")[2]
    assert "delete the heading “Bookmarks without a talk” if you like" in told and heading in read(archive)
    edit(archive, heading, "")
    put(archive, later(archive))
    assert "heading" not in type_in(archive, "notes")[2] and heading not in read(archive)


def test_a_decision_wins_over_the_device_survives_rebuilds_and_is_undone_by_another(archive):
    idea = links(archive)["idea"].bookmark.id
    first = write_notes(archive) or read(archive)
    assert type_in(archive, "assign", idea, "bees")[0] == 0
    kept = archive.assigned_path.read_bytes()
    put(archive, later(archive))
    assert links(archive)["idea"].talk.id == "bees"
    (archive.folder / ".clapmark" / "lock").unlink()
    assert links(archive)["idea"].talk.id == "bees"
    assert type_in(archive, "assign", idea, "-")[0] == 0 and links(archive)["idea"].talk is None
    assert type_in(archive, "assign", idea, "dicts")[0] == 0
    assert links(archive)["idea"].talk.id == "dicts"
    assert archive.assigned_path.read_bytes().startswith(kept)
    write_notes(archive)
    assert read(archive).replace(bullet(archive, "**13:15**") + "\n", "") == first


def test_there_and_back_the_post_is_the_same(archive):
    write_notes(archive)
    before = read(archive)
    idea = links(archive)["idea"].bookmark.id
    type_in(archive, "assign", idea, "bees")
    write_notes(archive)
    assert read(archive) != before
    type_in(archive, "assign", idea, "dicts")
    write_notes(archive)
    assert read(archive) == before


def test_a_bullet_with_words_stays_where_it_is_and_that_is_reported(archive):
    write_notes(archive)
    idea = links(archive)["idea"].bookmark.id
    mine = edit(archive, bullet(archive, "idea"), bullet(archive, "idea") + " mine")
    type_in(archive, "assign", idea, "bees")
    (told,) = write_notes(archive)
    assert "has words of yours" in told and read(archive) == mine


def test_json_and_dry_run(archive):
    before = sorted(archive.folder.rglob("*"))
    code, out, _ = type_in(archive, "assign", "14:30", "bees", "--json", "--dry-run")
    (value,) = json.loads(out)
    assert code == 0 and value["changed"] and value["before"] == {"conference": SLUG, "talk": None}
    assert value["after"] == {"conference": SLUG, "talk": "bees"}
    assert not archive.assigned_path.exists()
    assert [path for path in sorted(archive.folder.rglob("*")) if ".clapmark" not in str(path)] == before
    type_in(archive, "assign", "14:30", "bees")
    kept = archive.assigned_path.read_bytes()
    code, out, _ = type_in(archive, "assign", "14:30", "bees", "--json")
    assert json.loads(out)[0]["changed"] is False and archive.assigned_path.read_bytes() == kept


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["14:30"], "Name the talk as well"),
        (["99:99", "bees"], "There is no bookmark"),
        (["13:07", "bees"], "taken back on the device"),
        (["abcdefghij", "bees"], "There is no bookmark"),
        (["14:30", "no such talk"], "no talk with 'no such talk' in its title"),
        (["14:30", "e"], "talks have 'e' in their title"),
        (["../../x", "bees"], "There is no bookmark"),
    ],
)
def test_what_is_not_clear_is_said_and_nothing_is_written(archive, words, sentence):
    code, _, told = type_in(archive, "assign", *words)
    assert code == 2 and sentence in told
    assert not archive.assigned_path.exists()


def test_a_talk_that_is_gone_gives_its_bookmark_back_to_the_other_rules_until_it_returns(archive):
    type_in(archive, "assign", "14:30", "late")
    whole = archive.schedule_path(SLUG).read_bytes()
    fewer = [one for one in small_conference().talks if one.id != "late"]
    archive.schedule_path(SLUG).write_bytes(to_json(conference(*fewer)))
    assert links(archive)["link"].talk is None
    archive.schedule_path(SLUG).write_bytes(whole)
    assert links(archive)["link"].talk.id == "late"


def test_the_latest_decision_counts_wherever_git_put_its_line(archive):
    add_assignments(archive, {"a" * 10: (SLUG, "bees")}, 1_000)
    add_assignments(archive, {"a" * 10: (SLUG, "dicts")}, 900)  # by a laptop's clock that was set back
    lines = archive.assigned_path.read_bytes().splitlines(keepends=True)
    for order in (lines, lines[::-1], [*lines, *lines], [b"junk\n", *lines, lines[0][:9]], [lines[1], b"\n"]):
        archive.assigned_path.write_bytes(b"".join(order))
        assert read_assignments(archive) == {"a" * 10: (SLUG, "dicts")}


def test_a_line_that_a_power_cut_ended_is_no_decision_and_spoils_no_later_one(archive):
    add_assignments(archive, {"a" * 10: (SLUG, "bees")}, 1_000)
    archive.assigned_path.write_bytes(archive.assigned_path.read_bytes()[:-3])
    assert read_assignments(archive) == {}
    add_assignments(archive, {"b" * 10: (SLUG, "bees")}, 1_000)
    assert read_assignments(archive) == {"b" * 10: (SLUG, "bees")}


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("13:32", "dicts"), ("13:34:59", "dicts"), ("13:35", "bees"), ("14:12", "bees"), ("14:16", None)],
)  # fmt: skip
def test_a_press_just_after_the_end_is_that_talks_and_just_before_the_start_the_next_ones(tmp_path, clock, expected):
    only = conference(talk("dicts", "Dictionaries", "13:00"), talk("bees", "Bees", "13:40"))
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=5)
    log.add(utc_ms(clock) - utc_ms("13:00"), "bookmark", tag="x")
    archive = make_archive(tmp_path, log, only)
    found = links(archive)["x"].talk
    assert (found.id if found else None) == expected


def test_decisions_survive_a_schedule_that_is_loaded_again_and_the_plan_is_settled(archive):
    write_notes(archive)
    type_in(archive, "assign", "14:30", "bees")
    archive.schedule_path(SLUG).write_bytes(to_json(small_conference()))
    assert minutes(1) and write_notes(archive) == []
    assert plan_notes(archive).changes == [] and "20 min after the end" in read(archive)


def test_a_bookmark_goes_to_another_conference_and_back_as_often_as_you_like(archive):
    other = conference(talk("x1", "A Talk of Another Conference", "14:20"), slug="other", title="Other")
    archive.schedule_path("other").parent.mkdir()
    archive.schedule_path("other").write_bytes(to_json(other))
    type_in(archive, "assign", "14:30", "bees", "--conference", SLUG)
    write_notes(archive)
    here = read(archive)
    assert "**14:30** link" in here
    for _ in range(3):
        assert type_in(archive, "assign", "14:30", "x1", "--conference", "other")[0] == 0
        assert write_notes(archive) == []
        assert "14:30" not in read(archive) and "14:30" in archive.post_path("other").read_text()
        assert type_in(archive, "assign", "14:30", "bees", "--conference", SLUG)[0] == 0
        assert write_notes(archive) == []
        assert read(archive) == here and "14:30" not in archive.post_path("other").read_text()
    mine = edit(archive, bullet(archive, "**14:30**") + "\n", "")
    type_in(archive, "assign", "14:30", "x1", "--conference", "other")
    write_notes(archive)
    type_in(archive, "assign", "14:30", "bees", "--conference", SLUG)
    write_notes(archive)
    assert read(archive) == mine  # deleted here: it does not come back here


def test_a_dropped_bookmark_leaves_the_post_and_the_lists_and_comes_back_when_it_is_assigned(archive):
    write_notes(archive)
    loose = links(archive)["link"].bookmark.id
    code, _, told = type_in(archive, "assign", "--drop", "14:30")
    assert code == 0 and "is dropped now; before: no talk." in told
    assert read_drops(archive) == {loose}
    assert type_in(archive, "assign")[1] == ""
    assert write_notes(archive) == [] and loose not in read(archive)
    _, out, _ = type_in(archive, "assign", "--drop", loose, "--json")
    assert json.loads(out) == [{"bookmark": loose, "before": None, "after": None, "changed": False}]
    code, _, told = type_in(archive, "assign", loose, "bees")
    assert code == 0 and "now belongs to “Bees & Sensors”; before: dropped." in told
    assert read_drops(archive) == frozenset()
    assert write_notes(archive) == [] and "**14:30** link" in read(archive)
    assert plan_notes(archive).changes == []


def test_a_drop_needs_no_post_and_a_preview_writes_nothing(archive):
    _, _, told = type_in(archive, "assign", "--drop", "14:30", "--dry-run")
    assert "would be dropped" in told and not archive.assigned_path.exists()
    type_in(archive, "assign", "--drop", "14:30", "13:05")
    assert write_notes(archive) == []
    assert "14:30" not in read(archive) and "13:05" not in read(archive) and "13:12" in read(archive)
    assert type_in(archive, "assign", "--drop")[0] == 2


def test_a_dropped_bullet_with_words_stays_in_the_post(archive):
    write_notes(archive)
    old = bullet(archive, "14:30**")
    mine = edit(archive, old, old + " my words")
    type_in(archive, "assign", "--drop", "14:30")
    (left,) = write_notes(archive)
    assert "words of yours" in left and read(archive) == mine


def test_of_two_laptops_the_later_decision_counts_also_between_a_drop_and_an_assignment(archive):
    bookmark = links(archive)["link"].bookmark.id
    add_assignments(archive, {bookmark: (SLUG, "bees")}, 2_000)
    late = archive.assigned_path.read_bytes()
    archive.assigned_path.unlink()
    add_drops(archive, [bookmark], 1_000)
    early = archive.assigned_path.read_bytes()
    for data in (early + late, late + early):
        archive.assigned_path.write_bytes(data)
        assert read_assignments(archive) == {bookmark: (SLUG, "bees")} and not read_drops(archive)
    add_drops(archive, [bookmark], 500)  # the clock of this laptop is behind
    assert read_drops(archive) == {bookmark}


@pytest.mark.parametrize(
    "text",
    ["assign NOT-AN-ID pyconus bees 5", "assign {id} pyconus bees soon", "drop {id} 1x", "drop 5"],
)
def test_a_line_with_a_valid_crc_that_makes_no_sense_is_skipped(archive, text):
    loose = links(archive)["link"].bookmark.id
    writer = LineWriter(120)
    writer.raw(text.format(id=loose).encode())
    writer.seal()
    archive.assigned_path.write_bytes(bytes(writer.line[: writer.length]))
    assert read_assignments(archive) == {} and read_drops(archive) == frozenset()
    add_assignments(archive, {loose: (SLUG, "bees")}, 7)
    assert read_assignments(archive) == {loose: (SLUG, "bees")}
