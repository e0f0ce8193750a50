"""For three seconds after a mark, the action button belongs to that bookmark."""

from firmware.core.marking import WINDOW_MS, Marking

TAGS = (b"note", b"quote", b"idea")


def test_a_tag_that_is_cycled_is_written_once_when_it_settles():
    marking = Marking(TAGS)
    marking.saved(7, 1, 1000)
    assert not marking.retag_due(1000 + WINDOW_MS)
    marking.cycle_last(1500)
    marking.cycle_last(2000)
    assert marking.last_tag == b"idea"
    assert not marking.retag_due(2000 + WINDOW_MS - 1)
    assert marking.retag_due(2000 + WINDOW_MS)
    marking.retagged()
    assert not marking.retag_due(99_999)


def test_a_tag_that_comes_round_again_needs_no_record():
    marking = Marking(TAGS)
    marking.saved(7, 1, 0)
    for _ in TAGS:
        marking.cycle_last(10)
    assert not marking.is_retagged() and not marking.retag_due(10 + WINDOW_MS)


def test_the_window_closes_and_the_next_tag_is_its_own():
    marking = Marking(TAGS)
    assert not marking.in_window(0)
    marking.saved(7, 1, 0)
    assert marking.in_window(WINDOW_MS - 1) and not marking.in_window(WINDOW_MS)
    assert marking.window_left_ms(1000) == WINDOW_MS - 1000 and marking.window_left_ms(WINDOW_MS) == -1
    marking.cycle_next()
    assert marking.next_tag == b"quote" and marking.last_tag == b"note"


def test_what_is_taken_back_cannot_be_retagged():
    marking = Marking(TAGS)
    marking.saved(7, 1, 0)
    marking.cycle_last(1)
    marking.forget()
    assert not marking.retag_due(99_999) and not marking.is_retagged() and not marking.in_window(2)


def test_the_window_is_open_for_three_seconds_and_says_when_it_closes():
    marking = Marking(TAGS)
    marking.saved(1, 1, 5000)
    assert marking.in_window(7999) and not marking.in_window(8000)
    assert marking.window_left_ms(7999) == 1 and marking.window_left_ms(8000) == -1
    marking.cycle_last(7000)
    assert marking.in_window(9999) and not marking.in_window(10_000)
    assert marking.window_left_ms(7000) == 3000


def test_a_device_that_has_marked_nothing_has_nothing_to_take_back_or_to_retag():
    for tags, first in ((TAGS, b"note"), ((), b"")):
        marking = Marking(tags)
        assert (marking.next_tag, marking.last_tag) == (first, b"")
        assert marking.last_seq == marking.last_number == 0
        assert not marking.is_retagged() and not marking.retag_due(99_999)
        assert marking.window_left_ms(0) == -1


def test_the_newest_bookmark_has_its_number_and_the_tag_that_was_next():
    marking = Marking(TAGS)
    marking.cycle_next()
    marking.saved(9, 4, 1000)
    assert (marking.last_seq, marking.last_number, marking.last_tag) == (9, 4, b"quote")
    marking.cycle_last(1100)
    marking.saved(10, 5, 2000)
    assert (marking.last_seq, marking.last_number, marking.last_tag) == (10, 5, b"quote")
    assert not marking.is_retagged(), "the tag of the one before is not that of the new one"
    marking.forget()
    assert marking.last_seq == 0 and marking.window_left_ms(2001) == -1


def test_other_tags_keep_the_next_one_only_if_they_have_it():
    marking = Marking(TAGS)
    marking.cycle_next()
    marking.set_tags((b"todo", b"quote"))
    assert marking.next_tag == b"quote"
    marking.cycle_next()
    assert marking.next_tag == b"todo", "behind the last one comes the first"
    marking.set_tags((b"a", b"b"))
    assert marking.next_tag == b"a"
    marking.saved(3, 1, 0)
    marking.set_tags((b"c", b"d"))
    assert marking.last_tag == b"a", "a bookmark keeps its tag"
    marking.cycle_last(10)
    assert marking.last_tag == b"c"
