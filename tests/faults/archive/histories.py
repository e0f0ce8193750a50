"""Histories of presses, syncs and a person's edits, for the fault tests and the soak: each number is another one."""

from itertools import permutations, product
from random import Random

from clapmark.notes.media import Media
from tests.faults.ledger import BUILD, Ledger
from tests.support.archive.found_histories import FOUND
from tests.support.archive.histories import TITLES, Totals, new_seed, play, play_one
from tests.support.archive.notebooks import MemoryNotebook
from tests.support.archive.notes_archive import afternoon, minutes

_SEED = BUILD / "histories.seed"  # of the soak, so that it goes on where it was; a new checkout draws another


def soak_seed() -> int:
    """Return the seed of this checkout's soak."""
    if not _SEED.exists():
        _SEED.parent.mkdir(exist_ok=True)
        _SEED.write_text(f"{new_seed()}\n")
    return int(_SEED.read_text())


def histories(number: int, ledger: Ledger, seed: int | None = None) -> None:
    """10 to 40 presses, retags, undos, recordings, edits and runs of notes; a new seed in each run."""
    totals = play(1, soak_seed() if seed is None else seed, number)
    _enter(ledger, totals, f"history {number}")


def found_histories(ledger: Ledger) -> None:
    """Play the histories that went wrong once, and some random ones."""
    for name, history in FOUND.items():
        totals = Totals()
        play_one(history, totals)
        _enter(ledger, totals, name)
    for number in range(40):
        histories(number, ledger, 1)


def blanks(ledger: Ledger) -> None:
    """Play histories in which a person adds blanks behind every line, and new tags come in."""
    for number in range(12):
        random = Random(number)
        steps = [("sync", None, None), *(("blanks", place, "  ") for place in random.sample(range(40), 20))]
        steps += [("retag", place, "todo") for place in range(8)]
        totals = Totals()
        play_one((random.choice(("hugo", "obsidian", "plain")), steps), totals)
        _enter(ledger, totals, f"blanks {number}")


_PAGES = (
    "Bees & Sensors",
    "One More Thing\n",
    "Lightning talks\n\nOne More Thing\n",
    "intro\n\nBees & Sensors\n\n\nSomething Else\n\nwords\n",
    "Errors as Haiku\n\nBees & Sensors\n\nDictionaries, All the Way Down\n\nOne More Thing",
)


def plain_titles(ledger: Ledger) -> None:
    """Put bullets under bare titles of plain posts, in turns: each title keeps its bullets and is there only once."""
    for page, talks in product(_PAGES, permutations(("bees", "late", "dicts", ""), 3)):
        log = afternoon()
        notebook = MemoryNotebook("plain", page.encode(), log)
        for minute, talk in enumerate(("", *talks), 57):
            _, again = notebook.run(Media())
            log.add(minutes(minute), "bookmark", tag="new", talk=talk)
            if again.changes:
                ledger.fail(f"silent: a second run changes something: {page!r}")
        text = next(iter(notebook.posts().values())).decode()
        ledger.injected += 1
        twice = [title for title in TITLES if text.count(title) > 1]
        if twice:
            ledger.fail(f"doubled: a second section of {twice}: {page!r}, {talks}")


def _enter(ledger: Ledger, totals: Totals, name: str) -> None:
    ledger.injected += 1
    if totals.bytes_lost or totals.missing or totals.returned:
        ledger.fail(f"lost: {name}: {totals}")
    if totals.doubled:
        ledger.fail(f"doubled: {name}: {totals}")
    if totals.unsettled:
        ledger.fail(f"silent: {name}: a second run changes something: {totals}")
