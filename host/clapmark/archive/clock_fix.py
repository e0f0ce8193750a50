"""A clock fix: one moment of a boot whose wall time a clock record gives, and what follows for other moments."""

from collections.abc import Sequence
from dataclasses import dataclass

DRIFT_PPM = 50  # a 40 MHz crystal of an ESP32 board: 10 to 20 ppm at room temperature, and its ageing and a cold hall
DEFAULT_ERROR_MS = 2_000  # of a clock record that does not say


@dataclass(frozen=True, order=True)
class ClockFix:
    """One clock record: `ms` since boot was `utc_ms`, give or take `error_ms`."""

    ms: int
    utc_ms: int
    error_ms: int

    def time_at(self, ms: int) -> tuple[int, int]:
        """Return the earliest and latest UTC of another moment `ms` of the same boot, in milliseconds."""
        distance_ms = ms - self.ms
        error_ms = self.error_ms + (abs(distance_ms) * DRIFT_PPM + 999_999) // 1_000_000
        return self.utc_ms + distance_ms - error_ms, self.utc_ms + distance_ms + error_ms


def common(fixes: Sequence[ClockFix], ms: int) -> tuple[int, int]:
    """Return the earliest and latest UTC at `ms` that all `fixes` allow; they contradict if the first is later."""
    spans = [fix.time_at(ms) for fix in fixes]
    return max(span[0] for span in spans), min(span[1] for span in spans)


def slower_ms(ms: int) -> int:
    """Return the least real time that `ms` of the device's clock can have taken."""
    return ms - (ms * DRIFT_PPM + 999_999) // 1_000_000
