"""Grants time to the device: as fast as it goes up to what comes next from outside, or at a pace."""

from clapmark.sim.board import VirtualBoard
from clapmark.sim.bounce import Lateness
from clapmark.sim.models.uart import Uart
from clapmark.sim.power import PoweredDevice
from clapmark.sim.timeline import NEVER_US, Pace, Timeline
from clapmark.sim.world_clock import WorldClock

_LONGEST_GRANT_US = 1_000_000_000
_PACED_GRANT_US = 1000  # hardware may be busy this long without asking, so that a picture is not a thousand questions


class TimeKeeper:
    """Answers a device that waits when its time has come.

    `input_came` is for the world to set: a device that waits for input need not wait any longer.
    """

    def __init__(
        self,
        clock: WorldClock,
        timeline: Timeline,
        board: VirtualBoard,
        uart: Uart,
        device: PoweredDevice,
        lateness: Lateness,
    ) -> None:
        self._clock = clock
        self._timeline = timeline
        self._board = board
        self._uart = uart
        self._device = device
        self._lateness = lateness
        self._pace: Pace | None = None
        self._wake_at_us: int | None = None
        self.input_came = False

    def set_pace(self, factor: float | None) -> None:
        """Run `factor` times as fast as life from now on; None: as fast as it goes."""
        self._pace = Pace(factor, self._clock.now_us) if factor else None

    @property
    def laptop_us(self) -> int:
        """The time that a laptop sees: the device's, which may be behind it while it computes."""
        return self._clock.now_us if self._pace is None else self._pace.now_us()

    def timeout_s(self, longest_s: float) -> float:
        """Return the real seconds until `go_on` has to be called again, at most `longest_s`."""
        if self._wake_at_us is not None and self._pace is not None:
            return min(longest_s, self._pace.real_s_until(self._wake_at_us))
        return longest_s if self._device.ask is None else 0.0

    def go_on(self) -> None:
        """Answer the device if it waits and its time has come; else see to it that it is answered then."""
        ask = self._device.ask
        if ask is None:
            return
        now_us = self._clock.now_us
        next_us = self._next_us()
        if next_us <= now_us:
            self._answer(now_us)
            return
        if self._pace is None:  # a device that runs is granted all the time until then; one that boots needs it now
            self._answer(min(now_us + ask.us, next_us) if self._device.is_booting else now_us)
            return
        due_us = self._pace.now_us()
        if ask.wait:
            next_us = min(next_us, max(now_us, self._uart.next_us()))
        until_us = min(now_us + ask.us, next_us)
        if ask.wait and self.input_came:
            until_us = max(now_us, min(due_us, until_us))
        elif due_us < until_us:
            self._wake_at_us = until_us
            return
        elif ask.wait:  # the device is behind: this wait takes up what it took to compute
            until_us = min(due_us, next_us)
            self._board.put_off_watchdog(until_us - now_us - ask.us)  # this machine was slow, not the chip
        self._answer(min(until_us, now_us + _LONGEST_GRANT_US))

    def end_wait(self) -> None:
        """Continue a waiting device now: its wait has lasted until now."""
        ask = self._device.ask
        if ask is not None and ask.wait and self._pace is not None:
            until_us = min(self._pace.now_us(), self._clock.now_us + ask.us, self._next_us())
            self._answer(max(until_us, self._clock.now_us))

    def _answer(self, until_us: int) -> None:
        moved_us = until_us - self._clock.now_us
        edge = self._timeline.take_edge(until_us)
        limit_us = _LONGEST_GRANT_US if self._pace is None else _PACED_GRANT_US
        free_us = max(0, min(self._next_us() - until_us, limit_us))
        paced = self._pace is not None
        if self._device.is_booting:
            self._uart.ignore(until_us)
        else:
            self._uart.deliver(self._device.process, until_us)
        if edge is None:
            self._device.answer(moved_us, free_us, paced=paced)
        else:
            late_ms = self._lateness.next_ms()
            self._device.answer(moved_us, free_us, paced=paced, pin=edge.pin, level=edge.level, late_ms=late_ms)
        self._wake_at_us = None
        self.input_came = False

    def _next_us(self) -> int:
        """Return when the next thing comes from outside the chip's program."""
        watchdog_us = self._board.watchdog_us
        return min(self._timeline.next_us(), NEVER_US if watchdog_us is None else watchdog_us)
