"""A bullet that the person deleted is found by what was written and what is in the posts, and by nothing else."""

import pytest

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import linker_of
from clapmark.posts.deletions import deleted_bookmarks, read_deleted, that_count
from clapmark.posts.write_log import Written
from clapmark.schedule.store import from_json
from tests.support.archive.notes_archive import SLUG, bullet, edit, later, make_archive, minutes, read, write_notes


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    write_notes(made)
    return made


def deleted(archive) -> frozenset[str]:
    schedule = from_json(archive.schedule_path(SLUG).read_bytes())
    return read_deleted(archive, SLUG, schedule.start, schedule.end)


def name_of(line: str) -> str:
    return line.split("clapmark ")[1].split(maxsplit=1)[0]


def test_a_bullet_that_the_person_deletes_counts_as_deleted_and_one_that_moves_does_not(archive):
    assert deleted(archive) == frozenset()
    gone, moved = bullet(archive, "**13:12**"), bullet(archive, "**13:05**")
    edit(archive, gone + "\n", "")
    edit(archive, moved + "\n", "")
    edit(archive, "**takeaway:**", f"**takeaway:**\n\n1. {moved} my words")
    assert deleted(archive) == {name_of(gone)}
    write_notes(archive)
    assert deleted(archive) == {name_of(gone)}


def test_what_clapmark_took_out_itself_is_not_deleted_by_the_person(archive):
    later(archive, lambda log: log.add(minutes(300), "undo", of=4))
    assert write_notes(archive) == [] and "13:05" not in read(archive)
    assert deleted(archive) == frozenset()


def test_a_link_to_a_bullet_is_not_the_bullet_and_a_deleted_section_counts(archive):
    name = name_of(bullet(archive, "**13:55**"))
    text = read(archive)
    start, end = text.index("## Bees"), text.index("## Lightning")
    archive.post_path(SLUG).write_text(text[:start] + f"see [[x#^clap-{name}]]\n\n" + text[end:])
    assert deleted(archive) == {name}


def test_a_post_that_is_gone_says_nothing_about_its_bullets(archive):
    written = Written(archive.written_path(SLUG).read_bytes())
    assert deleted_bookmarks(written, []) == frozenset()
    assert deleted_bookmarks(written, [b"# A new beginning\n"])
    archive.post_path(SLUG).unlink()
    assert deleted(archive) == frozenset()


def test_only_bookmarks_that_were_not_deleted_dropped_or_taken_back_count(archive):
    gone = bullet(archive, "**13:12**")
    edit(archive, gone + "\n", "")
    linker = linker_of(archive, [from_json(archive.schedule_path(SLUG).read_bytes())])
    linked = [linker.link(one) for one in all_bookmarks(read_journals(archive))]
    counted = {link.bookmark.id for link in that_count(archive, linked, {SLUG: deleted(archive)})}
    assert {link.bookmark.id for link in linked} - counted == {name_of(gone)} | {
        link.bookmark.id for link in linked if link.bookmark.undone
    }


def test_each_days_post_says_what_was_deleted_from_it(tmp_path):
    make_archive(tmp_path)
    (tmp_path / "clapmark.toml").write_text('[notes]\npost = "posts/{slug}/{date}.md"\n')
    archive = Archive(tmp_path)
    write_notes(archive)
    path = archive.post_path(SLUG, "2019-05-03")
    line = next(line for line in path.read_text().splitlines() if "13:12" in line)
    path.write_text(path.read_text().replace(line + "\n", ""))
    assert deleted(archive) == {name_of(line)}
