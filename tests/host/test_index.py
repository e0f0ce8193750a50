"""The index is derived: deleted, damaged or outdated without harm; and a search finds what is in the archive."""

import io
import json
import re
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clapmark import cli
from clapmark.assignments import add_assignments
from clapmark.environment import Environment
from clapmark.errors import ClapmarkError
from clapmark.index import Query, ask, open_index, search
from clapmark.index.posts import texts_of_post
from clapmark.notes.flavours import HUGO
from clapmark.notes.written import Written
from clapmark.schedule.store import to_json
from tests.host.conference import conference, small_conference, talk
from tests.host.journal_text import DEVICE, JournalText
from tests.host.notes_archive import SLUG, later, make_archive, minutes, read, utc_ms, write_notes

WORDS = """ collisions are *rare*, said [Guido](https://example.org/g)
  > What a mess <b>hash</b> tables were
  - and a nested thought"""


@pytest.fixture
def archive(tmp_path):
    archive = make_archive(tmp_path / "archive")
    write_notes(archive)
    write(archive, "**13:05** note, 5 min in", WORDS)
    text = read(archive).replace("**takeaway:**", "**takeaway:** hash less", 1)
    archive.post_path(SLUG).write_text(text)
    return archive


def write(archive, bullet: str, words: str) -> None:
    text = read(archive)
    end = text.index("-->", text.index(bullet)) + len("-->")
    archive.post_path(SLUG).write_text(text[:end] + words + text[end:])


def find(archive, words="", **options):
    hits, told = ask(archive, lambda connection: search(connection, Query(words, **options)))
    assert told == []
    return [(hit.kind, hit.talk_id, hit.tag) for hit in hits]


def rows(archive):
    """Everything that is in the index, but for what tells how it came there."""
    with open_index(archive) as index:
        tables = {}
        for table in ("conferences", "talks", "bookmarks", "countdowns"):
            tables[table] = sorted(tuple(row) for row in index.connection.execute(f"SELECT * FROM {table}"))
        columns = "kind, talk, bookmark, title, speakers, text, source"
        tables["texts"] = sorted(
            map(repr, (tuple(row) for row in index.connection.execute(f"SELECT {columns} FROM texts")))
        )
        found = index.connection.execute("SELECT rowid FROM texts_fts WHERE texts_fts MATCH 'a OR hash OR sample'")
        tables["words found"] = len(found.fetchall())
        index.connection.execute("INSERT INTO texts_fts (texts_fts) VALUES ('integrity-check')")
        return tables


def test_words_are_found_in_titles_speakers_abstracts_bullets_quotations_and_takeaways(archive):
    assert find(archive, "haiku") == [("talk", "light-2", None)]
    assert find(archive, "cy") == [("talk", "bees", None)]
    assert find(archive, "hash") == [
        ("notes", "dicts", None),
        ("quote", "dicts", "note"),
        ("talk", "dicts", None),
    ]
    assert find(archive, "rare guido") == [("words", "dicts", "note")]
    assert find(archive, "nested") == [("words", "dicts", "note")]
    assert find(archive, "nothing-like-it") == []


def test_accents_and_case_do_not_count(tmp_path):
    archive = make_archive(tmp_path / "a", schedule=conference(talk("cafe", "Über CAFÉS in Łódź", "13:00"), slug=SLUG))
    for words in ("uber", "cafés", "CAFES", "über cafes"):
        assert find(archive, words) == [("talk", "cafe", None)], words


def test_what_clapmark_wrote_itself_is_not_found_as_the_users_words(archive):
    for words in ("min", "13", "long", "clapmark", "takeaway"):
        assert [hit for hit in find(archive, words) if hit[0] == "words"] == [], words


def test_filters_narrow_the_search(archive):
    assert find(archive, "hash", tag="note") == find(archive, "hash")  # the talk has a bookmark with that tag
    assert find(archive, "hash", tag="todo") == []
    assert find(archive, "hash", speaker="ADA ex") == find(archive, "hash")
    assert find(archive, "hash", speaker="Bo") == []
    assert find(archive, "hash", since="2019-05-03", until="2019-05-03") == find(archive, "hash")
    assert find(archive, "hash", since="2019-05-04") == find(archive, "hash", until="2019-05-02") == []
    assert find(archive, "hash", conference=SLUG) == find(archive, "hash")


