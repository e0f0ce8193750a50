"""What a pin sees when a finger presses a button: contacts that bounce, and interrupts that are served late."""

from dataclasses import dataclass
from random import Random

LONGEST_BOUNCE_US = 6_000  # tact switches settle within 1 to 6 ms
LATEST_MS = 200  # an interrupt waits at most so long: MicroPython serves it when nothing else keeps the chip
_MOST_BOUNCES = 5


@dataclass(frozen=True, order=True)
class Edge:
    """A pin takes a level at a time, in microseconds."""

    at_us: int
    pin: int
    level: int


def press_edges(random: Random, pin: int, at_us: int, length_us: int) -> list[Edge]:
    """Return the edges of one press of `length_us` on a button that pulls `pin` to ground.

    The first edge of the press falls exactly at `at_us`, the first of the release exactly at `at_us + length_us`;
    both bounce for some milliseconds, the press not longer than half of its length.
    """
    pressed = _contact(random, pin, at_us, 0, min(LONGEST_BOUNCE_US, length_us // 2))
    return pressed + _contact(random, pin, at_us + length_us, 1, LONGEST_BOUNCE_US)


def _contact(random: Random, pin: int, at_us: int, level: int, longest_us: int) -> list[Edge]:
    bounces = random.randint(0, _MOST_BOUNCES)  # nosec B311 # contacts keep no secrets
    # distinct moments, so that two edges never fall on the same microsecond
    moments = sorted(random.sample(range(1, longest_us), 2 * bounces)) if longest_us > 2 * bounces + 1 else []  # nosec B311
    edges = [Edge(at_us, pin, level)]
    edges += [Edge(at_us + moment, pin, level ^ (1 - index % 2)) for index, moment in enumerate(moments)]
    return edges


class Lateness:
    """Draws how late an interrupt is served, at most `longest_ms`; 0: each at once.

    Most are late by a millisecond or two, some by a picture or a flash erase. What comes while one waits, waits behind
    it; each reads the level of the moment at which it is served.
    """

    def __init__(self, seed: int, longest_ms: int) -> None:
        if not 0 <= longest_ms <= LATEST_MS:
            raise ValueError(f"an interrupt is late by 0 to {LATEST_MS} ms")
        self._random = Random(seed)  # noqa: S311  # nosec B311 # delays keep no secrets
        self._longest_ms = longest_ms

    def next_ms(self) -> int:
        """Return how late the next interrupt is, in milliseconds."""
        if not self._longest_ms:
            return 0
        longest_ms = self._random.choice((1, 2, 2, 30, self._longest_ms))
        return self._random.randint(0, min(longest_ms, self._longest_ms))
