"""What notes report beside the posts: bookmarks of no conference, and a heading with nothing left under it."""

from clapmark.bookmarks.assignments import add_assignments
from clapmark.conference import Conference
from clapmark.notes import plan_notes
from tests.support.archive.conference import utc_ms
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, minutes, read, write_notes

_YEAR_MS = 366 * 86_400_000


def elsewhere():
    """The afternoon, and a boot a year later: two bookmarks and one that was taken back."""
    log = afternoon()
    log.reboot()
    log.add(10, "clock", utc=utc_ms("13:00") + _YEAR_MS, err=10, source="host")
    names = [log.add(minutes(number), "bookmark", tag="idea") for number in (1, 2, 3)]
    log.add(minutes(3) + 500, "undo", of=names[2])
    return log


def test_bookmarks_of_no_conference_are_reported_until_a_person_places_them(tmp_path):
    archive = make_archive(tmp_path, elsewhere())
    found = plan_notes(archive).without_conference
    assert len(found) == 2
    add_assignments(archive, {min(found): (SLUG, "bees")}, 1)
    assert plan_notes(archive).without_conference == {max(found)}


def test_a_heading_whose_last_bookmark_got_a_talk_is_named_once(tmp_path):
    archive = make_archive(tmp_path)
    assert write_notes(archive) == []
    assert plan_notes(archive).notices == []
    loose = next(link for link in read_links(archive) if link.talk is None and not link.bookmark.undone)
    add_assignments(archive, {loose.bookmark.id: (SLUG, "bees")}, 1)
    (notice,) = plan_notes(archive).notices
    assert notice.startswith(f"{SLUG}.md: every bookmark has a talk now") and "delete the heading" in notice
    write_notes(archive)
    assert "14:30" in read(archive)
    assert plan_notes(archive).notices == []


def read_links(archive):
    """Return the bookmarks of the conference with their talks."""
    return Conference(archive, SLUG).linked
