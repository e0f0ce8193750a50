"""Recordings: which site plays them, and the address that opens them at a moment."""

import string
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clapmark.base.errors import UsageError
from clapmark.recordings.address import Site, parse_video
from clapmark.recordings.position_text import full_position_text, parse_position, position_text

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("typed", "site", "link"),
    [
        (f"https://www.youtube.com/watch?v={ID}", Site.YOUTUBE, f"https://www.youtube.com/watch?v={ID}&t=751"),
        (
            f"http://m.youtube.com/watch?list=PL1&v={ID}&t=9s",
            Site.YOUTUBE,
            f"https://www.youtube.com/watch?v={ID}&t=751",
        ),
        (f"https://youtu.be/{ID}?si=abc&t=3", Site.YOUTUBE, f"https://youtu.be/{ID}?t=751"),
        (f"https://www.youtube.com/live/{ID}", Site.YOUTUBE, f"https://www.youtube.com/watch?v={ID}&t=751"),
        (f"https://www.youtube-nocookie.com/embed/{ID}", Site.YOUTUBE, f"https://www.youtube.com/watch?v={ID}&t=751"),
        ("https://vimeo.com/76979871", Site.VIMEO, "https://vimeo.com/76979871#t=751s"),
        ("https://vimeo.com/76979871/0123abcdef", Site.VIMEO, "https://vimeo.com/76979871/0123abcdef#t=751s"),
        (
            "https://player.vimeo.com/video/76979871?h=0123abcdef",
            Site.VIMEO,
            "https://vimeo.com/76979871/0123abcdef#t=751s",
        ),
        ("https://vimeo.com/showcase/7008490/video/407943692", Site.VIMEO, "https://vimeo.com/407943692#t=751s"),
        ("https://www.twitch.tv/videos/123?t=0h1m2s", Site.PARAMETER, "https://www.twitch.tv/videos/123?t=0h12m31s"),
        (
            "https://www.dailymotion.com/video/x8abc?start=5",
            Site.PARAMETER,
            "https://www.dailymotion.com/video/x8abc?start=751",
        ),
        (
            "https://archive.org/details/pycon?x=1&start=3",
            Site.PARAMETER,
            "https://archive.org/details/pycon?x=1&start=751",
        ),
        (
            "https://tube.example.org/w/9c9de5e8-0a1e-484a-b099-e80766180a6d?start=5s",
            Site.PEERTUBE,
            "https://tube.example.org/w/9c9de5e8-0a1e-484a-b099-e80766180a6d?start=751",
        ),
        (
            "https://tube.example.org/videos/watch/kkGMgK9ZtnKfYAgnEtQxbv",
            Site.PEERTUBE,
            "https://tube.example.org/videos/watch/kkGMgK9ZtnKfYAgnEtQxbv?start=751",
        ),
        ("https://media.ccc.de/v/36c3-10652-x#t=5", Site.MEDIA_CCC, "https://media.ccc.de/v/36c3-10652-x#t=751"),
        ("https://media.ccc.de/v/36c3-10652-x", Site.MEDIA_CCC, "https://media.ccc.de/v/36c3-10652-x#t=751"),
        ("https://cdn.example.org/a%20b.mp4?x=1#t=4", Site.WEB, "https://cdn.example.org/a%20b.mp4?x=1#t=751"),
        ("https://www.youtube.com/@pycon", Site.WEB, "https://www.youtube.com/@pycon#t=751"),
        ("talks/one.mp4", Site.FILE, ""),
        ("C:\\talks\\one.mp4", Site.FILE, ""),
    ],
)
def test_a_link_opens_the_recording_at_the_second(typed, site, link):
    video = parse_video(typed)
    assert (video.site, video.at(751_999)) == (site, link)


def test_a_long_address_of_the_web_is_no_file_name():
    assert parse_video(f"https://example.org/{'a' * 1_000}").site is Site.WEB


def test_a_passage_of_a_plain_file_ends_where_it_ended():
    assert parse_video("https://example.org/a.webm").at(751_000, 44_500).endswith("#t=751,796")


@pytest.mark.parametrize(
    "typed",
    ["", "javascript:alert(1)", "ftp://example.org/a.mp4", "https://me:pw@example.org/a", "https://[", "a\x1b[2Jb"],
)
def test_what_is_no_recording_is_refused_with_a_sentence(typed):
    with pytest.raises(UsageError, match="address"):
        parse_video(typed)


def test_two_ways_to_write_one_recording_are_the_same():
    assert parse_video(f"https://youtu.be/{ID}").key == parse_video(f"https://youtube.com/watch?v={ID}&t=3").key


@given(st.text(string.printable, max_size=40), st.integers(0, 10**9))
def test_no_address_carries_anything_out_of_a_link(rest, ms):
    try:
        video = parse_video(f"https://example.org/{rest}")
    except UsageError:
        return
    link = video.at(ms)
    assert not set(link) & set(" \t\n\r<>\"'`(){}[]\\|$")
    assert urlsplit(link).hostname == "example.org" or video.site is not Site.WEB


@given(st.text(string.ascii_letters + string.digits + "-_&=?#/ %", max_size=30))
@example("  0")
def test_a_youtube_link_holds_nothing_but_the_id_and_the_second(rest):
    try:
        video = parse_video(f"https://www.youtube.com/watch?v={rest}")
    except UsageError:
        return
    if video.site is Site.YOUTUBE:
        assert set(parse_qs(urlsplit(video.at(5_000)).query)) == {"v", "t"}
        assert len(video.id) == 11


@pytest.mark.parametrize(
    ("typed", "ms"), [("12:31", 751_000), ("1:02:03", 3_723_000), ("751", 751_000), ("751s", 751_000), ("0:00.5", 500)]
)
def test_positions_are_read_as_players_show_them(typed, ms):
    assert parse_position(typed) == ms


@pytest.mark.parametrize("typed", ["", "12:31:", "1:99", "-1:00", "1:75:00", "9999:00:00", "x:y"])
def test_other_positions_are_refused(typed):
    with pytest.raises(UsageError, match="position"):
        parse_position(typed)


@given(st.integers(0, 99 * 3600 * 1000))
def test_a_position_that_is_shown_can_be_read_again(ms):
    assert parse_position(position_text(ms)) == ms // 1000 * 1000
    assert parse_position(full_position_text(ms)) == ms


UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        (
            "https://tube.example.org/w/kkGMgK9ZtnKfYAgnEtQxbv",
            "https://tube.example.org/w/kkGMgK9ZtnKfYAgnEtQxbv?start=751",
        ),
        (
            "https://tube.example.org/w/kkGMgK9ZtnKfYAgnEtQxbv?start=3s&title=0",
            "https://tube.example.org/w/kkGMgK9ZtnKfYAgnEtQxbv?start=751",
        ),
        (f"https://tube.example.org/videos/watch/{UUID}", f"https://tube.example.org/videos/watch/{UUID}?start=751"),
        (
            f"https://tube.example.org:8443/videos/embed/{UUID}",
            f"https://tube.example.org:8443/videos/watch/{UUID}?start=751",
        ),
    ],
)
def test_peertube_begins_at_start(typed, link):
    video = parse_video(typed)
    assert video.site is Site.PEERTUBE and video.at(751_900) == link
    assert video.at(751_000, 45_000) == f"{link}&stop=796"


def test_pages_that_only_look_like_peertube_are_pages():
    for path in ("w/short", "w/p/kkGMgK9ZtnKfYAgnEtQxbv", "videos/watch/1234", "wiki/kkGMgK9ZtnKfYAgnEtQxbv"):
        assert parse_video(f"https://example.org/{path}").site is Site.WEB
