"""One conference stays one: the same talks are recognised, and names can be changed without losing a bookmark."""

from dataclasses import replace

import pytest

from clapmark.archive.archive import Archive
from clapmark.bookmarks.assignments import read_assignments
from clapmark.schedule import from_json, shared_talks, to_json
from tests.support.archive.conference import conference, small_conference, talk
from tests.support.archive.notes_archive import SLUG, make_archive, write_notes
from tests.support.command_line import type_in

CSV = "title,start,end,room\n" + "".join(
    f"Talk {number},2019-05-03 {9 + number:02}:00,{9 + number:02}:45,A\n" for number in range(6)
)


@pytest.fixture
def archive(tmp_path):
    return make_archive(tmp_path / "archive")


def load(archive, tmp_path, text, *words):
    path = tmp_path / "talks.csv"
    path.write_text(text)
    return type_in(archive, "schedule", "load", str(path), "--zone", "America/New_York", *words)


def test_the_same_talks_under_another_title_are_the_same_conference(archive, tmp_path):
    load(archive, tmp_path, CSV)
    code, _, told = load(archive, tmp_path, CSV, "--title", "RiverConf")
    assert code == 0 and "newer version" in told and "--conference riverconf" in told
    assert archive.conferences() == [SLUG, "talks"]
    assert from_json(archive.schedule_path("talks").read_bytes()).title == "RiverConf"


def test_a_second_name_that_was_asked_for_is_taken_with_a_warning(archive, tmp_path):
    load(archive, tmp_path, CSV)
    code, _, told = load(archive, tmp_path, CSV, "--conference", "again")
    assert code == 0 and "clapmark schedule remove talks" in told
    assert archive.conferences() == ["again", SLUG, "talks"]


def test_other_talks_are_another_conference(archive, tmp_path):
    load(archive, tmp_path, CSV)
    code, _, told = load(archive, tmp_path, CSV.replace("2019-05", "2020-06"), "--title", "Next")
    assert code == 0 and "newer version" not in told and "next" in archive.conferences()


def test_a_conference_is_renamed_with_its_post_and_its_assignments(archive):
    write_notes(archive)
    post = archive.post_path(SLUG)
    words = post.read_text() + "\nmy words\n"
    post.write_text(words)
    loose = type_in(archive, "assign")[1].split()[0]
    assert type_in(archive, "assign", loose, "bees")[0] == 0
    assert type_in(archive, "schedule", "rename", SLUG, "river", "--dry-run")[0] == 0
    assert archive.conferences() == [SLUG]
    assert type_in(archive, "schedule", "rename", SLUG, "river", "--title", "RiverConf")[0] == 0
    fresh = Archive(archive.folder)
    schedule = from_json(fresh.schedule_path("river").read_bytes())
    assert (fresh.conferences(), schedule.slug, schedule.title) == (["river"], "river", "RiverConf")
    assert not post.exists() and fresh.post_path("river").read_text() == words
    assert read_assignments(fresh)[loose] == ("river", "bees")
    write_notes(fresh)
    text = fresh.post_path("river").read_text()
    assert "my words" in text and text.count("clap-") >= words.count("clap-") and not post.exists()


def test_a_name_that_is_taken_is_refused_and_nothing_changes(archive, tmp_path):
    load(archive, tmp_path, CSV)
    for new in ("talks", "../x", "A"):
        code, _, told = type_in(archive, "schedule", "rename", SLUG, new)
        assert code == 2, told
    assert archive.conferences() == [SLUG, "talks"]
    assert type_in(archive, "schedule", "rename", "none", "other")[0] == 2


def test_a_removed_conference_leaves_its_bookmarks_and_posts(archive):
    write_notes(archive)
    before = {path: path.read_bytes() for path in archive.folder.rglob("*") if path.suffix in {".md", ".log"}}
    code, _, told = type_in(archive, "schedule", "remove", SLUG)
    assert code == 0 and "No bookmark and no post was changed" in told
    assert archive.conferences() == []
    assert {path: path.read_bytes() for path in before} == before
    kept = archive.schedule_path(SLUG).with_name("schedule.removed.json")
    assert type_in(archive, "schedule", "load", str(kept))[0] == 0
    assert archive.conferences() == [SLUG]


def test_two_versions_share_their_talks_and_two_years_do_not():
    one = small_conference()
    assert shared_talks(one, from_json(to_json(one))) == 1.0
    assert shared_talks(one, conference(talk("x", "Other", "13:00"))) == 0.0
    assert shared_talks(conference(), one) == 0.0


def test_bookmarks_that_fit_two_conferences_are_said_to_do_so(archive):
    schedule = from_json(archive.schedule_path(SLUG).read_bytes())
    twin = archive.schedule_path("twin")
    twin.parent.mkdir()
    twin.write_bytes(to_json(replace(schedule, slug="twin")))
    _, _, told = type_in(archive, "notes")
    assert f"the days of {SLUG} and twin overlap" in told and "clapmark schedule remove twin" in told
    type_in(archive, "schedule", "remove", "twin")
    assert "overlap" not in type_in(archive, "notes")[2]
