"""The ownership rule: what clapmark may touch in a post, and what it may not."""

import shutil

import pytest

from clapmark.base.errors import ExitCode
from clapmark.notes import apply, plan_notes
from clapmark.notes.sections import is_emptied
from clapmark.posts.flavours import FLAVOURS
from clapmark.posts.ids import UNLINKED
from tests.support.archive.conference import conference, small_conference, talk, utc_ms
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import SLUG, bullet, edit, later, make_archive, minutes, read, write_notes


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    write_notes(made)
    return made


RETAG = {"of": 4, "tag": "question"}  # the first bookmark, 13:05


def test_a_new_bookmark_goes_between_the_others_by_time(archive):
    before = read(archive).splitlines()
    later(archive)
    assert write_notes(archive) == []
    after = read(archive).splitlines()
    new = bullet(archive, "**13:15** new")
    assert after[after.index(new) - 1].startswith("- **13:12**")
    assert [line for line in after if line != new] == before


def test_a_second_bookmark_goes_behind_the_only_one_of_its_talk_and_an_earlier_one_before_it(archive):
    def after(log):
        log.add(minutes(244), "bookmark", tag="after", talk="light-1")

    def both(log):
        after(log)
        log.add(minutes(242), "bookmark", tag="before", talk="light-1")

    for more in (after, both):
        later(archive, more)
        assert write_notes(archive) == []
    text = read(archive)
    block = text[text.index("begin light-1") : text.index("end light-1")]
    bullets = [line.split(",")[0] for line in block.splitlines() if line.startswith("- ")]
    assert bullets == ["- **17:02** before", "- **17:03** note", "- **17:04** after"]


def test_the_first_bookmark_of_a_block_goes_right_under_its_begin_whatever_blanks_are_there(archive):
    text = read(archive)
    bullets = text[text.index("begin light-1 -->") : text.index("<!-- clapmark end light-1")]
    edit(archive, bullets, "begin light-1 -->\n\n\n")
    later(archive, lambda log: log.add(minutes(244), "bookmark", tag="new", talk="light-1"))
    assert write_notes(archive) == []
    assert "begin light-1 -->\n- **17:04** new" in read(archive)


def test_a_bullet_that_was_not_touched_is_updated(archive):
    old = bullet(archive, "**13:05**")
    later(archive, lambda log: log.add(minutes(300), "retag", **RETAG))
    before = read(archive)
    assert write_notes(archive) == []
    assert read(archive) == before.replace(old, old.replace("note,", "question,"))


@pytest.mark.parametrize(
    "words",
    [
        lambda line: line + " my own words",
        lambda line: line.replace(" <!--", ": my own words <!--"),
        lambda line: line + "\n  - nested words",
        lambda line: line + "\n\n  more words",
        lambda line: line + "\nwords that go on",
        lambda line: line + "\n  ```\n  ## code\n  ```",
        lambda line: line.replace("- **", "* **"),
        lambda line: "  " + line,
        lambda line: "1. x\n   " + line,
        lambda line: line + "  ",
        lambda line: line + "\t",
        lambda line: line + "\u00a0",
        lambda line: line + "\x0c",
        lambda line: line + "\\",
    ],
)
def test_a_bullet_with_words_of_yours_is_left_and_reported_once(archive, words):
    old = bullet(archive, "**13:05**")
    mine = edit(archive, old, words(old))
    assert write_notes(archive) == []  # nothing new: nothing to tell
    assert read(archive) == mine
    later(archive, lambda log: log.add(minutes(300), "retag", **RETAG))
    plan = plan_notes(archive)
    assert plan.exit_code == ExitCode.CONFLICT
    assert "words of yours; it would now read: **13:05** question, 5 min in" in plan.left[0]
    apply(plan)
    assert read(archive) == mine
    assert plan_notes(archive).left == [] and plan_notes(archive).changes == []


def test_words_behind_and_under_a_bullet_survive_later_bookmarks(archive):
    old = bullet(archive, "**13:12**")
    mine = edit(archive, old, f"{old} he said it twice\n  - and then\n    - deeper\n\n  a paragraph\n- my own bullet")
    later(archive)
    write_notes(archive)
    new = bullet(archive, "**13:15** new")
    assert read(archive).replace(new + "\n", "") == mine
    assert f"- my own bullet\n{new}\n" in read(archive)


def test_a_deleted_bullet_never_comes_back(archive):
    mine = edit(archive, bullet(archive, "**13:12**") + "\n", "")
    for _ in range(2):
        assert write_notes(archive) == []
        assert read(archive) == mine
    later(archive, lambda log: log.add(minutes(300), "retag", of=7, tag="other"))
    assert write_notes(archive) == []
    assert read(archive) == mine


