"""The words of a bullet: when a time is exact, about or between two, and where in the talk a press was."""

from zoneinfo import ZoneInfo

import pytest

from clapmark.archive.wall_time import WallTime
from clapmark.bookmarks.fold import Bookmark
from clapmark.notes.escape import inline, link_target, wiki_link
from clapmark.notes.lines import Lines, clock, length_text, position_in, video_time
from clapmark.notes.media import BookmarkMedia, CrowdMoment, TalkMedia
from clapmark.posts.flavours import HUGO, OBSIDIAN, PLAIN
from tests.support.archive.conference import talk, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH

ZONE = ZoneInfo("America/New_York")
TALK = talk("dicts", "Dictionaries", "13:00")
MINUTE_MS = 60_000


def mark(first_ms: int | None, last_ms: int | None, length_ms: int = 0) -> Bookmark:
    return Bookmark(DEVICE, EPOCH, 1, "00000001", 1, 0, WallTime(first_ms, last_ms), "note", length_ms=length_ms)


def pressed(time: str, error_ms: int = 0, later_ms: int = 0) -> Bookmark:
    at_ms = utc_ms(time) + later_ms
    return mark(at_ms - error_ms, at_ms + error_ms)


@pytest.mark.parametrize(
    ("error_ms", "with_date", "words"),
    [
        (30_000, False, "13:05"),
        (30_000, True, "2019-05-03 13:05"),
        (30_001, False, "\\~13:05"),
        (20 * MINUTE_MS, True, "\\~2019-05-03 13:05"),
        (20 * MINUTE_MS + 1, False, "between 12:44 and 13:25"),
        (20 * MINUTE_MS + 1, True, "between 2019-05-03 12:44 and 13:25"),
        (24 * 60 * MINUTE_MS, False, "between 2019-05-02 13:05 and 2019-05-04 13:05"),
    ],
)
def test_a_time_is_exact_to_half_a_minute_about_to_twenty_and_then_between_two(error_ms, with_date, words):
    assert clock(pressed("13:05", error_ms), ZONE, with_date) == words


def test_a_time_with_an_open_end_says_before_or_after_and_without_any_that_it_is_unknown():
    at_ms = utc_ms("13:05")
    assert clock(mark(None, at_ms), ZONE, with_date=False) == "before 2019-05-03 13:05"
    assert clock(mark(at_ms, None), ZONE, with_date=False) == "after 2019-05-03 13:05"
    assert clock(mark(None, None), ZONE, with_date=False) == "time unknown"
    assert clock(mark(-5, -5), ZONE, with_date=True) == "1969-12-31 19:00"
    assert clock(mark(1 << 60, 1 << 60), ZONE, with_date=True).startswith("9999-12-3")


@pytest.mark.parametrize(
    ("time", "later_ms", "words"),
    [
        ("13:00", 0, "0 min in"),
        ("13:00", 59_999, "0 min in"),
        ("13:15", 0, "15 min in"),
        ("12:59:59", 0, "1 min before the start"),
        ("10:00", 0, "180 min before the start"),
        ("10:00", -1, ""),
        ("13:30", 59_999, "30 min in"),
        ("13:31", 0, "1 min after the end"),
        ("16:30", 0, "180 min after the end"),
        ("16:30", 1, ""),
    ],
)
def test_where_in_the_talk_a_press_was_is_said_up_to_three_hours_around_it(time, later_ms, words):
    assert position_in(pressed(time, 0, later_ms), TALK) == words


def test_the_place_in_the_talk_is_about_if_the_time_is_and_left_out_if_that_is_vague():
    assert position_in(pressed("13:15", 30_000), TALK) == "15 min in"
    assert position_in(pressed("13:15", 30_001), TALK) == "about 15 min in"
    assert position_in(pressed("13:15", 20 * MINUTE_MS), TALK) == "about 15 min in"
    assert position_in(pressed("13:15", 20 * MINUTE_MS + 1), TALK) == ""
    assert position_in(mark(None, utc_ms("13:15")), TALK) == ""


@pytest.mark.parametrize(
    ("ms", "words"),
    [(1, "1 s"), (1_400, "1 s"), (1_600, "2 s"), (59_400, "59 s"), (60_000, "1 min"), (75_000, "1 min 15 s")],
)
def test_a_passage_is_at_least_a_second_long(ms, words):
    assert length_text(ms) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (-1, "0:00"),
        (999, "0:00"),
        (65_000, "1:05"),
        (3_599_999, "59:59"),
        (3_600_000, "1:00:00"),
        (3_751_000, "1:02:31"),
    ],
)
def test_a_place_in_a_video_is_written_as_players_show_it(ms, words):
    assert video_time(ms) == words


@pytest.mark.parametrize(
    ("flavour", "youtube", "other"),
    [
        (HUGO, "{{< youtube abcdefghijk >}}", "[video](https://x.org/v)"),
        (OBSIDIAN, "![](https://www.youtube.com/watch?v=abcdefghijk)", "[video](https://x.org/v)"),
        (PLAIN, "video: https://x.org/v", "video: https://x.org/v"),
    ],
)
def test_a_video_is_shown_as_the_flavour_can(flavour, youtube, other):
    lines = Lines(flavour, ZONE)
    assert lines.video(TalkMedia("https://x.org/v", "abcdefghijk")) == youtube
    for no_id in ("", "abcdefghij", "abcdefghijkl", "abcdefghij!"):
        assert lines.video(TalkMedia("https://x.org/v", no_id)) == other
    assert lines.video(TalkMedia("javascript:x")) == ""


