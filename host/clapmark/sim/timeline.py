"""When things happen: the script's steps, the edges on their way to the pins, and the pace of time."""

import heapq
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from clapmark.sim.bounce import LONGEST_BOUNCE_US, Edge
from clapmark.sim.script import End, Press, Script, Step

NEVER_US = 1 << 62
_AFTERMATH_US = 1_000_000


@dataclass(frozen=True)
class Pace:
    """Time that runs `factor` times as fast as life, from `world_us` at the monotonic clock's `real_ns`."""

    factor: float
    world_us: int
    real_ns: int = field(default_factory=time.monotonic_ns)

    def now_us(self) -> int:
        """Return the world's time that is due now."""
        return self.world_us + int((time.monotonic_ns() - self.real_ns) * self.factor) // 1000

    def real_s_until(self, world_us: int) -> float:
        """Return the real seconds until the world's time is `world_us`, at least 0."""
        due_ns = self.real_ns + (world_us - self.world_us) * 1000 / self.factor
        return max(0.0, (due_ns - time.monotonic_ns()) / 1e9)


class Timeline:
    """The steps of a script, held while a laptop is waited for, and the edges that presses have set off."""

    def __init__(self, script: Script | None) -> None:
        self._steps = list(_with_end(script)) if script else []
        self._next = 0
        self._shift_us = 0
        self._edges: list[Edge] = []
        self.held = False

    def next_us(self) -> int:
        """Return when the next edge or step comes, or NEVER_US."""
        edge_us = self._edges[0].at_us if self._edges else NEVER_US
        return min(edge_us, self._step_us())

    def take_step(self, now_us: int) -> Step | None:
        """Return the step that is due, if no edge comes before it."""
        step_us = self._step_us()
        if step_us > now_us or (self._edges and self._edges[0].at_us < step_us):
            return None
        step = self._steps[self._next]
        self._next += 1
        return step

    def take_edge(self, now_us: int) -> Edge | None:
        """Return the edge that is due."""
        return heapq.heappop(self._edges) if self._edges and self._edges[0].at_us <= now_us else None

    def add_edges(self, edges: Iterable[Edge]) -> None:
        """Set off the edges of a press; what the same pin had before it is cut off there."""
        fresh = list(edges)
        self._edges = [edge for edge in self._edges if edge.pin != fresh[0].pin or edge.at_us < fresh[0].at_us] + fresh
        heapq.heapify(self._edges)

    def go_on(self, now_us: int) -> None:
        """End the hold; steps whose time has gone by meanwhile, and all after them, come as much later."""
        self.held = False
        late_us = now_us - self._step_us()
        if late_us > 0:
            self._shift_us += late_us

    def _step_us(self) -> int:
        if self.held or self._next >= len(self._steps):
            return NEVER_US
        return self._steps[self._next].at_us + self._shift_us


def _with_end(script: Script) -> tuple[Step, ...]:
    """Return the steps; a script without `end` ends a second after its last press is over."""
    last = script.steps[-1]
    if isinstance(last.action, End):
        return script.steps
    lengths_us = (step.action.length_us if isinstance(step.action, Press) else 0 for step in script.steps)
    over_us = max(step.at_us + length_us for step, length_us in zip(script.steps, lengths_us, strict=True))
    return (*script.steps, Step(over_us + LONGEST_BOUNCE_US + _AFTERMATH_US, End(), last.line))