def test_without_words_the_bookmarks_are_listed_in_the_order_of_time(archive):
    assert find(archive, tag="todo") == [("bookmark", "bees", "todo")]
    assert find(archive, since="2019-05-03") == [
        ("bookmark", "dicts", "note"),
        ("bookmark", "dicts", "idea"),
        ("bookmark", "dicts", "quote"),
        ("bookmark", "bees", "todo"),
        ("bookmark", None, "link"),
        ("bookmark", "light-1", "note"),
    ]


NO_SYNTAX = [
    "a-b",
    "C++",
    '"',
    "'",
    "NOT",
    "AND",
    "(hash",
    "hash)",
    "*",
    "nothing: hash",
    "^",
    "hash^",
    "{}",
    "a NEAR",
    "",
]


@pytest.mark.parametrize("words", NO_SYNTAX)
def test_a_query_that_is_no_query_of_fts_is_still_words(archive, words):
    find(archive, words)


def test_words_with_punctuation_are_found(tmp_path):
    schedule = conference(talk("cpp", "C++ and well-typed: a (short) story", "13:00"), slug=SLUG)
    archive = make_archive(tmp_path / "a", schedule=schedule)
    for words in ("C++", "well-typed", "typed: a", "(short) story", '"short', "story?"):
        assert find(archive, words) == [("talk", "cpp", None)], words


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=20), speaker=st.text(max_size=4))
def test_no_query_breaks_the_search(archive, words, speaker):
    find(archive, words, speaker=speaker)


def test_syntax_of_fts_is_understood_where_it_is_some(archive):
    assert find(archive, "hai*") == [("talk", "light-2", None)]
    assert {hit[1] for hit in find(archive, "haiku OR knits")} == {"light-1", "light-2"}
    assert find(archive, '"all the way down"') == [("talk", "dicts", None)]
    assert find(archive, "title: sensors") == [("talk", "bees", None)]


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


@pytest.mark.parametrize("step", [*STEPS, delete_the_post], ids=lambda step: step.__name__)
def test_only_what_changed_is_read_and_the_rows_are_those_of_a_new_index(archive, step):
    rows(archive)
    expected = step(archive)
    with open_index(archive) as index:
        assert (index.read, index.is_new) == (expected, False)
    updated = rows(archive)
    (archive.folder / ".clapmark" / "index.sqlite").unlink()
    assert rows(archive) == updated


@settings(max_examples=25, deadline=None)
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


def test_a_new_schedule_or_setting_links_all_bookmarks_anew(archive):
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
def test_a_damaged_index_is_built_anew_and_told(archive, how):
    expected = rows(archive)
    path = archive.folder / ".clapmark" / "index.sqlite"
    damage(path, how)
    hits, told = ask(archive, lambda connection: search(connection, Query("haiku")))
    assert [hit.talk_id for hit in hits] == ["light-2"]
    if how in {"empty", "of an older version"}:
        assert told == []
    else:
        assert len(told) == 1 and "was damaged" in told[0] and "built anew" in told[0]
    assert rows(archive) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_rots_a_search_answers(archive, data):
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
    if not hits:  # what rotted was the very word, which no database notices
        path.unlink()
        hits, _ = ask(archive, lambda connection: search(connection, Query("haiku")))
    assert hits


def test_a_post_whose_markers_do_not_fit_is_told_each_time(archive):
    text = read(archive).replace("<!-- clapmark end dicts -->\n", "", 1)
    archive.post_path(SLUG).write_text(text)
    for _ in range(2):
        hits, told = ask(archive, lambda connection: search(connection, Query("haiku")))
        assert len(hits) == 1 and len(told) == 1 and "cannot be found" in told[0]


