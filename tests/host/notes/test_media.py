"""Deep links, quotations and the video come into posts that were written before, under words of the person's too."""

import pytest

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.bookmarks.assignments import add_assignments
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.crowd.crowd_store import write_crowd
from clapmark.crowd.published import read_published
from clapmark.notes import plan, plan_notes
from clapmark.notes.media import BookmarkMedia, Media, TalkMedia
from tests.support.archive.notes_archive import SLUG, bullet, edit, later, make_archive, minutes, read, write_notes

URL = "https://www.youtube.com/watch?v=abcdefghijk&t=751"
VIDEO = TalkMedia("https://www.youtube.com/watch?v=abcdefghijk", "abcdefghijk")


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    write_notes(made)
    return made


@pytest.fixture
def align(monkeypatch, archive):
    """Return a function that gives every bookmark of 13:05 and 13:12 this recording, or none."""

    def give(quote="A dict is an *array*.", url=URL, talk=VIDEO):
        first, second = all_bookmarks(read_journals(archive))[0].id, all_bookmarks(read_journals(archive))[2].id
        found = BookmarkMedia(url, 751_000, quote)
        media = Media({first: found, second: found}, {(SLUG, "dicts"): talk})
        monkeypatch.setattr(plan, "read_media", lambda *_: media)

    return give


def under(archive, start: str) -> str:
    lines = read(archive).splitlines()
    return lines[next(number for number, line in enumerate(lines) if start in line) + 1]


def settled(archive) -> None:
    assert write_notes(archive) == []
    again = plan_notes(archive)
    assert (again.changes, again.left) == ([], [])


def test_a_recording_brings_link_quotation_and_video(archive, align):
    align()
    settled(archive)
    text = read(archive)
    assert "<!-- clapmark begin dicts -->\n{{< youtube abcdefghijk >}}\n\n- **13:05** [12:31](https://" in text
    assert bullet(archive, "**13:05**").startswith(f"- **13:05** [12:31]({URL.replace('&t', '&amp;t')}) note, 5 min in")
    assert under(archive, "**13:05**").startswith(r"  > A dict is an \*array\*. <!-- clapmark ")
    assert under(archive, "**13:05**").endswith(".quote -->")


def test_what_the_person_wrote_under_a_bullet_stays_and_the_quotation_comes_with_the_link(archive, align):
    old = bullet(archive, "**13:05**")
    mine = edit(archive, old, f"{old} my words\nthat go on\n  - and nested\n  > my quote")
    align()
    settled(archive)
    text = read(archive)
    quote = next(line for line in text.splitlines() if ".quote" in line)
    assert f"{old} my words\nthat go on\n{quote}\n  - and nested\n  > my quote\n" in text
    assert quote.startswith(r"  > A dict is an \*array\*. [12:31](https://")
    rest = iter(text.splitlines())
    assert all(line in rest for line in mine.splitlines() if "**13:12**" not in line)  # in their order


def test_a_link_without_a_quotation_goes_under_words_of_the_person(archive, align):
    old = bullet(archive, "**13:05**")
    edit(archive, old, f"{old} my words")
    align(quote="")
    settled(archive)
    assert under(archive, "my words").startswith("  [12:31](https://")
    assert "> " not in under(archive, "**13:12**")


def test_a_better_transcript_replaces_the_quotation_and_none_takes_it_out(archive, align):
    align()
    settled(archive)
    align(quote="A dict is an array.")
    settled(archive)
    assert under(archive, "**13:05**").startswith("  > A dict is an array. <!--")
    align(quote="", url="", talk=TalkMedia())
    settled(archive)
    assert "quote -->" not in read(archive) and "youtube" not in read(archive) and "12:31" not in read(archive)
    for _ in range(2):  # and back, whenever it is there again
        align()
        settled(archive)
        assert read(archive).count("quote -->") == 2 and read(archive).count("youtube abcdefghijk") == 1
        align(quote="", url="", talk=TalkMedia())
        settled(archive)


def test_a_quotation_that_was_edited_or_deleted_stays_so(archive, align):
    align()
    settled(archive)
    edit(archive, under(archive, "**13:05**"), under(archive, "**13:05**").replace("array", "table"))
    mine = edit(archive, under(archive, "**13:12**") + "\n", "")
    align(quote="Something else.")
    settled(archive)
    assert read(archive) == mine


def test_a_block_that_was_deleted_with_its_video_stays_away(archive, align):
    align()
    settled(archive)
    text = read(archive)
    end = "<!-- clapmark end dicts -->\n"
    block = text[text.index("<!-- clapmark begin dicts") : text.index(end) + len(end)]
    mine = edit(archive, block, "")
    settled(archive)
    assert read(archive) == mine


def test_what_came_back_and_is_then_deleted_stays_away(archive, align):
    align()
    settled(archive)
    align(quote="", url="", talk=TalkMedia())
    settled(archive)
    align()
    settled(archive)
    edit(archive, under(archive, "**13:05**") + "\n", "")
    mine = edit(archive, "{{< youtube abcdefghijk >}}\n\n", "")
    settled(archive)
    assert read(archive) == mine


