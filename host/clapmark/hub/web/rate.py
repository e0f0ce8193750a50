"""How often somebody may push: a bucket for each contributor that refills with time. Held in memory, by hash only."""

import math
import threading
import time
from collections import OrderedDict

_MOST_BUCKETS = 50_000


class RateLimit:
    """A token bucket for each key."""

    def __init__(self, a_minute: float, burst: int) -> None:
        self._per_s = a_minute / 60
        self._burst = burst
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # what is left, and when
        self._lock = threading.Lock()

    def wait_s(self, key: bytes, now_s: float | None = None) -> int:
        """Take one from the bucket of `key`: return 0, or in how many seconds there will be one."""
        now_s = time.monotonic() if now_s is None else now_s
        with self._lock:
            left, at_s = self._buckets.pop(key, (float(self._burst), now_s))
            left = min(left + (now_s - at_s) * self._per_s, self._burst)
            is_taken = left >= 1
            self._buckets[key] = (left - 1 if is_taken else left, now_s)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return 0 if is_taken else max(math.ceil((1 - left) / self._per_s), 1)
