"""Outside text is hostile: with any title, abstract, name or tag, the post keeps its structure."""

import json
import re
import tomllib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from clapmark.notes.escape import front_matter_text, inline, link_target
from clapmark.posts.ids import begin_key, end_key, mark_ids
from clapmark.posts.markdown_scan import scan
from clapmark.posts.titles import title_key
from clapmark.schedule.text import one_line

PIECES = [
    "# ", "## ", "#", "- ", "+ ", "* ", "1. ", "12) ", "> ", "```", "~~~", "~~", "---", "===", "***", "|a|b|",
    "|-|-|", "    ", "\t",
    "{{< raw >}}", "{{% x %}}", "{{</* x */>}}", "{{", "}}", "{.class #id onclick=x}", "<script>alert(1)</script>",
    "<!-- x -->", "-->",
    "%%", "%% clapmark begin a %%", "^clap-abcdefghij", " ^id", "==x==", "[[note]]", "![[note]]", "#tag", "<% tp %>",
    "<!-- clapmark begin a -->", "<!-- clapmark end a -->", "<!-- clapmark abcdefghij -->", "<b>", "</b>",
    "<https://e.org>", "&lt;", "&#123;",
    "&copy", "[x](http://e.org)", "[x][y]", "[x]: http://e.org", "![i](j)", "[^1]", "[ ]", "http://e.org",
    "HTTPS://E.ORG/_a_", "www.e.org",
    "me@e.org", "mailto:me@e.org", "`code`", "*a*", "**b**", "__c__", "_d_", "$$x$$", "\\", "\\(", "\\[", "\\\\",
    ":smile:", ": def", "!",
    "\n", "\r\n", "\r", "\n\n", "\n---\n", "\n## own\n", "\x1b[31m", "\x1b]0;t\x07", "\x07", "\x00", "\x85", "\u2028",
    "\u202e", "\u200f", "\ufeff",
    "\ud800", "שלום", "😀", "👩‍💻", "word", "It's", " & ", "C++", "C#", '"', "'", "%s", "\N{FULLWIDTH LESS-THAN SIGN}",
]  # fmt: skip

hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=8).map("".join)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inner(text: str) -> list:
    """Return the tokens inside the only block that `text` must be."""
    tokens = MARKDOWN.parse(text)
    inlines = [token for token in tokens if token.type == "inline"]
    assert len(inlines) == 1, tokens
    return inlines[0].children


@settings(max_examples=600, deadline=None)
@given(hostile, st.sampled_from(["## {}", "> {}", "- {}", "- **13:05** {}, 5 min in", "> {} [#](https://example.org)"]))
def test_outside_text_is_only_ever_words(text, shape):
    safe = inline(text, 200)
    assert not set(safe) & set("<>{}\n\r\x1b\x07\0\u2028\u202e") and "%%" not in safe
    assert not mark_ids(f"- {safe}") and not begin_key(safe) and not end_key(safe)
    assert not re.search(r"(?<!\\)(?:\[\[|(?<![&\\])#|\^|==)", safe)  # a link, tag, block id or highlight in Obsidian
    assert safe.isprintable() or any(not character.isprintable() for character in one_line(text, 1_000))
    if not safe:
        return
    children = inner(shape.format(safe))
    allowed = {"text", "text_special"}
    if "**" in shape:
        allowed |= {"strong_open", "strong_close"}
    if "](" in shape:
        allowed |= {"link_open", "link_close"}
    assert {child.type for child in children} <= allowed
    assert sum(child.type == "strong_open" for child in children) == ("**" in shape)
    assert sum(child.type == "link_open" for child in children) == ("](" in shape)


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_what_is_shown_are_the_words_that_were_given(text):
    safe = inline(text, 10_000)
    if safe:
        shown = "".join(child.content for child in inner(f"- x {safe}"))
        assert shown == f"x {one_line(text, 10_000)}"


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_no_word_becomes_a_link_by_itself(text):
    """goldmark links these at their place in the source; see its linkify.go."""
    safe = inline(text, 1_000)
    assert not re.search(r"(?i)(?:https?|ftp)://|www\.|mailto:|xmpp:|[\w.+-]@", safe)


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_front_matter_text_is_one_string_in_yaml_json_and_toml(text):
    quoted = front_matter_text(text, 10_000)
    expected = one_line(text, 10_000)
    assert yaml.safe_load(f"---\ntitle: {quoted}\ndate: 2019-05-03\n") == {
        "title": expected,
        "date": yaml.safe_load("2019-05-03"),
    }
    assert json.loads(quoted) == expected
    assert tomllib.loads(f"title = {quoted}")["title"] == expected
    assert not set(quoted) & set("<>{}\n\r")


@settings(max_examples=500, deadline=None)
@given(st.one_of(hostile, hostile.map("https://e.org/{}".format), hostile.map("http://{}".format)))
def test_a_link_target_is_an_address_of_the_web_or_nothing(url):
    target = link_target(url)
    if not target:
        return
    assert target.isascii() and not set(target) & set(' ()<>[]{}\\"`|^$\n')
    children = inner(f"> x [#]({target})")
    links = [child for child in children if child.type == "link_open"]
    assert len(links) == 1 and links[0].attrs["href"].lower().startswith(("http://", "https://"))
    assert [child.content for child in children if child.type == "text"] == ["x ", "#"] or len(children) == 4


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "//e.org", "ftp://e.org", "https://", "https://u:p@e.org/", "x", "",
        "http://[", "https://e.org/" + "a" * 3_000,
    ],
)  # fmt: skip
def test_other_addresses_are_left_out(url):
    assert link_target(url) == ""


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_a_heading_that_was_written_is_found_again(text):
    safe = inline(text, 200)
    if safe:
        (heading,) = scan([f"## {safe}\n"]).headings
        assert title_key(heading.text) == title_key(safe)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You don't always need NumPy", "You don’t always need numpy!"),
        ("Bees & Sensors", "bees sensors"),
        ("Bees & Sensors [#](https://example.org/talks/2)", "Bees & Sensors"),
        ("[Bees](https://e.org/a_(b)) & Sensors", "Bees & Sensors"),
        ("Bees {#bees}", "Bees"),
        ("*Bees*: `Sensors`", "Bees: Sensors"),
        (inline("Bees & <Sensors> {1}", 99), "Bees & <Sensors> {1}"),
    ],
)
def test_headings_of_the_same_talk_are_recognised(one, other):
    assert title_key(one) == title_key(other)


def test_titles_that_differ_by_their_signs_only_are_distinguished():
    assert len({title_key(title) for title in ("Intro to C", "Intro to C++", "Intro to C#", "😀", "😎")}) == 5


@given(hostile, st.integers(1, 40))
def test_long_text_is_cut(text, limit):
    plain = one_line(text, 10_000)
    shown = "".join(child.content for child in inner(f"- x {inline(text, limit)}")) if inline(text, limit) else "x "
    assert len(shown) - 2 <= limit
    assert len(plain) > limit or shown[2:] == plain


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("ten letter", "ten letter"),
        ("six abc defg", "six abc…"),
        ("sixabc defgh", "sixabc…"),  # the last word that ends in the second half
        ("fivea bcdefg", "fivea bcd…"),  # a cut there would take more than half
        ("elevenchars", "elevencha…"),
    ],
)
def test_a_text_that_is_too_long_ends_at_a_word_or_where_that_takes_half_of_it_inside_one(text, safe):
    assert inline(text, 10) == safe
