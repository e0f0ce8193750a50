"""The index is derived: deleted, damaged or outdated without harm."""

import json
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clapmark.base.errors import ClapmarkError
from clapmark.index import Query, ask, open_index, search
from clapmark.schedule.store import to_json
from tests.support.archive.conference import conference, small_conference
from tests.support.archive.journal_text import DEVICE, JournalText
from tests.support.archive.notes_archive import SLUG, later, make_archive, minutes, read, utc_ms, write_notes
from tests.support.archive.worded_archive import find, make_worded_archive, rows, write
from tests.support.command_line import type_in


@pytest.fixture
def archive(tmp_path):
    return make_worded_archive(tmp_path / "archive")


def test_countdowns_are_there_with_planned_and_actual_time(archive):
    columns = "time, talk, speakers, planned_s, actual_s, overrun_s"
    with open_index(archive) as index:
        rows = [tuple(row) for row in index.connection.execute(f"SELECT {columns} FROM countdowns ORDER BY time")]
    assert rows == [
        ("2019-05-03 17:00:05", f"{SLUG}/light-1", '["Di Sample"]', 300, 355, 55),
        ("2019-05-03 17:07:00", f"{SLUG}/light-2", '["Ed Sample"]', 300, None, None),
    ]


def change_nothing(archive):
    return 0


def sync_more(archive):
    later(archive)
    return 1


def edit_the_post(archive):
    write(archive, "**13:55** todo", " ask about the hive")
    return 1


def delete_the_post(archive):
    archive.post_path(SLUG).unlink()
    return 1


def delete_a_bullet(archive):
    path = archive.post_path(SLUG)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "**13:55** todo" not in line))
    return 1


def another_device(archive):
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=10)
    log.add(minutes(8), "bookmark", tag="note", talk="dicts")
    path = archive.log_path(DEVICE, "0BADF00E")
    path.write_bytes(log.data)
    return 1


def delete_a_log(archive):
    device, epoch = archive.journals()[-1]
    archive.log_path(device, epoch).unlink()
    return 1


STEPS = (change_nothing, sync_more, edit_the_post, another_device, delete_a_log)


@pytest.mark.parametrize("step", [*STEPS, delete_a_bullet, delete_the_post], ids=lambda step: step.__name__)
def test_only_what_changed_is_read_and_the_rows_are_those_of_a_new_index(archive, step):
    rows(archive)
    expected = step(archive)
    with open_index(archive) as index:
        assert (index.read, index.is_new) == (expected, False)
    updated = rows(archive)
    (archive.folder / ".clapmark" / "index.sqlite").unlink()
    assert rows(archive) == updated


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=5))
def test_after_any_history_the_updated_index_is_that_of_a_new_one(tmp_path_factory, steps):
    archive = make_archive(tmp_path_factory.mktemp("archive") / "a")
    write_notes(archive)
    for step in steps:
        rows(archive)
        if archive.journals() and "**13:55** todo" in read(archive):
            step(archive)
    updated = rows(archive)
    with open_index(archive, rebuild=True):
        pass
    assert rows(archive) == updated


def test_a_bookmark_that_was_deleted_in_its_post_is_in_no_search_until_it_is_back(archive):
    assert ("bookmark", "bees", "todo") in find(archive, tag="todo")
    before = read(archive)
    delete_a_bullet(archive)
    assert find(archive, tag="todo") == []
    sync_more(archive)  # its log is read again
    another_device(archive)
    assert find(archive, tag="todo") == []
    archive.post_path(SLUG).write_text(before)
    assert ("bookmark", "bees", "todo") in find(archive, tag="todo")


def test_a_dropped_bookmark_is_in_no_search_until_it_is_assigned(archive):
    (name,) = (line.split()[-2] for line in read(archive).splitlines() if "**13:55** todo" in line)
    assert type_in(archive, "assign", name, "--drop")[0] == 0
    assert find(archive, tag="todo") == []
    assert type_in(archive, "assign", name, "bees")[0] == 0
    assert ("bookmark", "bees", "todo") in find(archive, tag="todo")


