"""What is written with a name in the sources is a number in the device, and means the same."""

import pytest

from clapmark.firmware_build.build_constants import fold_constants

STATE = """
from .portable import const
NOTE = const(0)
CLOCK = const(NOTE + 2)
NAMES = (b"note", b"menu", b"clock")
"""
PORTABLE = "def const(value):\n    return value\n"


def fold(text: str, path: str = "firmware/app.py") -> str:
    sources = {"firmware/core/state.py": STATE, "firmware/core/portable.py": PORTABLE, path: text}
    return fold_constants(sources)[path].strip()


def test_constants_of_other_modules_become_numbers_and_their_imports_go() -> None:
    assert fold("from firmware.core import state\nx = state.CLOCK") == "x = 2"
    assert fold("from firmware.core import state as s\nx = (s.NOTE, s.NAMES)") == (
        "from firmware.core import state as s\nx = (0, s.NAMES)"
    )
    assert fold("from firmware.core.state import CLOCK, NAMES\nx = CLOCK") == (
        "from firmware.core.state import NAMES\nx = 2"
    )
    assert fold("from .core.state import CLOCK\nx = CLOCK") == "x = 2"
    assert fold("def f():\n    from firmware.core.state import CLOCK\n    return CLOCK") == "def f():\n    return 2"


def test_the_definitions_go_too() -> None:
    assert (
        fold_constants({"firmware/core/state.py": STATE, "firmware/core/portable.py": PORTABLE})[
            "firmware/core/state.py"
        ].strip()
        == "NAMES = (b'note', b'menu', b'clock')"
    )


def test_a_table_of_small_numbers_is_written_out() -> None:
    assert fold("from firmware.core.state import CLOCK\nx = bytes((1, CLOCK, 255))") == "x = b'\\x01\\x02\\xff'"
    assert fold("x = bytes((1, y))") == "x = bytes((1, y))"
    assert fold("x = bytes(200)") == "x = bytes(200)"


def test_what_only_looks_like_one_stays() -> None:
    assert "state.screen" in fold("def draw(state):\n    return state.screen")
    assert "Pin.NOTE" in fold("from machine import Pin\nx = Pin.NOTE")
    assert "NOTE = 7" in fold("NOTE = 7\nx = NOTE")


@pytest.mark.parametrize(
    "text",
    ["def f(other):\n    return other.CLOCK", "from micropython import const\nWIDTH = const(measure())"],
)
def test_what_cannot_be_followed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"which module|no number"):
        fold(text)
