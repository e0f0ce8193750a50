"""Known-bad variants of how notes are written, and the suites that must notice them (tests/faults/mutants.py)."""

from collections.abc import Callable

from tests.faults.archive.editor_races import editor_steps
from tests.faults.archive.histories import blanks, found_histories, plain_titles
from tests.faults.ledger import Ledger

_TAKEN = "    except FileExistsError:\n        return False\n"
_BUSY = "    except BlockingIOError:\n        return False\n"

# (name, suite, (old text, new text)...)
NOTE_MUTANTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "a blank behind a bullet does not count",
        "blanks",
        (('f"{key}\\n{line}".encode', 'f"{key}\\n{line.rstrip()}".encode'),),
    ),
    (
        "a quotation counts as the person's words",
        "histories",
        (("has_words_below(live, self.own_lines)", "has_words_below(live, ())"),),
    ),
    (
        "a video counts as the person's words",
        "histories",
        (("self.own_lines |= {line for", "_ = {line for"),),
    ),
    (
        "clapmark's own block ends a title",
        "titles",
        (("enumerate(_inside_blocks(found)) if not is_inside]", "enumerate(_inside_blocks(found))]"),),
    ),
    (
        "the version that was replaced is not looked at",
        "editor",
        (("if old.is_still_quiet(fresh) or (not old.is_same(fresh) and", "if True or (not old.is_same(fresh) and"),),
    ),
    (
        "an editor that is about to write is not waited for",
        "editor",
        ((_BUSY, _BUSY.replace("False", "None")),),
    ),
    (
        "a file that appeared meanwhile is overwritten",
        "editor",
        ((_TAKEN, _TAKEN.replace("return False", "fresh.replace(path)")),),
    ),
)
NOTE_SUITES: dict[str, Callable[[Ledger], None]] = {
    "editor": editor_steps,
    "histories": found_histories,
    "blanks": blanks,
    "titles": plain_titles,
}
