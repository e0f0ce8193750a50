"""The clocks of a run: the world's, the chip's ticks and its RTC, all in microseconds."""

from datetime import UTC, datetime

_TICKS_MASK = (1 << 30) - 1


class WorldClock:
    """`now_us` counts from the beginning of the run and never goes back, also across resets of the device.

    Nothing comes from outside before `granted_until_us`.
    """

    def __init__(self, start: datetime | None) -> None:
        self._start_utc_us = int((start or datetime.now(UTC)).timestamp() * 1_000_000)
        self.now_us = 0
        self.granted_until_us = 0
        self._ticks_zero_us = 0
        self._rtc_offset_us = 0

    @property
    def utc_ms(self) -> int:
        """Return the wall clock in milliseconds since 1970."""
        return (self._start_utc_us + self.now_us) // 1000

    @property
    def ticks_ms(self) -> int:
        """Return what the chip's ticks_ms shows."""
        return (self.now_us - self._ticks_zero_us) // 1000 & _TICKS_MASK

    @property
    def rtc_us(self) -> int:
        """Return what the chip's RTC shows, since 2000."""
        return self.now_us + self._rtc_offset_us

    def chip_starts(self, *, power_up: bool, soft: bool) -> None:
        """Begin a boot: the ticks begin at 0 unless it is a soft one, the RTC begins in 2000 at power-up."""
        self.granted_until_us = self.now_us
        if not soft:
            self._ticks_zero_us = self.now_us
        if power_up:
            self._rtc_offset_us = -self.now_us

    def grant(self, moved_us: int, free_us: int) -> None:
        """Account for `moved_us` that have passed on the chip, and `free_us` that it may use."""
        self.now_us += moved_us
        self.granted_until_us = self.now_us + free_us

    def set_left(self, left_us: int) -> None:
        """The chip is this long before the end of its grant."""
        self.now_us = self.granted_until_us - left_us

    def set_rtc(self, since_2000_us: int) -> None:
        """The firmware sets the RTC."""
        self._rtc_offset_us = since_2000_us - self.now_us