def test_a_new_schedule_or_setting_links_all_bookmarks_again(archive):
    assert ("bookmark", "bees", "todo") in find(archive, tag="todo")
    schedule = small_conference()
    path = archive.schedule_path(SLUG)
    talks = tuple(one for one in schedule.talks if one.id != "bees")
    path.write_bytes(to_json(conference(*talks)))
    assert find(archive, tag="todo") == [("bookmark", None, "todo")]


def damage(path, how):
    data = bytearray(path.read_bytes())
    if how == "no database":
        path.write_text("not a database at all, but long enough to be looked at\n" * 100)
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "overwritten":  # all pages but the first, so that it opens
        path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    else:
        connection = sqlite3.connect(path)
        connection.executescript("DROP TABLE texts_fts; PRAGMA user_version = 0;")


@pytest.mark.parametrize("how", ["no database", "empty", "cut", "overwritten", "of an older version"])
def test_a_damaged_index_is_rebuilt_and_reported(archive, how):
    expected = rows(archive)
    path = archive.folder / ".clapmark" / "index.sqlite"
    damage(path, how)
    hits, notices = ask(archive, lambda connection: search(connection, Query("haiku")))
    assert [hit.talk_id for hit in hits] == ["light-2"]
    if how in {"empty", "of an older version"}:
        assert notices == []
    else:
        assert len(notices) == 1 and "was damaged" in notices[0] and "was rebuilt" in notices[0]
    assert rows(archive) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_search_answers_with_any_byte_damaged(archive, data):
    with open_index(archive):
        pass
    path = archive.folder / ".clapmark" / "index.sqlite"
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    hits = []
    try:
        hits, _ = ask(archive, lambda connection: search(connection, Query("haiku")))
    except ClapmarkError as error:
        assert "delete" in str(error)
    if not hits:  # the flipped bits are in the word itself, which no database notices
        path.unlink()
        hits, _ = ask(archive, lambda connection: search(connection, Query("haiku")))
    assert hits


def test_a_post_whose_markers_do_not_fit_is_reported_each_time(archive):
    text = read(archive).replace("<!-- clapmark end dicts -->\n", "", 1)
    archive.post_path(SLUG).write_text(text)
    for _ in range(2):
        hits, notices = ask(archive, lambda connection: search(connection, Query("haiku")))
        assert len(hits) == 1 and len(notices) == 1 and "cannot be found" in notices[0]


def test_many_searches_at_once_all_answer(archive):
    command = [sys.executable, "-m", "clapmark", "search", "haiku", "--json", "--archive", str(archive.folder)]
    for _ in range(2):
        searches = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        answers = [json.loads(search.communicate()[0]) for search in searches]
        assert [answer[0]["talk"] for answer in answers] == ["light-2"] * 3
        (archive.folder / ".clapmark" / "index.sqlite").write_bytes(b"damaged" * 1_000)


def test_what_blocks_the_index_is_reported(archive):
    (archive.folder / ".clapmark" / "index.sqlite").mkdir()
    with pytest.raises(ClapmarkError, match="derived"):
        find(archive, "haiku")


def test_a_large_archive_reports_that_it_is_indexed_once(archive, monkeypatch):
    monkeypatch.setattr("clapmark.index.database._LARGE_BYTES", 100)
    said = []
    for _ in range(2):
        with open_index(archive, notice=said.append):
            pass
    assert len(said) == 1 and "done once" in said[0]


def test_git_does_not_see_the_index(archive):
    subprocess.run(["git", "init", "-q", archive.folder], check=True)
    rows(archive)
    status = subprocess.run(
        ["git", "-C", archive.folder, "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True
    ).stdout
    assert "index" not in status and "clapmark.toml" in status
