"""Modules that are forgotten again: gone from memory's tables, alive for those who hold one of their functions."""

import sys

sys.path.insert(0, ".")

from firmware import overlay, verbs


def loaded():
    return __import__("firmware.verbs.repl", None, None, ("serve",))


def test_a_swept_module_is_gone_and_comes_anew():
    first = loaded()
    serve = first.serve
    overlay.sweep("firmware.verbs.")
    assert "firmware.verbs.repl" not in sys.modules
    assert not hasattr(verbs, "repl")
    assert callable(serve)
    assert loaded() is not first
    overlay.sweep("firmware.verbs.")


def test_what_was_there_when_the_line_was_drawn_stays():
    first = loaded()
    overlay.settle()
    overlay.sweep("firmware.verbs.")
    assert loaded() is first


def test_nothing_else_is_touched():
    overlay.settle()
    before = set(sys.modules)
    loaded()
    overlay.sweep()
    assert set(sys.modules) == before
