"""Presses by the million, on the device's own driver, with interrupts that are served late, merged or dropped.

Lives of two kinds take turns. In the first the chip is as it is: all of it stands still now and then (a picture, a
flash erase), and when it goes on, what has waited in the queue and the driver's poll come in any order. In the second
each interrupt is late by itself, and polls go on meanwhile.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable
from random import Random

from firmware.core.buttons import BOUNCE_MS, PRESS
from tests.faults.button_chip import Chip
from tests.faults.ledger import Ledger

PRESSES = 250  # in one life
BOUNCE_US = 10_000
LATEST_US = 200_000
VERY_LATE_US = 1_000_000  # on an overloaded machine
_MERGED_US = 3  # the hardware notes edges that are closer as one
_FIRST_US = 1_500_000

Press = tuple[int, int]  # down and up, in microseconds
Edge = tuple[int, int]  # when, and the level

IN_ONE_STALL = "with nothing served between them"
SEEN_TOO_LATE = "the pause read only within 10 ms after the first press was noticed"
SEEN_TOO_EARLY = "the second read as down only within 10 ms after the pause was noticed"
UNSEEN = "the second never read as down, the pause only while edges of the first could wait"


def _contact(chance: Random, at_us: int, level: int) -> list[Edge]:
    moments = sorted(chance.sample(range(1, BOUNCE_US), 2 * chance.choice((0, 0, 1, 2, 3, 6))))
    return [(at_us, level), *((at_us + us, level ^ (1 - place % 2)) for place, us in enumerate(moments))]


def presses(chance: Random, count: int) -> tuple[list[Press], list[Edge]]:
    """Return presses from 30 ms on, with pauses from 40 ms on, and the edges of their contacts."""
    pressed: list[Press] = []
    edges: list[Edge] = []
    at_us = _FIRST_US
    for _ in range(count):
        longest_ms = chance.choice((35, 60, 60, 150, 150, 150, 150, 1200))
        until_us = at_us + chance.randint(30_000, longest_ms * 1000)
        pressed.append((at_us, until_us))
        edges += _contact(chance, at_us, 0) + _contact(chance, until_us, 1)
        at_us = until_us + chance.randint(40_000, chance.choice((60, 60, 120, 120, 300, 1000)) * 1000)
    return pressed, edges


class _Stalls:
    """When the chip stands still."""

    def __init__(self, chance: Random, end_us: int, latest_us: int) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        at_us = _FIRST_US // 2
        while at_us < end_us:
            at_us += chance.randint(200, chance.choice((20_000, 200_000, 1_000_000)))
            self._begins.append(at_us)
            at_us += chance.randint(500, chance.choice((5_000, 27_000, 150_000, latest_us - 10_000)))
            self._ends.append(at_us)

    def runs_at(self, us: int) -> int:
        """Return when the chip runs, at `us` or after it."""
        place = bisect_right(self._begins, us) - 1
        return max(us, self._ends[place]) if place >= 0 else us


class Life(Chip):
    """One button, pressed many times. `looks` are the levels that were read: when, and what."""

    def __init__(self, number: int, count: int = PRESSES, latest_us: int = LATEST_US) -> None:
        self._chance = Random(number)
        self._latest_us = latest_us
        self.number = number
        self._due: deque[int] = deque()
        self.stands_still = number % 2 == 0
        self.early = 0  # presses stamped before they began
        self.looks: list[tuple[int, int]] = []
        self._marks_us: list[int] = []  # when the driver put a mark into the queue
        self.decided: list[tuple[int, int, int]] = []  # of each press: when it was reported, its stamp, its proof
        self.pressed, self._edges = presses(self._chance, count)
        self._begins_us = [down_us for down_us, _ in self.pressed]
        self._served_up_us: list[list[int]] = [[] for _ in self.pressed]  # of each press: when the level was up again
        self._end_us = self.pressed[-1][1] + 1_500_000
        self._stalls = _Stalls(self._chance, self._end_us, latest_us)
        super().__init__()
        self.buttons._handle = self._take

    def _take(self, _index: int, event: int, ms: int) -> None:
        if event == PRESS:
            self.decided.append((self.now_us, ms, self.buttons._buttons[0]._proof_ms))

    def enter(self, call: Callable[[], None]) -> bool:
        has_room = super().enter(call)
        if has_room:
            chance = self._chance
            if self.stands_still:
                due_us = self._stalls.runs_at(self.now_us) + chance.randint(10, 300)
            else:
                due_us = self.now_us + chance.randint(10, chance.choice((300, 30_000, self._latest_us - 10_000)))
            self._due.append(max(due_us, self._due[-1] + 20) if self._due else due_us)
        return has_room

    def schedule(self, call: Callable[[], None]) -> bool:
        has_room = super().schedule(call)
        if has_room:
            self._marks_us.append(self.now_us)
        return has_room

    def edge(self, level: int) -> None:
        self.pin.level = level
        place = bisect_right(self._begins_us, self.now_us) - 1
        if not self.enter(lambda: self._serve(place)):
            self.dropped += 1

    def _serve(self, place: int) -> None:
        self.serve()
        self.looks.append((self.now_us, self.pin.level))
        if self.pin.level:
            self._served_up_us[place].append(self.now_us)

    def _turn_us(self, us: int) -> int:
        """Return when the driver's task has its turn that is due at `us`."""
        us += self._chance.randint(10, self._chance.choice((300, 300, 300, 30_000)))
        return self._stalls.runs_at(us) + self._chance.randint(0, 300) if self.stands_still else us

    def live(self) -> None:
        """Press all the presses."""
        edges = deque(self._edges)
        turn_us = self._turn_us(self.now_us)
        watch_us = self.now_us + 250_000
        edged_us = 0
        never_us = self._end_us
        while True:
            edge_us = edges[0][0] if edges else never_us
            due_us = self._due[0] if self._due else never_us
            next_us = min(edge_us, due_us, turn_us, watch_us)
            if next_us >= never_us:
                return
            self.now_us = next_us
            if next_us == edge_us:
                level = edges.popleft()[1]
                if next_us - edged_us > _MERGED_US:
                    self.edge(level)
                else:
                    self.pin.level = level
                edged_us = next_us
            elif next_us == due_us:
                self._due.popleft()
                self.serve_next()
                if self.is_woken:
                    turn_us = min(turn_us, self._turn_us(next_us))
            elif next_us == turn_us:
                wait_ms = self.poll()
                self.looks.append((next_us, self.pin.level))
                turn_us = self._turn_us(next_us + min(wait_ms, 10) * 1000) if wait_ms >= 0 else never_us
            else:
                watch_us = self._turn_us(next_us + 250_000)
                if self.buttons._buttons[0].pressed == bool(self.pin.level):
                    turn_us = min(turn_us, self._turn_us(next_us))

    def judge(self) -> tuple[list[str], Counter[str], list[str]]:
        """Return the presses that were doubled, how many merged and why, and the presses that were missed."""
        begins_ms = [down_us // 1000 for down_us, _ in self.pressed]
        noticed_us = [-1] * len(begins_ms)
        doubled: list[str] = []
        last = -1
        for decided_us, stamp_ms, proof_ms in self.decided:
            place = bisect_right(begins_ms, stamp_ms) - 1
            if place <= last:
                place = last + 1
                self.early += 1
                if place == len(begins_ms) or self.pressed[place][0] > decided_us:
                    doubled.append(f"press {last}, {self.pressed[last]}, again at {stamp_ms} ms")
                    continue
            noticed_us[place] = proof_ms * 1000
            last = place
        merged: Counter[str] = Counter()
        missed: list[str] = []
        for place, us in enumerate(noticed_us):
            if us < 0:
                why = self._why(place, noticed_us)
                if why:
                    merged[why] += 1
                else:
                    missed.append(f"press {place}, {self.pressed[place]}")
        return doubled, merged, missed

    def _why(self, place: int, noticed_us: list[int]) -> str:
        """Return what a press that was not reported has merged into, or "" if the looks tell it from its neighbours."""
        why = ""
        for first in (place - 1, place):
            if first < 0 or first + 1 == len(self.pressed):
                continue
            up_us, down_us = self.pressed[first][1], self.pressed[first + 1][0]
            between = self._between(up_us, down_us)
            if not between:
                return IN_ONE_STALL
            known_us = noticed_us[first] if noticed_us[first] >= 0 else self._first_look_us(first, down_us)
            if not any(us >= known_us + BOUNCE_MS * 1000 and level for us, level in between):
                why = why or SEEN_TOO_LATE
            paused_us = next((us for us, level in between if level and us >= known_us + BOUNCE_MS * 1000), down_us)
            seen = [us for us, level in self._between(*self.pressed[first + 1]) if not level]
            if seen:
                if seen[-1] - paused_us < BOUNCE_MS * 1000:
                    why = why or SEEN_TOO_EARLY
            elif first < place and not self._is_known_by_edges(place, paused_us):
                why = why or UNSEEN
        return why

    def _between(self, from_us: int, to_us: int) -> list[tuple[int, int]]:
        return self.looks[bisect_right(self.looks, (from_us, 2)) : bisect_right(self.looks, (to_us, -1))]

    def _first_look_us(self, place: int, next_us: int) -> int:
        """Return when something of a press was seen first: its level, or an edge of it after it."""
        seen = [us for us, level in self._between(*self.pressed[place]) if not level]
        return min((*seen[:1], *self._served_up_us[place][:1], next_us))

    def _is_known_by_edges(self, place: int, paused_us: int) -> bool:
        """Return whether an interrupt was served that can only be of a press that was never read as down."""
        down_us, _ = self.pressed[place]
        next_us = self._begins_us[place + 1] if place + 1 < len(self.pressed) else self._end_us
        is_marked = bisect_right(self._marks_us, paused_us) < bisect_right(self._marks_us, down_us)
        return is_marked and any(us < next_us for us in self._served_up_us[place])


def late_interrupts(number: int, ledger: Ledger) -> None:
    """Presses of 30 to 1,200 ms with pauses from 40 ms on; interrupts up to 200 ms late, merged and dropped; bounce."""
    _live(Life(number), ledger)


def very_late_interrupts(number: int, ledger: Ledger) -> None:
    """The same on an overloaded machine: interrupts up to a second late."""
    _live(Life(number, latest_us=VERY_LATE_US), ledger)


def _live(life: Life, ledger: Ledger) -> None:
    life.live()
    doubled, merged, missed = life.judge()
    ledger.injected += len(life.pressed)
    for press in doubled:
        ledger.fail(f"life {life.number}: doubled: {press}")
    for press in missed:
        ledger.fail(f"life {life.number}: lost: {press}")
    for name, count in merged.items():
        ledger.merge(name, count)