def test_the_memory_of_deletions_survives_the_derived_folder(archive):
    with archive.lock():
        pass
    mine = edit(archive, bullet(archive, "**13:12**") + "\n", "")
    shutil.rmtree(archive.folder / ".clapmark")
    write_notes(archive)
    assert read(archive) == mine


def test_a_deleted_section_stays_deleted_until_there_is_something_new_in_it(archive):
    text = read(archive)
    start, end = text.index("## Bees"), text.index("## Lightning")
    archive.post_path(SLUG).write_text(text[:start] + text[end:])
    assert write_notes(archive) == []
    assert "Bees" not in read(archive)
    later(archive, lambda log: log.add(minutes(58), "bookmark", tag="new", talk="bees"))
    write_notes(archive)
    assert "## Bees & Sensors\n" in read(archive)
    assert "13:58** new" in read(archive) and "13:55** todo" not in read(archive)
    assert read(archive).index("## Dict") < read(archive).index("## Bees") < read(archive).index("## Light")


def test_the_section_of_a_talk_that_is_new_goes_between_its_neighbours(archive):
    before = read(archive)
    later(archive, lambda log: log.add(minutes(2), "bookmark", tag="new", talk="other"))
    assert write_notes(archive) == []
    text = read(archive)
    headings = [line for line in text.splitlines() if line.startswith("#")]
    place = headings.index("## Meanwhile, Elsewhere")
    assert (headings[place - 1], headings[place + 1]) == ("## Dictionaries, All the Way Down", "## Bees & Sensors")
    start, end = text.index("## Meanwhile"), text.index("## Bees")
    assert text[:start] + text[end:] == before


def test_a_talk_goes_between_the_heading_of_its_session_and_a_talk_right_under_that(tmp_path):
    archive = make_archive(tmp_path)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("## Lightning talks\n### Errors as Haiku\nmy words\n")
    assert write_notes(archive) == []
    headings = [line for line in read(archive).splitlines() if line.startswith("#")]
    session = headings.index("## Lightning talks")
    assert headings[session:][:3] == ["## Lightning talks", "### My 3D Printer Knits", "### Errors as Haiku"]
    assert "### Errors as Haiku\nmy words\n" in read(archive)


def test_a_deleted_talk_without_bookmarks_stays_deleted(archive):
    mine = edit(archive, "### Errors as Haiku\n\n- Ed Sample\n", "")
    assert write_notes(archive) == []
    assert read(archive) == mine


def test_a_deleted_session_comes_back_with_a_new_bookmark(archive):
    text = read(archive)
    start, end = text.index("## Lightning"), text.index("## Bookmarks")
    archive.post_path(SLUG).write_text(text[:start] + text[end:])
    later(archive, lambda log: log.add(minutes(249), "bookmark", tag="new", talk="light-2"))
    write_notes(archive)
    assert "## Lightning talks\n\n### Errors as Haiku\n" in read(archive)
    assert "My 3D Printer" not in read(archive)


def test_what_was_taken_back_after_it_was_written_goes(archive):
    old = bullet(archive, "**13:05**")
    before = read(archive)
    later(archive, lambda log: log.add(minutes(300), "undo", of=4))
    assert write_notes(archive) == []
    assert read(archive) == before.replace(old + "\n", "")


def test_what_was_taken_back_but_has_words_of_yours_stays(archive):
    old = bullet(archive, "**13:05**")
    mine = edit(archive, old, old + " wait, this matters")
    later(archive, lambda log: log.add(minutes(300), "undo", of=4))
    (told,) = write_notes(archive)
    assert "taken back" in told
    assert read(archive) == mine
    assert write_notes(archive) == []


def test_a_bullet_that_you_moved_stays_where_you_put_it(archive):
    old = bullet(archive, "**13:05**")
    edit(archive, old + "\n", "")
    other = bullet(archive, "**13:55**")
    mine = edit(archive, other, f"{other}\n{old}")
    assert write_notes(archive) == []
    assert read(archive) == mine
    edit(archive, old + "\n", "")
    mine = edit(archive, "## Bees", f"{old}\n\n## Bees")
    later(archive, lambda log: log.add(minutes(300), "retag", **RETAG))
    assert len(write_notes(archive)) == 1
    assert read(archive) == mine


