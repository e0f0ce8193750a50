"""The difference between two clocks, from messages that carried the time of one of them.

Each message bounds it: the other clock was read after the request was sent and before the answer arrived. The bounds of
all messages together are narrower than those of the fastest one. The same as in pages/clock.js.
"""

from dataclasses import dataclass

DRIFT = 1e-4  # two quartz clocks differ by less than 100 ppm; the bounds widen with it
_JUMP_MS = 1.0


@dataclass
class Offset:
    """`at(now)` is what to add to the other clock's time to get this clock's; all times are milliseconds."""

    low_ms: float = 0.0
    high_ms: float = 0.0
    at_ms: float = 0.0
    is_known: bool = False

    def add(self, sent_ms: float, other_ms: float, received_ms: float, resolution_ms: float = 0.0) -> bool:
        """Take a message; return False if it contradicts the earlier ones, which are then forgotten.

        Args:
            sent_ms: When the request was sent, this clock.
            other_ms: What the other clock showed in between.
            received_ms: When the answer arrived, this clock.
            resolution_ms: The other clock shows whole multiples of this, rounded down.

        """
        low = sent_ms - other_ms - resolution_ms
        high = received_ms - other_ms
        slack = DRIFT * max(0.0, received_ms - self.at_ms)
        agrees = self.is_known and max(low, self.low_ms - slack) <= min(high, self.high_ms + slack) + _JUMP_MS
        if agrees:
            low, high = max(low, self.low_ms - slack), min(high, self.high_ms + slack)
            if low > high:
                low = high = (low + high) / 2
        was_known = self.is_known
        self.low_ms, self.high_ms, self.at_ms, self.is_known = low, high, received_ms, True
        return agrees or not was_known

    @property
    def ms(self) -> float:
        """The best estimate."""
        return (self.low_ms + self.high_ms) / 2

    @property
    def error_ms(self) -> float:
        """How wrong `ms` can be."""
        return (self.high_ms - self.low_ms) / 2

    def forget(self) -> None:
        """Start again: one of the clocks was stopped or set."""
        self.is_known = False
