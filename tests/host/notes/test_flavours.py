"""Obsidian, plain Markdown, and one post per day."""

import pytest

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import add_assignments
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.conference import Conference
from clapmark.notes import plan, plan_notes
from clapmark.notes.media import BookmarkMedia, Media
from clapmark.schedule.store import to_json
from tests.support.archive.conference import conference, small_conference, talk, utc_ms
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import (
    SLUG,
    afternoon,
    edit,
    later,
    make_archive,
    minutes,
    put,
    read,
    write_notes,
)


def with_flavour(folder, flavour, log=None, schedule=None) -> Archive:
    archive = make_archive(folder, log, schedule)
    post = {"obsidian": "Talks/{slug}.md", "plain": "notes/{slug}.txt"}[flavour]
    (folder / "clapmark.toml").write_text(f'flavour = "{flavour}"\n[notes]\npost = "{post}"\n')
    return Archive(archive.folder)


def settled(archive) -> None:
    assert write_notes(archive) == []
    again = plan_notes(archive)
    assert (again.changes, again.left) == ([], [])


OBSIDIAN = """\
---
title: "PyExample 2019"
date: 2019-05-03
tags:
- "conference"
---

## Bees & Sensors

- [[Bo Sample]], [[Cy Sample]]

%% clapmark begin bees %%
- **13:55** #todo, 15 min in ^clap-r7xsobk6gx

%% clapmark end bees %%

**takeaway:**
"""
PLAIN = """\
# PyExample 2019

2019-05-03

## Bees & Sensors

- Bo Sample, Cy Sample

<!-- clapmark begin bees -->
- 13:55 todo, 15 min in <!-- clapmark r7xsobk6gx -->
<!-- clapmark end bees -->

takeaway:
"""


@pytest.mark.parametrize(("flavour", "expected"), [("obsidian", OBSIDIAN), ("plain", PLAIN)])
def test_a_new_post_looks_as_its_users_expect(tmp_path, flavour, expected):
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("13:00"), err=10)
    log.seq = afternoon().lines.index(next(line for line in afternoon().lines if b"tag=todo" in line))
    log.add(minutes(55), "bookmark", tag="todo")
    archive = with_flavour(tmp_path, flavour, log)
    settled(archive)
    assert read(archive) == expected


@pytest.mark.parametrize("flavour", ["obsidian", "plain"])
def test_the_ownership_rule_is_the_same_in_every_flavour(tmp_path, flavour):
    archive = with_flavour(tmp_path, flavour)
    settled(archive)
    lines = read(archive).splitlines()
    (edited, deleted) = (next(line for line in lines if time in line) for time in ("13:05", "13:12"))
    edit(archive, edited, f"{edited} my words\n    - nested")
    mine = edit(archive, deleted + "\n", "")
    later(archive)
    settled(archive)
    (new,) = (line for line in read(archive).splitlines() if "13:15" in line)
    assert read(archive).replace(new + "\n", "") == mine


def test_a_post_keeps_its_bullets_when_its_flavour_changes(tmp_path):
    archive = make_archive(tmp_path)
    write_notes(archive)
    (tmp_path / "clapmark.toml").write_text(f'flavour = "obsidian"\n[notes]\npost = "content/posts/{SLUG}.md"\n')
    archive = Archive(tmp_path)
    settled(archive)
    assert read(archive).count("13:05") == 1
    assert "- **13:05** #note, 5 min in ^clap-2zy22wl5pu\n" in read(archive)


def test_a_link_to_a_bullet_is_not_taken_for_the_bullet_and_comments_hide_headings(tmp_path):
    archive = with_flavour(tmp_path, "obsidian")
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("%%\n## Bees & Sensors\n%%\n\nsee [[other#^clap-2zy22wl5pu]]\n\n## bees & sensors\n")
    settled(archive)
    text = read(archive)
    assert text.startswith("%%\n## Bees & Sensors\n%%\n\nsee [[other#^clap-2zy22wl5pu]]\n")
    assert text.index("## bees & sensors") < text.index("begin bees") and text.count("begin bees") == 1