def test_a_bookmark_that_gets_its_talk_later_moves_there(tmp_path):
    archive = make_archive(tmp_path)
    write_notes(archive)
    assert "**2019-05-03 14:30** link" in read(archive)
    more = conference(*small_conference().talks, talk("gap", "Filled In Later", "14:20"))
    from clapmark.schedule.store import to_json

    archive.schedule_path(SLUG).write_bytes(to_json(more))
    assert write_notes(archive) == []
    assert "14:30** link, 10 min in" in read(archive)
    assert "2019-05-03 14:30" not in read(archive)
    assert read(archive).index("## Bees") < read(archive).index("## Filled") < read(archive).index("## Lightning")


def test_an_unknown_bullet_is_left_its_journal_may_be_on_another_laptop(archive):
    mine = edit(archive, bullet(archive, "**13:05**"), "- **13:01** note <!-- clapmark abcdefghij -->")
    write_notes(archive)
    assert read(archive) == mine


def test_after_the_list_of_written_bullets_was_lost_nothing_doubles_and_nothing_changes(archive):
    mine = edit(archive, bullet(archive, "**13:05**"), bullet(archive, "**13:05**") + " words")
    archive.written_path(SLUG).unlink()
    assert write_notes(archive) == []
    assert read(archive) == mine
    later(archive)
    write_notes(archive)
    assert read(archive).replace(bullet(archive, "**13:15** new") + "\n", "") == mine


def test_a_crash_between_post_and_list_loses_nothing(tmp_path):
    archive = make_archive(tmp_path)
    plan = plan_notes(archive)
    del plan.changes[1:]
    apply(plan)
    before = read(archive)
    write_notes(archive)
    assert read(archive) == before
    later(archive, lambda log: log.add(minutes(300), "retag", **RETAG))
    assert write_notes(archive) == []
    assert "question, 5 min in" in read(archive)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<!-- clapmark end dicts -->\n", "", "before those of dicts have ended"),
        ("<!-- clapmark begin dicts -->\n", "", "do not begin before it"),
        ("<!-- clapmark begin dicts -->\n", "<!-- clapmark begin dicts -->\n" * 2, "before those of"),
        ("<!-- clapmark end dicts -->", "<!-- clapmark end other -->", "do not begin before it"),
        ("<!-- clapmark begin bees -->", "<!-- clapmark begin dicts -->", "both begin the bullets of dicts"),
        ("<!-- clapmark end dicts -->", "```\n<!-- clapmark end dicts -->", "nothing ends them|before those of"),
        ("<!-- clapmark end .unlinked -->", "", "nothing ends them"),
        ("<<double>>", "", "carry the same marker"),
    ],
)  # fmt: skip
def test_markers_missing_or_double_refuse_the_file_with_the_reason(archive, old, new, reason):
    import re

    if old == "<<double>>":
        old = bullet(archive, "**13:05**")
        new = f"{old}\n{old} copied"
    mine = edit(archive, old, new)
    written = archive.written_path(SLUG).read_bytes()
    later(archive)
    (told,) = write_notes(archive)
    assert told.startswith(f"content/posts/{SLUG}.md was left as it is: line") and re.search(reason, told)
    assert read(archive) == mine
    assert archive.written_path(SLUG).read_bytes() == written


def test_markers_in_code_do_not_count(archive):
    block = "\n## How I make these notes\n\n```\n<!-- clapmark begin dicts -->\n## Bees & Sensors\n```\n"
    mine = read(archive) + block
    archive.post_path(SLUG).write_text(mine)
    assert write_notes(archive) == []
    later(archive)
    assert write_notes(archive) == []
    assert read(archive).endswith(block)


def test_a_deleted_post_without_bookmarks_stays_deleted_and_that_is_reported_each_time(tmp_path):
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=10, source="host")
    log.add(minutes(1), "talk", id="dicts", how="picked")
    log.add(minutes(31), "talk", id="", how="clock")
    archive = make_archive(tmp_path, log)
    write_notes(archive)
    assert "## Dictionaries, All the Way Down" in read(archive)
    archive.post_path(SLUG).unlink()
    for _ in range(2):
        assert any("no longer exists" in sentence for sentence in write_notes(archive))
        assert not archive.post_path(SLUG).exists()


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=FLAVOURS)
def test_a_section_that_is_emptied_is_reported_once(flavour):
    empty = f"{flavour.begin_marker(UNLINKED)}\n\n{flavour.end_marker(UNLINKED)}\n".encode()
    full = empty.replace(b"\n\n", b"\n- **14:30** link\n")
    assert is_emptied(full, empty, flavour)
    assert is_emptied(b"", empty, flavour)
    assert not is_emptied(empty, empty, flavour)
    assert not is_emptied(full, full, flavour) and not is_emptied(full, b"", flavour)
