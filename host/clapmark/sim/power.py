"""The device through its resets and power cuts: each boot is a process of its own on the same board and flash."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from clapmark.build import device_root
from clapmark.sim.board import VirtualBoard
from clapmark.sim.device import Ask, BootBlock, Device
from clapmark.sim.events import EventKind
from clapmark.sim.state_folder import StateFolder
from clapmark.sim.world_clock import WorldClock

# the numbers of machine.PWRON_RESET and its fellows
POWER_ON, HARD, SOFT = 1, 2, 5
_CAUSES = {POWER_ON: "poweron", HARD: "hard", 3: "watchdog", 4: "deepsleep", SOFT: "soft"}

_TAIL_BYTES = 4000
_TAIL_LINES = 12
_MOST_RESETS = 20  # without a microsecond between them


class DeviceDiedError(Exception):
    """The device cannot go on; the message says why, and what it wrote last."""


class PoweredDevice:
    """The device that is switched on now. `levels` are those of the pins that the world drives."""

    def __init__(
        self,
        command: Sequence[str],
        folders: Sequence[Path],
        state: StateFolder,
        board: VirtualBoard,
        clock: WorldClock,
        seed: int,
        log: IO[bytes],
        tell: Callable[[EventKind, str, int], None],
    ) -> None:
        self._command = command
        self._folders = folders
        self._state = state
        self._board = board
        self._clock = clock
        self._seed = seed
        self._log = log
        self._tell = tell
        self._unique_id = state.device_id(seed)
        self._boots = 0
        self._resets_us: list[int] = []
        self._tail = b""
        self.levels = board.wiring.levels()
        self.ask: Ask | None = None
        self.process = self._boot(POWER_ON)

    def restart(self, cause: int) -> None:
        """Kill the device at this very instant, and boot it."""
        self.process.kill()
        self.process = self._boot(cause)

    def read_traffic(self) -> None:
        """Take what the chip did; `ask` is set if it waits now. Raises DeviceDiedError."""
        try:
            self.ask = self.process.read_traffic(self._board)
        except EOFError as error:
            raise self.death("The device's process ended.") from error
        if self._board.crashed:
            raise self.death("The firmware ended with an exception.")
        if self._board.reset_cause is not None:
            self._reset_itself(self._board.reset_cause)

    def read_serial(self) -> bytes:
        """Return what the device wrote to its serial line since the last call."""
        data = b""
        while piece := self.process.read_serial():
            data += piece
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        return data

    def answer(self, moved_us: int, free_us: int, *, paced: bool, pin: int | None = None, level: int = 0) -> None:
        """Let the chip that asked go on (device.Device.answer)."""
        if pin is not None:
            self.levels[pin] = level
        self._clock.grant(moved_us, free_us)
        self.process.answer(moved_us, free_us, paced=paced, pin=pin, level=level)
        self.ask = None

    def death(self, why: str) -> DeviceDiedError:
        """Return the error for a device that cannot go on: why, and the last traceback or lines that it wrote."""
        self.read_serial()
        lines = self._tail.decode(errors="replace").split("Traceback (most recent call last):")[-1].splitlines()
        return DeviceDiedError("\n".join([why, *lines[-_TAIL_LINES:]]))

    def _reset_itself(self, cause: int) -> None:
        now_us = self._clock.now_us
        self._resets_us = [*self._resets_us[-_MOST_RESETS:], now_us]
        if len(self._resets_us) > _MOST_RESETS and self._resets_us[0] == now_us:
            raise self.death("The device resets itself over and over.")
        self._tell(EventKind.RESET, f"by itself, {_CAUSES.get(cause, 'unknown')}", 0)
        self.restart(cause)

    def _boot(self, cause: int) -> Device:
        if cause == POWER_ON:
            self._state.forget_rtc()
            self._board.power_up()
        self._board.chip_starts()
        self._clock.chip_starts(power_up=cause == POWER_ON, soft=cause == SOFT)
        self._boots += 1
        self.ask = None
        boot = BootBlock(
            levels=bytes(self.levels),
            cause=cause,
            unique_id=self._unique_id,
            rtc_us=self._clock.rtc_us,
            ticks_ms=self._clock.ticks_ms,
            seed=self._seed * 1009 + self._boots if self._seed else 0,
        )
        device = Device(self._command, self._folders, self._state.path, boot, self._log)
        self._tell(EventKind.BOOTED, _CAUSES[cause], self._boots)
        return device


def compiled_app() -> Path:
    """Return the compiled app of the checkout if it is there and newer than its sources, else the sources."""
    root = device_root()
    compiled = root / "build" / "device"
    for source in (root / "firmware").rglob("*.py"):
        target = (compiled / source.relative_to(root)).with_suffix(".mpy")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            return root
    return compiled