PAGE = """\
My notes for the talks I went to.

Dictionaries, all the way down

What a hash is. #

  • Ada - likes hashes
    • really
  • more

q & a:

  • was there one

q & a

  • another one

my takeaway: hash everything.

Something Else Entirely

A talk of another room.

takeaway: nothing.

Bees and sensors!

  • Bo

Saturday Lightning Talks

Errors as Haiku

  • funny

cyrpto money

  • expensive
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_bare_titles_of_a_plain_page_are_joined_and_only_lines_inside_new_markers_are_added(tmp_path, newline):
    schedule = conference(*(one for one in small_conference().talks if one.id != "bees"),
                          talk("bees", "Bees and Sensors", "13:40"))  # fmt: skip
    log = afternoon()
    log.add(minutes(248), "bookmark", tag="note", talk="light-2")
    archive = with_flavour(tmp_path, "plain", log, schedule)
    data = PAGE.replace("\n", newline).encode()
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    settled(archive)
    text = read(archive).replace(newline, "\n")
    order = [
        "• was there", "begin dicts", "13:05", "end dicts", "my takeaway", "Bees and", "• Bo", "begin bees", "13:55",
        "Saturday", "Errors as", "• funny", "begin light-2", "17:08", "end light-2", "cyrpto",
    ]  # fmt: skip
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert "\n  • another one\n\n<!-- clapmark begin dicts -->\n" in text
    assert "<!-- clapmark end dicts -->\nmy takeaway: hash everything.\n" in text
    assert text.count("Bees and sensors") == 1 and text.count("Errors as Haiku") == 1
    rest = iter(read(archive).splitlines(keepends=True))
    assert all(line in rest for line in data.decode().splitlines(keepends=True))


def two_days() -> JournalText:
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("13:00"), err=10)
    log.add(minutes(5), "bookmark", tag="first", talk="dicts")
    log.add(minutes(8 * 60), "bookmark", tag="loose")
    log.add(minutes(21 * 60 + 5), "bookmark", tag="second", talk="late")
    log.add(minutes(22 * 60), "bookmark", tag="adrift")
    return log


@pytest.fixture
def daily(tmp_path):
    make_archive(tmp_path, two_days())
    (tmp_path / "clapmark.toml").write_text('[notes]\npost = "posts/{slug}/{date}.md"\n')
    return Archive(tmp_path)


def days(archive) -> list[str]:
    return [archive.post_path(SLUG, f"2019-05-0{day}").read_text() for day in (3, 4)]


def test_each_day_gets_a_post_of_its_own(daily):
    settled(daily)
    friday, saturday = days(daily)
    assert 'title: "PyExample 2019, Friday 2019-05-03"\ndate: 2019-05-03\n' in friday
    assert "first" in friday and "loose" in friday and "second" not in friday
    assert "second" in saturday and "adrift" in saturday and "first" not in saturday


def test_a_day_without_talks_has_a_post_when_a_bookmark_was_taken_on_it(tmp_path):
    log = two_days()
    log.add(minutes(2 * 24 * 60), "bookmark", tag="sprint")
    closing = talk("closing", "Goodbye", "10:00", day=6)
    make_archive(tmp_path, log, conference(*small_conference().talks, closing))
    (tmp_path / "clapmark.toml").write_text('[notes]\npost = "posts/{slug}/{date}.md"\n')
    archive = Archive(tmp_path)
    settled(archive)
    assert "sprint" in archive.post_path(SLUG, "2019-05-05").read_text()


def test_a_bookmark_that_gets_a_talk_of_another_day_moves_to_that_post(daily):
    settled(daily)
    (loose,) = (one for one in all_bookmarks(read_journals(daily)) if one.tag == "loose")
    add_assignments(daily, {loose.id: (SLUG, "late")}, 1)
    settled(daily)
    friday, saturday = days(daily)
    assert "loose" not in friday and saturday.index("begin late") < saturday.index("loose") < saturday.index("end late")
    add_assignments(daily, {loose.id: (SLUG, "dicts")}, 2)
    settled(daily)
    friday, saturday = days(daily)
    assert "loose" not in saturday and "loose" in friday


def test_a_bullet_stays_in_its_days_post_while_that_of_the_other_day_cannot_take_it(daily):
    settled(daily)
    before = days(daily)
    (loose,) = (link.bookmark.id for link in Conference(daily, SLUG).linked if link.bookmark.tag == "loose")
    add_assignments(daily, {loose: (SLUG, "late")}, 1)
    path = daily.post_path(SLUG, "2019-05-04")
    path.write_text(before[1].replace("<!-- clapmark end late -->\n", ""))
    (told,) = write_notes(daily)
    assert "2019-05-04.md was left as it is" in told and days(daily)[0] == before[0]
    path.write_text(before[1])
    settled(daily)
    assert ["loose" in day for day in days(daily)] == [False, True]


def test_a_quotation_that_moved_to_another_days_post_and_is_deleted_there_stays_away(daily, monkeypatch):
    (loose,) = (link.bookmark.id for link in Conference(daily, SLUG).linked if link.bookmark.tag == "loose")
    media = Media({loose: BookmarkMedia("https://x.org/v?t=1", 1_000, "so it is")})
    monkeypatch.setattr(plan, "read_media", lambda *_: media)
    settled(daily)
    assert "so it is" in days(daily)[0]
    add_assignments(daily, {loose: (SLUG, "late")}, 1)
    settled(daily)
    assert ["so it is" in day for day in days(daily)] == [False, True]
    add_assignments(daily, {loose: (SLUG, "dicts")}, 2)
    settled(daily)
    assert ["so it is" in day for day in days(daily)] == [True, False]
    add_assignments(daily, {loose: (SLUG, "late")}, 3)
    settled(daily)
    friday, saturday = days(daily)
    assert "so it is" not in friday and "so it is" in saturday
    mine = "".join(line for line in saturday.splitlines(keepends=True) if "so it is" not in line)
    daily.post_path(SLUG, "2019-05-04").write_text(mine)
    settled(daily)
    assert days(daily) == [friday, mine]


def test_a_deleted_bullet_stays_away_from_every_days_post_and_a_deleted_post_is_reported(daily):
    settled(daily)
    path = daily.post_path(SLUG, "2019-05-04")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "second" not in line))
    settled(daily)
    assert "second" not in "".join(days(daily))
    path.unlink()
    (told,) = write_notes(daily)
    assert f"posts/{SLUG}/2019-05-04.md no longer exists" in told and not path.exists()


@pytest.mark.parametrize("post", ["../out/{slug}.md", "/etc/{slug}.md", "a\\u0000/{slug}.md", "{slug}.html", "{slug}"])
def test_no_path_leaves_the_archive(tmp_path, post):
    archive = make_archive(tmp_path / "archive")
    (archive.folder / "clapmark.toml").write_text(f'[notes]\npost = "{post}"\n')
    with pytest.raises(UsageError, match=r"file in the archive"):
        plan_notes(Archive(archive.folder))


def test_a_link_out_of_the_archive_is_not_followed(tmp_path):
    archive = make_archive(tmp_path / "archive")
    (tmp_path / "outside").mkdir()
    (archive.folder / "content").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match=r"file in the archive"):
        plan_notes(archive)


def test_two_conferences_never_share_a_post_also_where_only_the_case_differs(tmp_path):
    archive = make_archive(tmp_path)
    other = conference(talk("x", "X", "13:00"), slug="other")
    archive.schedule_path("other").parent.mkdir()
    archive.schedule_path("other").write_bytes(to_json(other))
    text = f'[conferences.{SLUG}]\npost = "notes/Mine.md"\n[conferences.other]\npost = "notes/mine.md"\n'
    (tmp_path / "clapmark.toml").write_text(text)
    with pytest.raises(UsageError, match="the same post"):
        plan_notes(Archive(tmp_path))
    put(archive, afternoon())


@pytest.mark.parametrize(
    "page",
    [
        "Bees and Sensors",
        "Bees and Sensors\n",
        "Bees and Sensors\n\nwords\n",
        "intro\n\nBees and Sensors\n\n\nSomething Else\n\nwords\n",
        "Bees and Sensors\n\nSomething Else\n",
        "Bees and Sensors\n  • one\ntakeaway: buzz\n",
        "Bees and Sensors\n\ntakeaway: buzz\nq & a\n",
        "Meanwhile, Elsewhere\n\nwords\n\nBees and Sensors\n",
        "Errors as Haiku\n\nBees and Sensors\n\nDictionaries, All the Way Down\n\nOne More Thing",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_bare_title_stays_a_title_when_bullets_are_put_around_it(tmp_path, page, newline):
    archive = with_flavour(tmp_path, "plain", schedule=bees_as_words())
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(page.replace("\n", newline).encode())
    settled(archive)
    assert read(archive).count("Bees and Sensors") == 1
    later(archive, lambda log: log.add(minutes(57), "bookmark", tag="new", talk="bees"))
    settled(archive)
    text = read(archive)
    assert text.count("Bees and Sensors") == 1 and text.count("begin bees") == 1
    assert "## Bees" not in text and text.index("Bees and Sensors") < text.index("13:57 new")


def bees_as_words():
    rest = (one for one in small_conference().talks if one.id != "bees")
    return conference(*rest, talk("bees", "Bees and Sensors", "13:40"))
