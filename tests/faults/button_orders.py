"""Every short order of level, interrupt, poll and bounce, with the fewest presses that can explain it.

Time goes in steps of 10 ms. What the firmware can know of a button is a sequence of looks: at each a poll or an
interrupt has read the level. For a sequence of looks there are many histories of the contact that lead to it. They are
all followed here, with every bounce, delay, merged and dropped edge that the chip allows. The fewest presses among
them are what is right: to report more may be one press twice, to report fewer misses one that the looks prove.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from tests.faults.button_chip import Chip
from tests.faults.ledger import Ledger

STEP_MS = 10
PRESS_STEPS = 3  # a press lasts 30 ms at least
PAUSE_STEPS = 4
SERVED_STEPS = 20  # an interrupt is served at most 200 ms after its edge
CLOSING_STEPS = 6
LONG_AGO = PAUSE_STEPS + 1

POLL, SERVE, MARK = "poll", "interrupt", "mark"
Look = tuple[int, str, int]  # step, what, level


class Contact(NamedTuple):
    """How a contact may behave: for so many steps after a change, the level may be read as either.

    With `is_worn`, a press may also be interrupted for a step now and then.
    """

    bounce_steps: int
    is_worn: bool = False


GOOD = Contact(1)  # no press of such a contact is doubled
WORN = Contact(2, is_worn=True)  # what could be one press of such a contact, may be reported as one


class History(NamedTuple):
    """A possible past of the contact, as far as later looks depend on it. Ages are in steps."""

    contact: Contact
    is_down: bool = False
    changed: int = LONG_AGO  # age of the last change
    waiting: tuple[int, ...] = ()  # ages of changes whose edges may be in the queue
    has_spare: bool = False  # one more edge of the last press may be, although a mark has passed the queue
    away: int = LONG_AGO  # age of the last interruption of a press

    def step(self) -> Iterator[tuple["History", int]]:
        """Yield what may have happened a step later, and the presses that began."""
        oldest = SERVED_STEPS + self.contact.bounce_steps
        older = self._replace(
            changed=min(self.changed + 1, LONG_AGO),
            away=min(self.away + 1, LONG_AGO),
            waiting=tuple(age + 1 for age in self.waiting if age < oldest),
        )
        yield older, 0
        if older.changed >= (PRESS_STEPS if self.is_down else PAUSE_STEPS):
            changed = older._replace(is_down=not self.is_down, changed=0, waiting=(*older.waiting, 0))
            yield changed, 0 if self.is_down else 1

    def read(self, level: int) -> Iterator["History"]:
        """Yield the histories in which the level is read now."""
        if self.changed <= self.contact.bounce_steps or level != self.is_down or not self.away:
            yield self
        elif self._may_go_away():
            yield self._replace(waiting=(*self.waiting, 0), away=0)

    def serve(self) -> Iterator["History"]:
        """Yield the histories in which an interrupt is served now: of each change whose edges may wait.

        Edges of one change may be many (bounce), edges of the changes before it were served or dropped.
        """
        if self.has_spare:
            yield self._replace(has_spare=False)
        for place in range(len(self.waiting)):
            yield self._replace(waiting=self.waiting[place:], has_spare=False)
        if self._may_go_away():
            yield self._replace(waiting=(0,), away=0, has_spare=False)

    def pass_mark(self, age: int, *, has_spare: bool) -> "History":
        """Return the history after a mark was served that was put into the queue `age` steps ago."""
        waiting = tuple(step for step in self.waiting if step - self.contact.bounce_steps <= age)
        return self._replace(waiting=waiting, has_spare=has_spare)

    def _may_go_away(self) -> bool:
        return self.contact.is_worn and self.is_down and self.away >= LONG_AGO


Histories = frozenset[tuple[History, int]]  # and the fewest presses that lead to each


def _with_fewest(found: Iterable[tuple[History, int]]) -> Histories:
    """Return the histories less those that explain nothing which another one does not, with as few presses."""
    groups: dict[History, list[tuple[set[int], History, int]]] = {}
    for history, presses in sorted(set(found), key=lambda entry: (entry[1], -len(entry[0].waiting))):
        group = groups.setdefault(history._replace(waiting=()), [])
        waiting = set(history.waiting)
        if not any(waiting <= more for more, _, _ in group):
            group.append((waiting, history, presses))
    return frozenset((history, presses) for group in groups.values() for _, history, presses in group)


@cache
def advance(histories: Histories) -> Histories:
    """Return the histories a step later."""
    return _with_fewest((later, presses + began) for history, presses in histories for later, began in history.step())


@cache
def look(histories: Histories, what: str, level: int) -> Histories:
    """Return the histories that explain a look, too."""
    if what == SERVE:
        histories = frozenset((later, presses) for history, presses in histories for later in history.serve())
    return _with_fewest((later, presses) for history, presses in histories for later in history.read(level))


@cache
def pass_mark(histories: Histories, age: int, has_spare: bool) -> Histories:
    """Return the histories after the mark."""
    return _with_fewest((history.pass_mark(age, has_spare=has_spare), presses) for history, presses in histories)


@cache
def close(histories: Histories, level: int) -> Histories:
    """Return the histories after some polls that read `level`."""
    for _ in range(CLOSING_STEPS):
        histories = look(
            advance(_with_fewest((history._replace(waiting=(), has_spare=False), n) for history, n in histories)),
            POLL,
            level,
        )
    return histories


def fewest(histories: Histories) -> int:
    """Return the fewest presses that explain all looks."""
    return min(presses for _, presses in histories)


class Played:
    """A sequence of looks, played to the driver."""

    def __init__(self, looks: tuple[Look, ...]) -> None:
        self.chip = Chip()
        self.chip.poll()
        self.chip.serve_next()  # the mark of the start
        self.chip.now_us += 1_000_000
        self._begin_us = self.chip.now_us
        self.marked_at = -1
        self.last_served = 1  # the level
        for seen in looks:
            self.look(*seen)

    def look(self, now: int, what: str, level: int) -> None:
        """Have the driver look at the pin."""
        chip = self.chip
        chip.now_us = self._begin_us + now * STEP_MS * 1000
        chip.pin.level = level
        if what == SERVE:
            self.last_served = level
            chip.serve()
            chip.buttons.drain()
        elif what == MARK:
            chip.serve_next()
        else:
            had = len(chip.queue)
            chip.poll()
            if len(chip.queue) > had:
                self.marked_at = now


class Orders:
    """Every order of up to `most` looks within `steps` steps; `check` is called for each."""

    def __init__(self, most: int, steps: int, ledger: Ledger) -> None:
        self._most = most
        self._steps = steps
        self._ledger = ledger

    def run(self, first: int) -> None:
        """Try all orders whose first look is at the step `first`; what counts is the time between looks."""
        good, worn = (frozenset([(History(contact), 0)]) for contact in (GOOD, WORN))
        for _ in range(first):
            good, worn = advance(good), advance(worn)
        self._go_on((), good, worn, first, first)

    def _go_on(self, looks: tuple[Look, ...], good: Histories, worn: Histories, now: int, last: int) -> None:
        played = Played(looks)
        if looks:
            check(looks, good, worn, self._ledger)
        if len(looks) == self._most:
            return
        for step in range(now, last + 1):
            if step > now:
                good, worn = advance(good), advance(worn)
            for what, level in ((POLL, 0), (POLL, 1), (SERVE, 0), (SERVE, 1), (MARK, 1)):
                seen = (step, what, level)
                if what == MARK:
                    if played.chip.queue:
                        spare = not played.last_served  # the release of a press that an interrupt has seen is to come
                        marked = (pass_mark(histories, step - played.marked_at, spare) for histories in (good, worn))
                        self._go_on((*looks, seen), *marked, step, self._steps)
                elif not (looks and looks[-1] == seen and what == POLL):
                    explained = look(good, what, level)
                    if explained:
                        self._go_on((*looks, seen), explained, look(worn, what, level), step, self._steps)


def check(looks: tuple[Look, ...], good: Histories, worn: Histories, ledger: Ledger) -> None:
    """Compare the driver with the fewest presses that explain what it has seen, now and when all is over."""
    ledger.injected += 1
    found = Played(looks).chip.presses
    if found > fewest(good):
        ledger.fail(f"doubled: {looks} gives {found} presses, {fewest(good)} explain it")
        return
    for level in (0, 1):
        played = Played(looks)
        for step in range(CLOSING_STEPS):
            played.look(looks[-1][0] + 1 + step, POLL, level)
        found = played.chip.presses
        good_end, worn_end = close(good, level), close(worn, level)
        if good_end and found > fewest(good_end):
            ledger.fail(f"doubled: {looks}, then {level}, gives {found} presses, {fewest(good_end)} explain it")
        if worn_end and found < fewest(worn_end):
            ledger.fail(f"lost: {looks}, then {level}, gives {found} presses, at least {fewest(worn_end)} were made")


STEPS = 12
MOST_LOOKS = 3


def button_orders(number: int, ledger: Ledger) -> None:
    """Every order of up to three looks at a button in 120 ms (polls and late interrupts), with all that leads to it."""
    Orders(MOST_LOOKS, STEPS, ledger).run(number % STEPS)
