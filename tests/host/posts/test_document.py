"""Where in a post text may go in: sections, blocks of bullets, and what is in code, HTML or a comment."""

import pytest

from clapmark.posts.document import RefusedError, parse_post
from clapmark.posts.flavours import FLAVOURS, HUGO, OBSIDIAN, PLAIN
from clapmark.posts.ids import begin_key, end_key, has_marker, mark_ids
from clapmark.posts.markdown_scan import indent_of, scan

POST = """\
# Title

## One

words

### Sub

**takeaway:** mine

## Two
"""
MARK = "<!-- clapmark abcdefghij -->"
BLOCK = f"<!-- clapmark begin bees -->\n- **13:05** note {MARK}\n<!-- clapmark end bees -->\n"


def heading(post, text: str):
    return next(one for one in post.headings if one.text == text)


def line_of(post, text: str) -> int:
    return next(number for number, line in enumerate(post.lines) if text in line)


def test_a_section_ends_at_the_next_heading_of_its_level_and_its_body_at_any():
    post = parse_post(POST.encode())
    one, two, title = heading(post, "One"), heading(post, "Two"), heading(post, "Title")
    assert post.section_end(one) == two.line and post.body_end(one) == heading(post, "Sub").line
    assert post.body_end(one, 2) == two.line
    assert post.section_end(title) == post.section_end(two) == post.body_end(two) == len(post.lines)


def test_the_heading_above_a_line_is_the_last_before_it_or_at_it():
    post = parse_post(POST.encode())
    assert post.heading_above(line_of(post, "words")).text == "One"
    assert post.heading_above(heading(post, "Two").line).text == "Two"
    assert post.heading_above(0).text == "Title"
    assert parse_post(b"words\n").heading_above(0) is None


def test_a_block_goes_before_the_takeaway_behind_the_words_or_below_the_heading():
    post = parse_post(POST.encode())
    assert post.place_for_block(heading(post, "Sub")) == line_of(post, "takeaway")
    assert post.place_for_block(heading(post, "One")) == line_of(post, "words") + 1
    assert post.place_for_block(heading(post, "Two")) == len(post.lines)
    bare = parse_post(b"## One\n\n\n\n## Two\n\n## Three\n")
    assert [bare.place_for_block(one) for one in bare.headings] == [2, 5, 7]


def test_the_word_takeaway_in_the_middle_of_a_text_or_in_code_is_none():
    for text in ("## One\nwords\ntakeaway more\n", "## One\n\n```\ntakeaway\n```\n"):
        post = parse_post(text.encode())
        assert post.place_for_block(post.headings[0]) == len(post.lines)
    post = parse_post(b"## One\n\nMy takeaway: x\n")
    assert post.place_for_block(post.headings[0]) == 2


def test_nothing_goes_into_a_block_but_behind_it():
    post = parse_post(f"a\n{BLOCK}b\n".encode())
    assert [post.outside_blocks(line) for line in range(6)] == [0, 1, 4, 4, 4, 5]
    assert post.bullets["abcdefghij"].key == "bees" and post.blocks["bees"].begin == 1 and post.blocks["bees"].end == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (BLOCK + BLOCK.replace("abcdefghij", "zzzzzzzzzz"), "lines 1 and 4 both begin the bullets of bees"),
        (f"- a {MARK}\n\n- b {MARK}\n", "lines 1 and 3 carry the same marker"),
        ("<!-- clapmark end bees -->\n", "line 1 ends the bullets of bees, but they do not begin"),
        ("\n<!-- clapmark begin bees -->\n", "line 2 begins the bullets of bees, but nothing ends them"),
        ("<!-- clapmark begin a -->\n<!-- clapmark begin b -->\n", "line 2 begins the bullets of b before those of a"),
        ("<!-- clapmark begin a -->\n<!-- clapmark end b -->\n", "line 2 ends the bullets of b"),
        ("a\n<<<<<<< one\n=======\n>>>>>>> two\n", "git has left a conflict in it, in line 2"),
    ],
)
def test_a_post_whose_markers_do_not_fit_is_refused_with_the_lines(text, what):
    with pytest.raises(RefusedError, match=what):
        parse_post(text.encode())


def test_half_a_conflict_is_the_persons_text_and_markers_in_code_do_not_count():
    assert parse_post(b"<<<<<<< shifts left\n").lines == ["<<<<<<< shifts left\n"]
    post = parse_post(f"```\n{BLOCK}```\n".encode())
    assert post.blocks == {} and post.bullets == {} and post.mentioned == {"abcdefghij"} and post.hidden == {"bees": 1}