def test_a_bullet_and_its_quotation_hold_what_is_known_and_nothing_else():
    lines = Lines(HUGO, ZONE)
    media = BookmarkMedia("https://x.org/v?t=65", 65_000, "so it is")
    at_ms = utc_ms("13:15")
    values = lines.values(mark(at_ms, at_ms, 75_000), TALK, media)
    assert lines.bullet(values) == "**13:15** [1:05](https://x.org/v?t=65) note, 15 min in, 1 min 15 s long"
    assert lines.quote({**values, "link": ""}) == "> so it is"
    bare = lines.values(mark(at_ms, at_ms), None)
    assert lines.bullet(bare) == "**2019-05-03 13:15** note" and lines.quote(bare) == ""
    assert lines.link(BookmarkMedia("https://x.org/v")) == "[video](https://x.org/v)"
    assert lines.link(BookmarkMedia("", 65_000)) == ""


def test_a_talk_begins_with_its_abstract_and_its_speakers_as_far_as_they_are_known():
    lines = Lines(HUGO, ZONE)
    both = talk("a", "A", "13:00", abstract="Why.", url="https://x.org/1")
    assert lines.lead(both) == ("> Why. [#](https://x.org/1)", "", "- Ada Example")
    assert lines.lead(talk("a", "A", "13:00")) == ("- Ada Example",)
    assert lines.lead(talk("a", "A", "13:00", speakers=(), abstract="Why.")) == ("> Why.",)
    assert lines.lead(talk("a", "A", "13:00", speakers=())) == ()


def test_long_text_is_cut_after_a_word_and_inside_one_only_if_it_is_long():
    assert inline("one two three", 13) == "one two three"
    assert inline("one two three", 12) == "one two…"
    assert inline("x" * 20, 20) == "x" * 20 and inline("x" * 21, 20) == "x" * 19 + "…"
    assert inline("one " + "x" * 20, 12) == "one xxxxxxx…"


def test_abstracts_and_quotations_are_cut_where_nobody_would_read_on():
    lines = Lines(HUGO, ZONE)
    at_ms = utc_ms("13:15")
    for length, is_whole in ((2_000, True), (2_001, False)):
        quote = lines.values(mark(at_ms, at_ms), TALK, BookmarkMedia("", None, "q" * length))["quote"]
        assert len(quote) == 2_000 and quote.endswith("q") == is_whole
    for length, is_whole in ((5_000, True), (5_001, False)):
        (abstract,) = lines.lead(talk("a", "A", "13:00", speakers=(), abstract="a" * length))
        assert len(abstract) == len("> ") + 5_000 and abstract.endswith("a") == is_whole


def test_a_moment_of_the_crowd_names_its_three_most_frequent_tags():
    lines = Lines(OBSIDIAN, ZONE)
    many = CrowdMoment(65_000, 12, (("idea", 5), ("todo", 4), ("q&a", 3), ("link", 2)), "https://x.org/v?t=65")
    one = CrowdMoment(125_000, 3, (), "")
    assert lines.crowd([many, one]) == (
        "crowd: [1:05](https://x.org/v?t=65) (12 people, #idea 5, #todo 4, q&amp;a 3), 2:05 (3 people)"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1. item", "1\\. item"),
        ("12) x", "12\\) x"),
        ("- x", "\\- x"),
        ("1 x", "1 x"),
        ("= x", "\\= x"),
        ("a - x", "a - x"),
    ],
)
def test_words_that_would_begin_a_list_or_a_heading_are_escaped_only_where_they_begin(text, shown):
    assert inline(text, 50) == shown


def test_only_an_address_that_is_safe_becomes_a_link():
    good = "https://x.org/" + "a" * 1_986
    assert len(good) == 2_000 and link_target(good) == good and link_target(good + "a") == ""
    for bad in ("ftp://x.org", "https://me@x.org/", "https://", "x.org", "http://[", "javascript:alert(1)"):
        assert link_target(bad) == ""
    assert link_target("https://x.org/(a)?b=1&c=2") == "https://x.org/%28a%29?b=1&amp;c=2"
    assert link_target("https://x.org/100%") == "https://x.org/100%25"
    for whole in ("https://x.org/v.mp4#t=12,30", "https://vimeo.com/1#t=62s", "https://x.org/2019/schedule/#talk-12"):
        assert link_target(whole) == whole, "the part behind # is where the reader wants to go"
    assert link_target("https://x.org/#a#b (c)") == "https://x.org/#a%23b%20%28c%29"


def test_a_name_is_a_link_in_a_vault_only_if_a_note_can_have_it():
    assert wiki_link("Ada Example", 100) == "[[Ada Example]]"
    for name in (".ada", "ada.", "a/b", "a|b", "", "x" * 101):
        assert not wiki_link(name, 100).startswith("[[")
