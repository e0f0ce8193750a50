"""Short names mean the same: only what the app alone sees is renamed."""

import pytest

from clapmark.build_names import shorten_names


def shorten(text: str, *around: str) -> str:
    return shorten_names({"firmware/app.py": text}, around)[0]["firmware/app.py"].strip()


def test_private_names_functions_and_parameters_become_short_wherever_they_stand() -> None:
    sources = {
        "firmware/core/clock.py": "class Clock:\n    _boot = 7\n\n"
        "    def uptime(self, ticks):\n        return self._boot + ticks\n",
        "firmware/app.py": "from firmware.core.clock import Clock\nclock = Clock()\nprint(clock.uptime(5))\n",
    }
    short, names = shorten_names(sources)
    clock = short["firmware/core/clock.py"]
    method = next(new for new, old in names.items() if old == "uptime")
    assert f"def {method}(a, b):" in clock
    assert f".{method}(5)" in short["firmware/app.py"]
    assert "_boot" not in clock and "ticks" not in clock and "class Clock" in clock


def test_the_short_form_does_the_same() -> None:
    text = """
class Sum:
    def __init__(self, start):
        self._total = start
    def add(self, amount):
        self._total += amount
        return lambda factor: self._total * factor + amount
result = Sum(3).add(4)(10)
"""
    space: dict[str, object] = {}
    exec(shorten(text), space)
    assert 74 in space.values()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("from machine import Pin\nclass Key:\n    def value(self): return Pin(1).value()", "value"),
        ("import asyncio\ndef sleep_ms(ms): return asyncio.sleep_ms(ms)", "sleep_ms"),
        ("def paint(x): return x\nf = getattr(x, 'paint')", "paint"),
        ("def draw(x, colour=1): return colour\ndraw(1, colour=2)", "colour"),
        ("class BoardError(Exception): pass", "BoardError"),
        ("def append(x): [].append(x)", "append"),
        ("def __init__(self): pass", "__init__"),
    ],
)
def test_what_a_library_a_text_or_a_person_may_mean_stays(text: str, kept: str) -> None:
    assert kept in shorten(text)


def test_what_the_modules_around_the_app_use_stays() -> None:
    assert "def decide" in shorten("def decide(): pass", "from firmware import app\napp.decide()")
    assert "def decide" not in shorten("def decide(): pass")


def test_modules_of_the_app_are_named_from_where_one_stands() -> None:
    sources = {
        "firmware/ui/note.py": "from firmware.ui.text import line\nfrom firmware.core import state\nuse(line, state)",
        "firmware/ui/text.py": "line = 1",
        "firmware/core/state.py": "",
    }
    assert shorten_names(sources)[0]["firmware/ui/note.py"].startswith("from .text import ")
    assert "from ..core import state" in shorten_names(sources)[0]["firmware/ui/note.py"]
