"""Posts that exist already: sections are joined, not doubled, and every byte of the person's stays."""

import pytest

from clapmark.base.errors import ConflictError
from clapmark.notes import apply, plan_notes
from tests.support.archive.conference import conference, talk, utc_ms
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import SLUG, edit, later, make_archive, minutes, put, read, write_notes


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    write_notes(made)
    return made


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize(
    "heading", ["## bees and sensors", "## BEES & Sensors [#](https://e.org)", "Bees & Sensors\n---"]
)
def test_an_existing_section_is_joined_and_every_byte_of_the_post_stays(tmp_path, newline, bom, end, heading):
    archive = make_archive(tmp_path)
    front = f"{bom}---\ntitle: 'Mine' # comment\nx: [1,\n  2]\n---\nHello\t\n\n"
    mine = f"{front}{heading.replace('and', '&')}\n\n>  quoted  \n\n-\tBo{end}"
    data = mine.replace("\n", newline).encode()
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert write_notes(archive) == []
    result = path.read_bytes()
    assert result.count(b"Bees") + result.count(b"BEES") + result.count(b"bees & ") == 1
    assert b"13:55** todo" in result
    assert (b"\r\n" in result) == (newline == "\r\n") and (newline == "\n" or b"\n" not in result.replace(b"\r\n", b""))
    added = [line for line in result.decode().splitlines() if line not in data.decode().splitlines()]
    kept = result.decode()
    assert is_subsequence(data.decode(), kept) and added
    assert plan_notes(archive).changes == []


def is_subsequence(needle: str, text: str) -> bool:
    position = 0
    for line in needle.splitlines():
        position = text.find(line, position)
        if position < 0:
            return False
        position += len(line)
    return True


def test_two_headings_that_fit_are_not_guessed_between(tmp_path):
    archive = make_archive(tmp_path)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("## Bees & Sensors\n\nday one\n\n## Bees, Sensors\n\nday two\n")
    (told,) = write_notes(archive)
    assert "line 1, 5: the heading does not identify the talk" in told
    assert "todo" not in read(archive)
    edit(archive, "day two\n", "day two\n<!-- clapmark begin bees -->\n<!-- clapmark end bees -->\n")
    assert write_notes(archive) == []
    assert read(archive).index("day two") < read(archive).index("todo")


def test_two_talks_of_one_title_get_a_section_each(tmp_path):
    both = conference(talk("k1", "Keynote", "09:00"), talk("k2", "Keynote", "09:00", day=4))
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("09:00"), err=1)
    log.add(minutes(2), "bookmark", tag="a", talk="k1")
    archive = make_archive(tmp_path, log, both)
    assert write_notes(archive) == []
    log.add(minutes(24 * 60 + 2), "bookmark", tag="b", talk="k2")
    put(archive, log)
    assert write_notes(archive) == []
    assert read(archive).count("## Keynote") == 2
    assert plan_notes(archive).changes == []


def test_a_post_that_was_moved_is_not_written_a_second_time(archive):
    path = archive.post_path(SLUG)
    path.rename(path.with_name("moved.md"))
    (told,) = write_notes(archive)
    assert f"conferences.{SLUG}" in told and not path.exists()


def test_the_post_can_be_put_elsewhere(tmp_path):
    archive = make_archive(tmp_path)
    with (tmp_path / "clapmark.toml").open("a") as file:
        file.write(f'\n[conferences.{SLUG}]\npost = "content/notes.md"\n')
    write_notes(type(archive)(tmp_path))
    assert (tmp_path / "content/notes.md").exists()


def test_a_post_that_changed_under_the_plan_is_left(archive):
    later(archive)
    plan = plan_notes(archive)
    mine = edit(archive, "**takeaway:**", "**takeaway:** typed just now")
    with pytest.raises(ConflictError, match="run the same command again"):
        apply(plan)
    assert read(archive) == mine


@pytest.mark.parametrize("open_end", ["```\ncode", "<!-- thought", "<pre>\n"])
def test_nothing_is_appended_into_code_that_is_never_closed(tmp_path, open_end):
    archive = make_archive(tmp_path)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("# Mine\n\n" + open_end)
    (told,) = write_notes(archive)
    assert "is never closed" in told and read(archive) == "# Mine\n\n" + open_end


def test_bytes_that_are_no_text_stay(tmp_path):
    archive = make_archive(tmp_path)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"Hello \xff\xfe\x00 \r there\x0c\n\n## Bees & Sensors\n<div>\n")
    write_notes(archive)
    assert read_bytes_start(path, b"Hello \xff\xfe\x00 \r there\x0c\n\n")
    assert b"<div>\n\n" in path.read_bytes()


def read_bytes_start(path, start: bytes) -> bool:
    return path.read_bytes().startswith(start)


def test_what_was_not_written_because_the_post_was_refused_comes_when_it_is_mended(tmp_path):
    archive = make_archive(tmp_path)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    mine = "## Dictionaries, All the Way Down\n\nmine\n\n## Bookmarks without a talk\n\n```\ncode"
    path.write_text(mine)
    (told,) = write_notes(archive)
    assert "is never closed" in told and read(archive) == mine and not archive.written_path(SLUG).exists()
    path.write_text(mine + "\n```\n")
    assert write_notes(archive) == []
    assert all(clock in read(archive) for clock in ("13:05", "13:12", "13:20", "13:55", "17:03", "14:30"))


def test_new_talks_of_a_session_go_below_the_words_that_its_section_has(tmp_path):
    archive = make_archive(tmp_path)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("## Dictionaries, All the Way Down\n\nx\n\n## Lightning talks\n\nmy words\n\n## Links\n\nend\n")
    assert write_notes(archive) == []
    order = [line for line in read(archive).splitlines() if line.startswith("#") or line in ("x", "my words", "end")]
    assert order == [
        "## Dictionaries, All the Way Down",
        "x",
        "## Bees & Sensors",
        "## Lightning talks",
        "my words",
        "### My 3D Printer Knits",
        "### Errors as Haiku",
        "## Bookmarks without a talk",
        "## Links",
        "end",
    ]


def test_a_talk_whose_headings_were_not_told_apart_gets_its_section_once_they_are_gone(tmp_path):
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("13:00"), err=10)
    log.add(minutes(40), "talk", id="bees", how="picked")  # visited, without a bookmark
    archive = make_archive(tmp_path, log)
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("## Bees & Sensors\n\n## Bees, Sensors\n")
    assert write_notes(archive) == [] and read(archive) == "## Bees & Sensors\n\n## Bees, Sensors\n"
    path.write_text("mine\n")
    assert write_notes(archive) == []
    assert read(archive).startswith("mine\n\n## Bees & Sensors\n")


def test_a_heading_of_two_talks_is_that_of_the_one_that_has_bookmarks(tmp_path):
    schedule = conference(
        talk("north", "Welcome", "13:00", room="Hall A"), talk("south", "Welcome", "13:00", room="Hall B")
    )
    archive = make_archive(tmp_path, JournalText(), schedule)
    later(archive, lambda log: log.add(minutes(5), "bookmark", tag="hello", talk="south"))
    path = archive.post_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_text("## Welcome\n\nmy words\n")
    assert write_notes(archive) == []
    text = read(archive)
    assert text.startswith("## Welcome\n") and text.count("## Welcome") == 1
    assert text.index("begin south") < text.index("hello") < text.index("end south")
