"""Modules that are forgotten again: gone from memory's tables, alive for those who hold one of their functions."""

import sys

sys.path.insert(0, ".")

from firmware.link import verbs
from firmware.system import module_unloader


def loaded():
    return __import__("firmware.link.verbs.repl", None, None, ("serve",))


def test_a_swept_module_is_gone_and_can_be_imported_again():
    first = loaded()
    serve = first.serve
    module_unloader.sweep("firmware.link.verbs.")
    assert "firmware.link.verbs.repl" not in sys.modules
    assert not hasattr(verbs, "repl")
    assert callable(serve)
    assert loaded() is not first
    module_unloader.sweep("firmware.link.verbs.")


def test_what_was_there_when_the_line_was_drawn_stays():
    first = loaded()
    module_unloader.settle()
    module_unloader.sweep("firmware.link.verbs.")
    assert loaded() is first


def test_nothing_else_is_touched():
    module_unloader.settle()
    before = set(sys.modules)
    loaded()
    module_unloader.sweep()
    assert set(sys.modules) == before