def test_many_searches_at_once_all_answer(archive):
    command = [sys.executable, "-m", "clapmark", "search", "haiku", "--json", "--archive", str(archive.folder)]
    for _ in range(2):
        searches = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        answers = [json.loads(search.communicate()[0]) for search in searches]
        assert [answer[0]["talk"] for answer in answers] == ["light-2"] * 4
        (archive.folder / ".clapmark" / "index.sqlite").write_bytes(b"damaged" * 1_000)


def test_what_stands_in_the_way_of_the_index_is_told(archive):
    (archive.folder / ".clapmark" / "index.sqlite").mkdir()
    with pytest.raises(ClapmarkError, match="derived"):
        find(archive, "haiku")


def test_a_large_archive_is_told_to_be_indexed_once(archive, monkeypatch):
    monkeypatch.setattr("clapmark.index.database._LARGE_BYTES", 100)
    said = []
    for _ in range(2):
        with open_index(archive, notice=said.append):
            pass
    assert len(said) == 1 and "done once" in said[0]


def test_countdowns_are_there_with_planned_and_actual_time(archive):
    columns = "time, talk, speakers, planned_s, actual_s, overrun_s"
    with open_index(archive) as index:
        rows = [tuple(row) for row in index.connection.execute(f"SELECT {columns} FROM countdowns ORDER BY time")]
    assert rows == [
        ("2019-05-03 17:00:05", f"{SLUG}/light-1", '["Di Sample"]', 300, 355, 55),
        ("2019-05-03 17:07:00", f"{SLUG}/light-2", '["Ed Sample"]', 300, None, None),
    ]


def test_git_does_not_see_the_index(archive):
    subprocess.run(["git", "init", "-q", archive.folder], check=True)
    rows(archive)
    status = subprocess.run(
        ["git", "-C", archive.folder, "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True
    ).stdout
    assert "index" not in status and "clapmark.toml" in status


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


def test_what_a_person_assigned_counts(archive):
    (hit,) = ask(archive, lambda connection: search(connection, Query(tag="link")))[0]
    assert hit.talk_id is None
    add_assignments(archive, {hit.bookmark_id: (SLUG, "bees")}, 1)
    assert find(archive, tag="link") == [("bookmark", "bees", "link")]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_what_was_found_is_highlighted_and_nothing_else_commands_it(archive):
    text = read(archive).replace("hash less", "hash\x1b[2J \x9b31m less")
    archive.post_path(SLUG).write_text(text)
    environment = Environment(stdout=Terminal(), stderr=io.StringIO(), variables={})
    assert cli.run(["search", "hash", "--archive", str(archive.folder)], environment) == 0
    shown = environment.stdout.getvalue()
    assert "takeaway: \x1b[1;33mhash\x1b[0m" in shown
    assert set(re.findall(r"\x1b\[[^m]*m|[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)) <= {
        "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;33m"
    }  # fmt: skip
    environment = Environment(stdout=Terminal(), stderr=io.StringIO(), variables={"NO_COLOR": "1"})
    cli.run(["search", "hash", "--archive", str(archive.folder)], environment)
    assert "\x1b" not in environment.stdout.getvalue()


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


def test_json_and_text_of_the_command_carry_the_same_places(archive):
    from tests.e2e.conftest import Laptop

    laptop = Laptop(archive.folder)
    answer = laptop.type_here("search", "hash", "--json")
    values = json.loads(answer.stdout)
    assert answer.code == 0 and len(values) == 3
    assert values[0]["title"] == "Dictionaries, All the Way Down" and values[0]["excerpt"] == "takeaway: hash less"
    text = laptop.type_here("search", "hash").stdout
    assert text.startswith("Dictionaries, All the Way Down\n  dicts · pyexample-2019 · 2019-05-03 · Hall A")
    assert "    13:05 note “What a mess <b>hash</b> tables were”\n" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert laptop.type_here("search", "nothing-like-it").code == 1
    assert laptop.type_here("search").code == 2
    assert laptop.type_here("search", "x", "--conference", "no-such").code == 2
