"""What a person may call a bookmark: its number, its time, its id; and how its time is shown."""

import base64
import hashlib
from zoneinfo import ZoneInfo

import pytest

from clapmark.archive.wall_time import WallTime
from clapmark.base.errors import UsageError
from clapmark.bookmarks.fold import Bookmark
from clapmark.bookmarks.lookup import find_bookmark, moment_text, shown_tag
from tests.support.archive.conference import utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH

ZONE = ZoneInfo("America/New_York")


def bookmark(seq: int, clock: str = "13:05:30", error_ms: int = 0, tag: str = "note") -> Bookmark:
    at_ms = utc_ms(clock)
    return Bookmark(DEVICE, EPOCH, seq, f"{seq:08X}", 1, 0, WallTime(at_ms - error_ms, at_ms + error_ms), tag)


MARKS = [bookmark(1), bookmark(2, "13:05:59"), bookmark(3, "9:07")]


def find(name: str, numbered=None, marks=MARKS) -> int:
    return find_bookmark(name, marks, ZONE, numbered).seq


@pytest.mark.parametrize("seq", range(1, 40))
def test_an_id_is_the_base32_of_a_hash_of_the_record_today_and_in_ten_years(seq):
    one = bookmark(seq)
    name = f"{DEVICE}/{EPOCH}/{seq}/{seq:08X}".encode()
    assert one.id == base64.b32encode(hashlib.sha256(name).digest()).decode().lower()[:10]


def test_a_number_is_the_place_in_the_list_that_was_shown():
    assert [find(str(number), MARKS) for number in (1, 2, 3)] == [1, 2, 3]
    assert find(" 3 ", MARKS) == 3
    for number in ("0", "4", "99999"):
        with pytest.raises(UsageError, match="has 3 bookmarks, so there is no number"):
            find(number, MARKS)
    with pytest.raises(UsageError, match="no bookmark"):
        find("1")  # no list was shown
    with pytest.raises(UsageError, match="no bookmark"):
        find("100000", MARKS)


def test_a_time_finds_the_bookmark_of_that_minute_or_second_on_that_day():
    for name in ("9:07", "09:07", "09:07:00", "2019-05-03 9:07", "2019-05-03T09:07:00"):
        assert find(name) == 3
    assert find("13:05:30") == 1 and find("13:05:59") == 2
    for name in ("9:08", "2019-05-04 9:07", "9:07:01"):
        with pytest.raises(UsageError, match="no bookmark"):
            find(name)
    with pytest.raises(UsageError, match=f"2 bookmarks fit .13:05.;.*{MARKS[0].id} .2019-05-03 13:05."):
        find("13:05")


def test_a_time_is_looked_for_in_the_list_that_was_shown_and_an_id_everywhere():
    assert find("13:05", MARKS[1:]) == 2
    assert find(MARKS[0].id, MARKS[1:]) == 1


def test_an_id_may_be_shortened_to_four_letters_and_copied_from_a_post():
    whole = MARKS[2].id
    for name in (whole, whole.upper(), whole[:4], whole[:9], "^clap-" + whole, "^clap-" + whole[:5]):
        assert find(name) == 3
    for name in (whole[:3], whole + "a", whole[:-1] + "!"):
        with pytest.raises(UsageError, match="no bookmark"):
            find(name)


def test_of_many_that_fit_eight_are_named():
    many = [bookmark(seq) for seq in range(1, 12)]
    with pytest.raises(UsageError) as caught:
        find("13:05", marks=many)
    assert "11 bookmarks fit" in str(caught.value)
    assert [one.id in str(caught.value) for one in many] == [True] * 8 + [False] * 3


def test_a_bookmark_whose_time_is_unknown_is_found_by_no_time():
    lost = Bookmark(DEVICE, EPOCH, 9, "00000009", 1, 0, WallTime(None, None), "note")
    assert moment_text(lost, ZONE) == "time unknown"
    with pytest.raises(UsageError, match="no bookmark"):
        find("13:05", marks=[lost])
    assert find(lost.id, marks=[lost]) == 9


def test_a_time_that_may_be_half_a_minute_off_is_exact_and_more_is_about():
    assert moment_text(bookmark(1, error_ms=30_000), ZONE) == "2019-05-03 13:05"
    assert moment_text(bookmark(1, error_ms=30_001), ZONE) == "~2019-05-03 13:05"


@pytest.mark.parametrize(("at_ms", "shown"), [(-5, "1969-12-31 19:00"), (1 << 60, "2096-10-02 03:06")])
def test_an_impossible_time_is_shown_as_the_nearest_possible_one(at_ms, shown):
    odd = Bookmark(DEVICE, EPOCH, 9, "00000009", 1, 0, WallTime(at_ms, at_ms), "note")
    assert moment_text(odd, ZONE) == shown
    assert find(shown[-5:], marks=[odd]) == 9


def test_a_tag_is_shown_on_one_line_of_32_characters_and_never_empty():
    assert shown_tag(bookmark(1, tag="to\ndo")) == "to do"
    assert shown_tag(bookmark(1, tag="")) == "note"
    assert len(shown_tag(bookmark(1, tag="x" * 99))) == 32