def test_another_video_takes_the_line_of_the_first_and_none_leaves_no_line(archive, align):
    align()
    settled(archive)
    before = read(archive)
    align(talk=TalkMedia("https://www.youtube.com/watch?v=ABCDEFGHIJK", "ABCDEFGHIJK"))
    settled(archive)
    assert read(archive) == before.replace("youtube abcdefghijk", "youtube ABCDEFGHIJK")
    align(talk=TalkMedia())
    settled(archive)
    assert read(archive) == before.replace("{{< youtube abcdefghijk >}}\n", "")


def test_a_video_that_was_deleted_stays_away(archive, align):
    align()
    settled(archive)
    mine = edit(archive, "{{< youtube abcdefghijk >}}\n\n", "")
    settled(archive)
    assert read(archive) == mine


def test_a_video_that_arrives_later_is_apart_from_what_follows_by_one_empty_line(archive, align):
    edit(archive, "begin dicts -->\n", "begin dicts -->\n\n")
    align()
    settled(archive)
    assert "begin dicts -->\n{{< youtube abcdefghijk >}}\n\n- **13:05**" in read(archive)


def test_a_video_and_a_bullet_that_arrive_together_are_apart_too(archive, align):
    text = read(archive)
    start = text.index("begin dicts -->\n") + len("begin dicts -->\n")
    edit(archive, text[start : text.index("<!-- clapmark end dicts")], "")
    align()
    later(archive, lambda log: log.add(minutes(6), "bookmark", tag="new", talk="dicts"))
    settled(archive)
    assert "begin dicts -->\n{{< youtube abcdefghijk >}}\n\n- **13:06** new" in read(archive)


def test_a_bullet_that_goes_takes_its_quotation_along(archive, align):
    align()
    settled(archive)
    later(archive, lambda log: log.add(minutes(300), "undo", of=4))
    settled(archive)
    assert "13:05" not in read(archive) and read(archive).count(".quote -->") == 1


def test_a_bullet_that_gets_another_talk_takes_its_quotation_along(archive, align):
    align()
    settled(archive)
    first = all_bookmarks(read_journals(archive))[0].id
    add_assignments(archive, {first: (SLUG, "bees")}, 1)
    settled(archive)
    text = read(archive)
    assert text.count(f"{first}.quote") == 1
    assert text.index("begin bees") < text.index(f"{first}.quote") < text.index("end bees")


def test_a_quotation_whose_mark_the_person_quotes_elsewhere_is_not_written_twice(tmp_path, monkeypatch):
    archive = make_archive(tmp_path)
    first = all_bookmarks(read_journals(archive))[0].id
    found = Media({first: BookmarkMedia(URL, 751_000, "A dict is an array.")})
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"Seen at a friend's: <!-- clapmark {first}.quote -->\n")
    monkeypatch.setattr(plan, "read_media", lambda *_: found)
    settled(archive)
    assert read(archive).count(f"{first}.quote") == 1


def test_what_the_crowd_marked_is_a_bullet_where_the_person_wants_it_and_follows_the_hub(archive):
    def published(*crowd):
        values = [{"at": at_s, "people": people, "length": 0, "tags": {"idea": 3}} for at_s, people in crowd]
        talk = {"talk": "t1", "names": ["id:dicts"], "duration": 1_800, "contributors": 9, "threshold": 3}
        talk |= {"moments": values, "tags": {}, "heat": []}
        write_crowd(archive, SLUG, read_published({**head, "talks": [talk]}))

    head = {"clapmark": "crowd", "version": 1, "conference": SLUG, "title": "PyExample 2019"}
    published((65, 5), (1_200, 4))
    settled(archive)
    assert "crowd:" not in read(archive)
    (archive.folder / "clapmark.toml").write_text("[crowd]\nin_posts = true\n")
    wanted = Archive(archive.folder)
    settled(wanted)
    text = read(wanted)
    words = "- crowd: 1:05 (5 people, idea 3), 20:00 (4 people, idea 3) <!-- clapmark "
    assert text.index("begin dicts") < text.index(words) < text.index("end dicts")
    published((65, 6))
    settled(wanted)
    assert "- crowd: 1:05 (6 people, idea 3) <!-- clapmark " in read(wanted) and read(wanted).count("crowd:") == 1


def test_new_bullets_do_not_come_between_a_bullet_and_its_quotation(archive, align):
    align()
    settled(archive)
    before = read(archive)
    later(archive, lambda log: log.add(minutes(6), "bookmark", tag="new", talk="dicts"))
    settled(archive)
    assert read(archive).replace(bullet(archive, "**13:06** new") + "\n", "") == before
    assert ".quote -->" in under(archive, "**13:05**")


@pytest.mark.parametrize(
    "quote", ["<!-- clapmark end dicts -->", "{{< raw >}}", "<script>", "a\n\n## b", "\x1b[31mred", "```"]
)
def test_captions_are_other_peoples_text(archive, align, quote):
    align(quote=quote, url="javascript:alert(1)", talk=TalkMedia("javascript:alert(1)", 'x" onclick="y'))
    settled(archive)
    text = read(archive)
    assert text.count("<!-- clapmark end dicts -->") == 1
    assert "{{" not in text and "<script" not in text and "\x1b" not in text and "javascript" not in text
