"""Short names mean the same: only what the app alone sees is renamed."""

import ast

import pytest

from clapmark.firmware_build.build import app_sources
from clapmark.firmware_build.build_names import shorten_names
from clapmark.firmware_build.build_namespaces import Namespaces


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
    method = names["uptime"]
    assert f"def {method}(a, b):" in clock
    assert f".{method}(5)" in short["firmware/app.py"]
    assert "_boot" not in clock and "ticks" not in clock
    assert f"class {names['Clock']}:" in clock and f"import {names['Clock']}" in short["firmware/app.py"]


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
        ("class Buttons:\n    def is_alive(self): return True", "Buttons"),
        ("def append(x): [].append(x)", "append"),
        ("def __init__(self): pass", "__init__"),
    ],
)
def test_what_a_library_a_text_or_a_person_may_mean_stays(text: str, kept: str) -> None:
    assert kept in shorten(text)


def test_what_the_modules_around_the_app_use_stays() -> None:
    assert "def decide" in shorten("def decide(): pass", "from firmware import app\napp.decide()")
    assert "def decide" not in shorten("def decide(): pass")


def test_names_that_never_meet_share_a_word_and_those_that_meet_do_not() -> None:
    text = """
class Base:
    def first(self): return 1
class Middle(Base):
    def second(self): return 2
class Top(Middle):
    def third(self): self._fourth = 4; return self.first() + self.second() + self._fourth
class Other:
    def fifth(self): return 5
top = Top()
top.outside = 3
"""
    _, short = shorten_names({"firmware/app.py": text})
    assert len({short[name] for name in ("first", "second", "third", "_fourth", "outside")}) == 5
    assert short["fifth"] in {short[name] for name in ("first", "second", "third", "_fourth")}
    assert short["fifth"] != short["outside"]


def test_in_the_app_no_two_names_of_a_module_or_of_an_object_have_become_one() -> None:
    sources = {name: path.read_text() for name, path in app_sources().items() if name.startswith("firmware/")}
    _, short = shorten_names(sources)
    spaces = Namespaces({name: ast.parse(text) for name, text in sources.items()})
    assert len(set(short.values())) < len(short) / 2
    for name, word in short.items():
        assert word not in {short.get(other, other) for other in spaces.neighbours(name)}, name


def test_modules_of_the_app_are_named_from_where_one_stands() -> None:
    sources = {
        "firmware/ui/note.py": "from firmware.ui.text import line\nfrom firmware.core import state\nuse(line, state)",
        "firmware/ui/text.py": "line = 1",
        "firmware/core/state.py": "",
    }
    assert shorten_names(sources)[0]["firmware/ui/note.py"].startswith("from .text import ")
    assert "from ..core import state" in shorten_names(sources)[0]["firmware/ui/note.py"]
