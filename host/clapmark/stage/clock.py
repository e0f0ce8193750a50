"""The stage's clock: milliseconds that only grow, also while the laptop sleeps where the system can tell."""

import sys
import time


def now_ms() -> float:
    """Return the milliseconds since some moment before the stage started."""
    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux: CLOCK_MONOTONIC stands still while the laptop sleeps
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) / 1e6
    if sys.platform == "darwin":  # there time.monotonic() stands still, and CLOCK_MONOTONIC goes on
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) / 1e6
    return time.monotonic_ns() / 1e6
