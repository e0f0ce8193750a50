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
