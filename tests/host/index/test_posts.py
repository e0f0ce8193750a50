"""Which words of a post get into the index, and whose they are."""

import pytest

from clapmark.bookmarks.assignments import add_assignments
from clapmark.index import Query, ask, open_index, search
from clapmark.index.posts import texts_of_post
from clapmark.posts.flavours import HUGO
from clapmark.posts.write_log import Written
from tests.support.archive.conference import small_conference
from tests.support.archive.notes_archive import SLUG, make_archive, write_notes
from tests.support.archive.worded_archive import find, make_worded_archive, write


@pytest.mark.parametrize("flavour", ["hugo", "obsidian", "plain"])
def test_words_are_found_in_posts_of_every_flavour_and_nothing_of_clapmarks_own(tmp_path, flavour):
    archive = make_archive(tmp_path / "a")
    settings_file = archive.folder / "clapmark.toml"
    settings_file.write_text(settings_file.read_text().replace('"hugo"', f'"{flavour}"'))
    archive = type(archive)(archive.folder)
    write_notes(archive)
    with open_index(archive) as index:
        assert index.connection.execute("SELECT text FROM texts WHERE kind <> 'talk'").fetchall() == []
    (post,) = (path for path in archive.folder.rglob("*.md") if path.is_file())
    lines = post.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if "13:55" in line)
    mark = lines[number].rstrip("\n")
    words = " waggle dance" if flavour != "obsidian" else ""
    lines[number] = f"{mark}{words}\n  and a round one\n"
    post.write_text("".join(lines))
    assert find(archive, "round") == [("words", "bees", "todo")]
    assert find(archive, "waggle") == ([("words", "bees", "todo")] if words else [])


def test_posts_of_single_days_are_searched_too(tmp_path):
    archive = make_archive(tmp_path / "a")
    settings_file = archive.folder / "clapmark.toml"
    settings_file.write_text(settings_file.read_text().replace("{slug}.md", "{slug}-{date}.md"))
    archive = type(archive)(archive.folder)
    write_notes(archive)
    post = archive.post_path(SLUG, "2019-05-03")
    post.write_text(post.read_text().replace("**takeaway:**", "**takeaway:** waggle dance", 1))
    assert find(archive, "waggle") == [("notes", "dicts", None)]


def test_what_a_person_assigned_counts(tmp_path):
    archive = make_worded_archive(tmp_path / "archive")
    (hit,) = ask(archive, lambda connection: search(connection, Query(tag="link")))[0]
    assert hit.talk_id is None
    add_assignments(archive, {hit.bookmark_id: (SLUG, "bees")}, 1)
    assert find(archive, tag="link") == [("bookmark", "bees", "link")]


POST = """## Bees & Sensors {#bees}

Prose of mine about [hives](https://example.org/x).

- an old point
- **13:55** todo, 15 min in <!-- clapmark r7xsobk6gx -->
  goes on here
not indented, and still the same item

Behind it.
"""


def test_prose_under_a_heading_belongs_to_its_talk_and_text_under_a_bullet_to_the_bookmark():
    texts = {
        (text.kind, text.talk_id, text.bookmark_id): text.text
        for text in texts_of_post(POST.encode(), small_conference(), HUGO, Written(b""))
    }
    assert texts == {
        ("words", "bees", "r7xsobk6gx"): "goes on here not indented, and still the same item",
        ("notes", "bees", ""): "Prose of mine about hives. an old point Behind it.",
    }


def test_what_markdown_escapes_is_found_and_shown_as_it_was_said(tmp_path):
    archive = make_worded_archive(tmp_path / "archive")
    write(archive, "**13:55** todo", "\n  > R&amp;D says: use \\_\\_init\\_\\_ &lt;here&gt;, not \\*there\\*")
    (hit,) = ask(archive, lambda connection: search(connection, Query("init")))[0]
    assert hit.excerpt.translate({2: None, 3: None}) == "R&D says: use __init__ <here>, not *there*"
    assert find(archive, "amp") == []
