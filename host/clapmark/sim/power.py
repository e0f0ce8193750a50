"""The device through its resets and power cuts: each boot is a process of its own on the same board and flash."""

from collections.abc import Callable, Sequence
from typing import IO

from clapmark.sim.board import VirtualBoard
from clapmark.sim.causes import CAUSES, POWER_ON, SOFT
from clapmark.sim.device import Ask, Device
from clapmark.sim.events import EventKind
from clapmark.sim.serial.boot_text import ROM_US, boot_text, boot_us
from clapmark.sim.state_folder import StateFolder
from clapmark.sim.world_clock import WorldClock

_TAIL_BYTES = 4000
_TAIL_LINES = 12
_MOST_RESETS = 20  # with nothing between them but their boots


class DeviceDiedError(Exception):
    """The device cannot go on; the message says why, and what it wrote last."""


class PoweredDevice:
    """The device that is switched on now. `levels` are those of the pins that the world drives.

    `ask` is what it waits for, if it waits; while it boots, that is the end of the boot.
    """

    def __init__(
        self,
        command: Sequence[str],
        state: StateFolder,
        board: VirtualBoard,
        clock: WorldClock,
        log: IO[bytes],
        tell: Callable[[EventKind, str, int], None],
    ) -> None:
        self._command = command
        self._state = state
        self._board = board
        self._clock = clock
        self._log = log
        self._boot_text = b""
        self._tell = tell
        self._boots = 0
        self._quick_resets = 0
        self._tail = b""
        self.levels = board.wiring.levels()
        self.ask: Ask | None = None
        self.process = self._boot(POWER_ON)

    def restart(self, cause: int) -> None:
        """Kill the device at this very instant, and boot it."""
        self.process.kill()
        self.process = self._boot(cause)

    def reset_itself(self, cause: int) -> None:
        """Restart the device because the chip wants it. Raises DeviceDiedError if it only restarts."""
        quick = self._clock.now_us == self._booted_us
        self._quick_resets = self._quick_resets + 1 if quick else 0
        if self._quick_resets == _MOST_RESETS:
            raise self.death("The device resets itself over and over.")
        self._tell(EventKind.RESET, f"by itself, {CAUSES[cause].name}", 0)
        self.restart(cause)

    def read_traffic(self) -> None:
        """Take what the chip did; `ask` is set if it waits now. Raises DeviceDiedError."""
        try:
            ask = self.process.read_traffic(self._board)
        except EOFError as error:
            raise self.death("The device's process ended.") from error
        if ask is not None:
            self.ask = ask
        if self._board.crashed:
            raise self.death("The firmware ended with an exception.")
        if self._board.reset_cause is not None:
            self.reset_itself(self._board.reset_cause)

    def read_serial(self) -> bytes:
        """Return a piece of what came out of the device's serial line, b"" if there is nothing."""
        if self._boot_text:
            data, self._boot_text = self._boot_text, b""
            return data
        data = self.process.read_serial()
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        return data

    def answer(
        self, moved_us: int, free_us: int, *, paced: bool, pin: int | None = None, level: int = 0, late_ms: int = 0
    ) -> None:
        """Let the chip that asked go on (device.Device.answer)."""
        if pin is not None:
            self.levels[pin] = level
        if self.is_booting:
            self._clock.grant(moved_us, 0)
            self._go_on_booting()
            return
        self._clock.grant(moved_us, free_us)
        self._board.flash.advance(self._clock.granted_until_us)
        self.process.answer(moved_us, free_us, paced=paced, pin=pin, level=level, late_ms=late_ms)
        self.ask = None

    def death(self, why: str) -> DeviceDiedError:
        """Return the error for a device that cannot go on: why, and the last traceback or lines that it wrote."""
        while self.read_serial():
            pass
        lines = self._tail.decode(errors="replace").split("Traceback (most recent call last):")[-1].splitlines()
        return DeviceDiedError("\n".join([why, *lines[-_TAIL_LINES:]]))

    def _boot(self, cause: int) -> Device:
        if cause == POWER_ON:
            self._state.forget_rtc()
            self._board.power_up()
        self._board.chip_starts(cause)
        self._clock.chip_starts(power_up=cause == POWER_ON, soft=cause == SOFT)
        self._boots += 1
        self._speaks_us = self._clock.now_us + (0 if cause == SOFT else ROM_US)
        self._booted_us = self._clock.now_us + boot_us(cause)
        self.is_booting = True
        self.ask = Ask(self._speaks_us - self._clock.now_us, wait=False)
        device = Device(self._command, self._state.path, self._log)
        self._tell(EventKind.BOOTED, CAUSES[cause].name, self._boots)
        self._boot_text = b""
        self._unsaid = boot_text(cause)
        return device

    def _go_on_booting(self) -> None:
        now_us = self._clock.now_us
        if now_us >= self._speaks_us:
            self._boot_text += self._unsaid
            self._unsaid = b""
        left_us = (self._speaks_us if self._unsaid else self._booted_us) - now_us
        self.ask = Ask(left_us, wait=False) if left_us else None
        if not left_us:
            self.is_booting = False
            self.process.boot(bytes(self.levels), self._clock.ticks_ms)
