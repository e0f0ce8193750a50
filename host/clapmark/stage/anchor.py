"""The anchor: how much was left at one moment. From it, everybody works out what is left now."""

from dataclasses import dataclass

from firmware.core import countdown as core
from firmware.core.countdown import Countdown

READY, RUNNING, PAUSED, ENDED = "ready", "running", "paused", "ended"
APPLAUSE_MS = 5_000  # how long the applause stands before overtime is counted, as on the device
STATES = (READY, RUNNING, PAUSED, ENDED)  # by the numbers of firmware.core.countdown
STAGES = tuple(name.decode() for name in core.STAGE_NAMES)


@dataclass(frozen=True)
class Anchor:
    """A countdown at one moment of the stage's clock. All times are milliseconds."""

    state: str = READY
    at_ms: float = 0.0
    left_ms: float = 300_000
    total_ms: int = 300_000  # planned and given
    planned_ms: int = 300_000
    one_finger_ms: int = 60_000
    two_finger_ms: int = 20_000
    overtime: bool = True
    counts_up: bool = False

    @classmethod
    def of(cls, countdown: Countdown, uptime_ms: int, at_ms: float) -> "Anchor":
        """Return the anchor of a countdown whose clock shows `uptime_ms` at the moment `at_ms`."""
        return cls(
            STATES[countdown.state],
            at_ms,
            countdown.remaining_ms(uptime_ms),
            countdown.total_ms,
            countdown.planned_ms,
            countdown.one_finger_ms,
            countdown.two_finger_ms,
            countdown.overtime,
            countdown.counts_up,
        )

    def remaining_ms(self, now_ms: float) -> float:
        """Return what is left; below zero it is overtime."""
        return self.left_ms - (now_ms - self.at_ms) if self.state == RUNNING else self.left_ms

    def used_ms(self, now_ms: float) -> int:
        """Return how long the speaker has spoken, without pauses."""
        return round(self.total_ms - self.remaining_ms(now_ms))

    def stage(self, now_ms: float) -> str:
        """Return the stage's name."""
        left_ms = self.remaining_ms(now_ms)
        if left_ms > self.one_finger_ms:
            return STAGES[0]
        if left_ms > self.two_finger_ms:
            return STAGES[1]
        if left_ms > 0:
            return STAGES[2]
        return STAGES[3 if left_ms > -APPLAUSE_MS or not self.overtime else 4]

    def shown_seconds(self, now_ms: float) -> int:
        """Return the seconds for the display, as the device does: rounded up, and overtime negative, rounded down."""
        left_ms = round(self.remaining_ms(now_ms))
        left_s = -(-left_ms // 1000)
        if left_ms < 0:
            left_s = -((-left_ms) // 1000) if self.overtime else 0
        return -(-self.total_ms // 1000) - left_s if self.counts_up else left_s

    def values(self) -> dict[str, object]:
        """Return it as the pages and the API get it."""
        return {
            "state": self.state,
            "at_ms": self.at_ms,
            "left_ms": self.left_ms,
            "total_ms": self.total_ms,
            "planned_ms": self.planned_ms,
            "one_finger_ms": self.one_finger_ms,
            "two_finger_ms": self.two_finger_ms,
            "overtime": self.overtime,
            "counts_up": self.counts_up,
        }
