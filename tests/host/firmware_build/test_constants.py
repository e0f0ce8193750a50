"""What is written with a name in the sources is a number in the device: the same meaning, on the same line."""

import pytest

from clapmark.firmware_build.build import app_sources
from clapmark.firmware_build.constants import fold_constants

STATE = """
from .portable import const
NOTE = const(0)
CLOCK = const(NOTE + 2)
NAMES = (b"note", b"menu", b"clock")
"""
PORTABLE = "def const(value):\n    return value\n"


def fold(text: str, path: str = "firmware/app.py") -> str:
    sources = {"firmware/core/state.py": STATE, "firmware/core/portable.py": PORTABLE, path: text}
    return fold_constants(sources)[path]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("from firmware.core import state\nx = state.CLOCK", "pass\nx = 2"),
        (
            "from firmware.core import state as s\nx = (s.NOTE, s.NAMES)",
            "from firmware.core import state as s\nx = (0, s.NAMES)",
        ),
        (
            "from firmware.core.state import CLOCK, NAMES\nx = CLOCK, NAMES",
            "from firmware.core.state import NAMES\nx = 2, NAMES",
        ),
        ("from .core.state import CLOCK\nx = -CLOCK", "pass\nx = -2"),
        ("def f():\n    from firmware.core.state import CLOCK\n    return CLOCK", "def f():\n    pass\n    return 2"),
        ("from firmware.core.state import CLOCK\nx = bytes((1, CLOCK, 255))", "pass\nx = b'\\x01\\x02\\xff'"),
        ("x = bytes((1, y))", "x = bytes((1, y))"),
        (
            "from micropython import const\n_A = const(\n    3\n)\nx = 'ä', _A  # _A\n",
            "pass\npass\n\n\nx = 'ä', 3  # _A\n",
        ),
        (
            "from firmware.core.state import (\n    CLOCK,\n    NAMES,\n)\nx = NAMES",
            "from firmware.core.state import NAMES\n\n\n\nx = NAMES",
        ),
        ("def draw(state):\n    return state.screen", "def draw(state):\n    return state.screen"),
        ("from machine import Pin\nx = Pin.NOTE", "from machine import Pin\nx = Pin.NOTE"),
        ("NOTE = 7\nx = NOTE", "NOTE = 7\nx = NOTE"),
    ],
)  # fmt: skip
def test_constants_become_numbers_and_nothing_moves(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_every_line_of_the_app_stays_where_it_is() -> None:
    sources = {name: path.read_text() for name, path in app_sources().items() if name.startswith("firmware/")}
    for name, folded in fold_constants(sources).items():
        assert folded.count("\n") == sources[name].count("\n"), name


@pytest.mark.parametrize(
    "text",
    ["def f(other):\n    return other.CLOCK", "from micropython import const\nWIDTH = const(measure())"],
)
def test_what_cannot_be_followed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"which module|no number"):
        fold(text)
