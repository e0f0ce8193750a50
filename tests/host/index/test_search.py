"""A search finds what is in the archive, for any query and any content."""

import io
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clapmark import cli
from clapmark.base.environment import Environment
from clapmark.index import Query, ask, search
from tests.support.archive.conference import conference, talk
from tests.support.archive.notes_archive import SLUG, make_archive, read
from tests.support.archive.worded_archive import find, make_worded_archive
from tests.support.desk import Laptop


@pytest.fixture
def archive(tmp_path):
    return make_worded_archive(tmp_path / "archive")


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


def test_json_and_text_of_the_command_carry_the_same_places(archive):
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


NAMES = conference(
    talk("one", "Łukasz’s Guide – “Straße”", "13:00", speakers=("Łukasz Żółć",), abstract="It’s about coöperation."),
    talk("jp", "東京大学でのPython入門", "14:00", speakers=("山田 太郎",), abstract="ガイドです。"),
    talk("zh", "机器学习", "15:00", speakers=("Nguyễn Ngọc",), abstract="สวัสดีครับ"),
    slug=SLUG,
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lukasz", "one"),
        ("ŁUKASZ", "one"),
        ("zolc", "one"),
        ("it's", "one"),
        ("It’s", "one"),
        ("strasse", "one"),
        ("“guide straße”", "one"),
        ("cooperation", "one"),
        ("luk*", "one"),
        ("東京", "jp"),
        ("大学", "jp"),
        ("python", "jp"),
        ("Python入門", "jp"),
        ("入門", "jp"),
        ("ｶﾞｲﾄﾞ", "jp"),
        ("山田", "jp"),
        ("京大*", "jp"),
        ("学习", "zh"),
        ("nguyen ngoc", "zh"),
        ("สวัสดี", "zh"),
        ("title:機械 OR title:学习", "zh"),
    ],
)
def test_names_are_found_as_people_type_them_in_any_script(tmp_path, words, found):
    archive = make_archive(tmp_path / "a", schedule=NAMES)
    assert find(archive, words) == [("talk", found, None)]
    assert find(archive, "京東") == find(archive, "学大") == []


def test_what_is_found_is_highlighted_in_the_text_as_it_was_written(tmp_path):
    archive = make_archive(tmp_path / "a", schedule=NAMES)
    for words, title in (
        ("lukasz", "\x02Łukasz\x03’s Guide – “Straße”"),
        ("strasse", "Łukasz’s Guide – “\x02Straße\x03”"),
        ("大学", "東京\x02大学\x03でのPython入門"),
    ):
        hits, _ = ask(archive, lambda connection, words=words: search(connection, Query(words)))
        assert hits[0].title == title
    hits, _ = ask(archive, lambda connection: search(connection, Query("cooperation")))
    assert hits[0].excerpt == "It’s about \x02coöperation\x03."


def test_an_excerpt_is_around_what_was_found(tmp_path):
    text = "before " * 100 + "needle " + "behind " * 100
    schedule = conference(talk("one", "T", "13:00", abstract=text), slug=SLUG)
    archive = make_archive(tmp_path / "a", schedule=schedule)
    hits, _ = ask(archive, lambda connection: search(connection, Query("needle")))
    excerpt = hits[0].excerpt
    assert "\x02needle\x03" in excerpt and len(excerpt) < 200
    assert excerpt.startswith("…before ") and excerpt.endswith(" behind…")


def test_a_speaker_is_found_without_accents(tmp_path):
    archive = make_archive(tmp_path / "a", schedule=NAMES)
    assert find(archive, "guide", speaker="lukasz zolc") == find(archive, "guide", speaker="ŻÓŁĆ") != []
