"""Random histories of syncs and edits: every byte that a person wrote survives, nothing doubles or comes back."""

import json
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive.journals import parse_log
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import Linker
from clapmark.notes.plan import Post, PostInputs, plan_posts
from clapmark.posts.markdown_scan import scan
from tests.host.notes.test_escape import hostile
from tests.support.archive import histories
from tests.support.archive.conference import conference, talk, utc_ms
from tests.support.archive.found_histories import FOUND
from tests.support.archive.histories import Player, Totals, new_seed, play_one, random_history, save_failed
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText


@pytest.mark.parametrize("history", FOUND.values(), ids=FOUND.keys())
def test_what_random_histories_have_found_stays_right(history):
    totals = Totals()
    play_one(history, totals)
    assert totals.wrong == 0, totals


def test_histories_on_the_disk_end_like_those_in_memory():
    seed = new_seed()
    for number in range(12):
        history = random_history(Random(f"{seed} {number}"))
        totals = Totals()
        assert play_one(history, totals) == play_one(history, totals, on_disk=True), (seed, number)
        assert totals.wrong == 0, (seed, number, totals)


def test_a_history_that_fails_is_saved_with_few_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(histories, "FAILED", tmp_path)
    monkeypatch.setattr(Player, "lost", lambda self, *_: int(self.totals.kinds["undo"] > 0))
    kind, steps = "hugo", [("press", "bees", 5), ("undo", 1, None), ("sync", None, None), ("press", "", 7)]
    save_failed((kind, steps), 7, 3)
    saved = json.loads((tmp_path / "7-3.json").read_text())
    assert saved["history"] == ["hugo", [["undo", 1, None]]]
    totals = Totals()
    play_one(saved["history"], totals)
    assert totals.wrong > 0


@settings(max_examples=150, deadline=None)
@given(st.lists(hostile, min_size=5, max_size=5), hostile, hostile, hostile)
def test_hostile_schedules_change_nothing_about_the_structure_of_a_post(titles, abstract, speaker, name):
    """The same headings, lists, quotations and markers come out for all words."""
    talks = [
        talk(
            f"t{number}", title, f"{13 + number}:00", kind="lightning" if number > 2 else "talk",
            abstract=abstract, speakers=(speaker, name), url=f"https://example.org/{name}",
        )
        for number, title in enumerate(titles)
    ]  # fmt: skip
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=5)
    for number in range(5):
        log.add(number * 3_600_000 + 60_000, "bookmark", tag="a{{<", talk=f"t{number}")
    schedule = conference(*talks, title=name)  # not even the importers' own care is relied on
    folder = Path("/archive")
    linker = Linker([schedule], {})
    linked = [linker.link(bookmark) for bookmark in all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])]

    def plan(post, written):
        posts = (Post(folder / "post.md", post),)
        files = PostInputs(schedule, posts, folder / "written.log", written, (name, "conference"))
        return plan_posts([files], linked, {}, folder)

    first = plan(None, b"")
    assert first.left == []
    again = plan(*(change.after for change in first.changes))
    assert (again.changes, again.left) == ([], [])
    post = first.changes[0].after.decode()
    body = post.split("\n---\n", 1)[1]
    assert [heading.level for heading in scan(post.splitlines(keepends=True)).headings] == [2, 2, 2, 2, 3, 3]
    assert "{{" not in body and "}}" not in body and not re.search(r"<(?!!-- clapmark [a-z0-9 -]+ -->)", body)
    assert len(re.findall("<!-- clapmark begin", body)) == 5
    assert json.loads(post.split("\n")[1].removeprefix("title: ")) is not None