def test_text_below_a_bullet_belongs_to_it_until_another_block_begins():
    post = parse_post(b"- a\nmore\n  and more\n\nnew\n- b\n- c\n1. d\n> q\n# h\nlast")
    assert [post.end_of_text(line) for line in (0, 5, 6, 10)] == [3, 6, 7, 11]


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("", False), ("  mine\n", True), ("mine\n", True), ("\nmine\n", False), ("\n  mine\n", True),
        ("- next\n", False), ("  - nested\n", True), ("## next\n", False), ("\n\n    mine\n", True),
        ("<!-- clapmark end bees -->\n", False),
    ],
)  # fmt: skip
def test_words_below_a_bullet_are_its_own_if_they_are_nested_or_go_on(below, expected):
    closing = "" if "end bees" in below else "<!-- clapmark end bees -->\n"
    begun = f"<!-- clapmark begin bees -->\n- **13:05** note {MARK}\n"
    post = parse_post((begun + below + closing).encode())
    assert post.has_words_below(post.bullets["abcdefghij"], ()) is expected
    own = range(2, 2 + below.count("\n"))
    assert post.has_words_below(post.bullets["abcdefghij"], own) is False


def test_nothing_goes_in_at_the_end_of_a_post_whose_last_code_or_comment_is_open():
    for text, what in (("## One\n\n```\ncode\n", "code fence"), ("## One\n\n<!-- x\n", "HTML comment")):
        post = parse_post(text.encode())
        with pytest.raises(RefusedError, match=f"the {what} that begins in line 3 is never closed"):
            post.place_at(len(post.lines))
        assert post.place_at(1) == 1


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=list(FLAVOURS))
def test_markers_of_every_flavour_are_read_back(flavour):
    assert (
        begin_key(flavour.begin_marker("light-1") + "\n") == "light-1" and end_key(flavour.end_marker("a.b")) == "a.b"
    )
    assert begin_key(flavour.end_marker("a")) == end_key(flavour.begin_marker("a")) == ""
    for name in ("abcdefghij", "abcdefghij.quote"):
        line = f"- x {flavour.mark(name)}"
        assert mark_ids(line) == [name] and has_marker(line)


def test_a_block_id_is_one_only_at_the_end_of_a_word_and_only_in_obsidian():
    assert OBSIDIAN.mark("abcdefghij") == "^clap-abcdefghij" and OBSIDIAN.mark("abcdefghij.quote").startswith("%%")
    assert HUGO.mark("abcdefghij") == PLAIN.mark("abcdefghij") == MARK
    for text in ("x^clap-abcdefghij", "[[p#^clap-abcdefghij]]", "^clap-abcdefghijk", "^clap-abcdefghi1"):
        assert mark_ids(text) == []
    assert mark_ids("a ^clap-abcdefghij\n^clap-zzzzzzzzzz\n") == ["abcdefghij", "zzzzzzzzzz"]


@pytest.mark.parametrize(
    ("line", "column"), [("x", 0), ("  x", 2), ("\tx", 4), ("  \tx", 4), ("    \tx", 8), (" \t x", 5)]
)
def test_a_tab_reaches_to_the_next_column_of_four(line, column):
    assert indent_of(line) == column


def flags(text: str, is_obsidian: bool = False) -> tuple[str, str, str]:
    found = scan(text.splitlines(keepends=True), is_obsidian)
    rows = (found.is_live, found.is_open, found.is_item)
    return tuple("".join(".x"[value] for value in row) for row in rows)


@pytest.mark.parametrize(
    ("text", "is_live", "is_open", "is_item"),
    [
        ("---\na: 1\n---\nx\n", "...x", "xxx.", "...."),
        ("a\n```\ncode\n```\nb\n", "x...x", "..xx.", "....."),
        ("- a\n- **13:05** b\n  - c\n1. d\n", "xxxx", "....", "xx.x"),
        ("<div>\nx\n\ny\n", "...x", ".xx.", "...."),
        ("<!-- one line -->\nx\n", "xx", "..", ".."),
        ("    code\n", ".", ".", "."),
        ("- a\n\n      code\n", "xx.", "...", "x.."),
        ("{{< note >}}\nx\n{{< /note >}}\ny\n", "x..x", ".xx.", "...."),
    ],
)
def test_what_is_in_code_html_or_front_matter_is_known_line_by_line(text, is_live, is_open, is_item):
    assert flags(text) == (is_live, is_open, is_item)


def test_a_comment_of_obsidian_hides_its_lines_and_only_there():
    assert flags("%%\n## no\n%%\nx\n", is_obsidian=True)[0] == "x..x"
    assert flags("%%\n## no\n%%\nx\n")[0] == "xxxx"
    assert flags("%% all of it %%\nx\n", is_obsidian=True)[0] == "xx"


def test_an_html_block_at_the_end_needs_an_empty_line():
    assert scan(["<div>\n", "x\n"]).ends_in_html and not scan(["<div>\n", "\n"]).ends_in_html
    assert not scan(["<!-- x\n"]).ends_in_html and not scan(["x\n"]).ends_in_html
