"""When a part that failed runs again, when it has failed too often, and which of its faults are recorded.

As in the supervisors of Erlang/OTP: a part may be restarted so many times in so much time; one time more is not cured
by a restart, and the chip must be reset (docs/reliability.md, "Recovery").
"""

from .portable import const

_FIRST_MS = const(1000)
_LONGEST_MS = const(60_000)
_MOST_FAULTS = const(12)

GIVE_UP = const(-1)


class Restarts:
    """The restarts of one part. All times are milliseconds of uptime.

    Args:
        limit: So many restarts are allowed ...
        within_ms: ... in so much time. After so long without a fault the delay is short again, too.

    """

    def __init__(self, limit, within_ms):
        self._times = [0] * limit  # of the newest restarts, a ring
        self._count = 0
        self._within_ms = within_ms
        self._delay_ms = 0
        self._failed_ms = 0

    def failed(self, now_ms):
        """Note a fault; return after how many milliseconds to start the part again, or GIVE_UP."""
        times = self._times
        place = self._count % len(times)
        if self._count and now_ms - self._failed_ms >= self._within_ms:
            self._delay_ms = 0
        if self._count >= len(times) and now_ms - times[place] < self._within_ms:
            return GIVE_UP
        self._failed_ms = now_ms
        times[place] = now_ms
        self._count += 1
        self._delay_ms = min(self._delay_ms * 2, _LONGEST_MS) if self._delay_ms else _FIRST_MS
        return self._delay_ms


def count_fault(counts, part, error_type):
    """Count a fault in the dictionary `counts`; return how often it has occurred.

    Faults of one part and type count as one, and so do all further types of a part once the table is full.
    """
    key = (part, error_type)
    if key not in counts and len(counts) >= _MOST_FAULTS:
        key = (part, "")
    number = counts[key] = counts.get(key, 0) + 1
    return number


def is_recorded(number):
    """Return whether the `number`-th occurrence of a fault is recorded: the 1st, 2nd, 4th, 8th ..."""
    return number & (number - 1) == 0
