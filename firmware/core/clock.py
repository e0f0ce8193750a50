"""Uptime that never wraps, and wall time calculated from it."""

from .portable import const, small

_TICKS_MASK = const((1 << 30) - 1)  # `time.ticks_ms` wraps at 2^30 on the ESP32: every 12.4 days
_HALF_RANGE = const(1 << 29)


class Clock:
    """Milliseconds since boot, extended beyond the wrap of `ticks_ms`, and the UTC time that goes with them.

    `uptime_ms` must be called at least once in six days. The device need not know the time: `utc_ms` is 0 until
    it is set.
    """

    def __init__(self, ticks_ms):
        self._boot_ms = 0
        self._last_ticks = ticks_ms
        self._utc_at_boot_ms = 0
        self._utc_at_boot_min = 0  # its parts, small integers
        self._rest_at_boot_ms = 0

    def uptime_ms(self, ticks_ms):
        """Return the milliseconds since boot at `ticks_ms`, which may lie up to six days before the newest call's."""
        delta_ms = (ticks_ms - self._last_ticks) & _TICKS_MASK
        if delta_ms >= _HALF_RANGE:  # a stamp from before the last call
            return self._boot_ms + delta_ms - _TICKS_MASK - 1
        self._boot_ms += delta_ms
        self._last_ticks = ticks_ms
        return self._boot_ms

    def set_utc_ms(self, utc_ms, uptime_ms):
        """Set UTC to `utc_ms` (milliseconds since 1970) at `uptime_ms`; 0 makes it unknown."""
        self._utc_at_boot_ms = utc_ms - uptime_ms if utc_ms else 0
        minutes, rest_ms = divmod(self._utc_at_boot_ms, 60_000)
        self._utc_at_boot_min = small(minutes)
        self._rest_at_boot_ms = small(rest_ms)

    def utc_ms(self, uptime_ms):
        """Return the UTC milliseconds since 1970 at `uptime_ms`, or 0 while unknown."""
        return self._utc_at_boot_ms + uptime_ms if self._utc_at_boot_ms else 0

    def utc_min(self, uptime_ms):
        """Return the whole UTC minutes since 1970 at `uptime_ms`, or 0 while unknown. Allocates nothing."""
        if not self._utc_at_boot_min:
            return 0
        return self._utc_at_boot_min + (self._rest_at_boot_ms + uptime_ms) // 60_000
