"""Keys of the live screen: what a terminal sends that is no key must not press a button."""

import pytest

from clapmark.sim.script import Press
from clapmark.sim.terminal.keys import KeyReader, press_of

ARROWS_AND_MORE = [
    "\x1b[A", "\x1b[B", "\x1bOA", "\x1b[1;5C", "\x1b[3~", "\x1bb", "\x1b[<0;12;3M", "\x1b[I", "\x1b[?62;4c",
    "\x1b_Gi=7;OK\x1b\\", "\x1b]11;rgb:aaaa/bbbb/cccc\x1b\\", "\x1b]0;abc\a", "\x1bP1$r0 q\x1b\\", "\x1b[200~",
]  # fmt: skip


@pytest.mark.parametrize("sequence", ARROWS_AND_MORE)
def test_arrow_keys_and_answers_of_the_terminal_press_nothing(sequence):
    assert KeyReader().keys(sequence) == []
    whole = KeyReader()
    assert whole.keys("a" + sequence + "B") == ["a", "B"]
    in_pieces = KeyReader()
    assert [key for letter in "a" + sequence + "B" for key in in_pieces.keys(letter)] == ["a", "B"]


def test_a_lone_escape_does_not_swallow_the_next_key():
    reader = KeyReader()
    assert reader.keys("\x1b") == []
    reader.end_of_input()
    assert reader.keys("a") == ["a"]


def test_small_letters_tap_capitals_hold_and_space_marks():
    assert press_of("a") == Press("A") == press_of(" ")
    assert press_of("c") == Press("C")
    assert press_of("B") == Press("B", 1_500_000)
    assert press_of("d") is None and press_of("1") is None
