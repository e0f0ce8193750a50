"""The virtual board: takes what the chip does on its pins and buses, and keeps what the world must act on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PIL import Image

from clapmark.sim.events import EventKind
from clapmark.sim.models.nor_flash import NorFlash
from clapmark.sim.wiring import I2cPanel, SpiPanel, Wiring
from clapmark.sim.world_clock import WorldClock

FULL_BATTERY_MV = 4100

# as the ESP32 port raises them
_ENODEV = 19
_ETIMEDOUT = 116


class PanelModel(Protocol):
    """A display controller on a bus."""

    def feed(self, dc: int, data: bytes) -> None:
        """Take bytes that came while the data/command line, where there is one, had level `dc`."""

    def picture(self) -> Image.Image:
        """Return what a person sees."""


Tell = Callable[[EventKind, str, int], None]


class VirtualBoard:
    """What is wired to the chip (device.Board). `tell` is called for what a person or a test may want to know.

    `seed` 0 stands for real randomness.
    """

    def __init__(
        self,
        wiring: Wiring,
        new_panel: Callable[[], PanelModel],
        flash: Path,
        device_id: bytes,
        seed: int,
        clock: WorldClock,
        tell: Tell,
    ) -> None:
        self.wiring = wiring
        self.flash = NorFlash(flash, self._violation)
        self.watchdog_us: int | None = None  # when it bites
        self.reset_cause: int | None = None  # the chip wants to restart, for this cause
        self.crashed = False
        self.violations = 0
        self.panel_writes = 0  # grows when the panel may show something else
        self._new_panel = new_panel
        self._device_id = device_id
        self._seed = seed
        self._boots = 0
        self._clock = clock
        self._tell = tell
        self.battery_mv = FULL_BATTERY_MV
        self._buses: dict[int, tuple[int, int]] = {}  # clock and data pin of each
        self._names = {pin: name for name, pin in wiring.outputs.items()}
        self.power_up()

    def power_up(self) -> None:
        """Forget what was lost with the power."""
        self._levels = self.wiring.levels()
        self._panel = self._new_panel()
        self.panel_writes += 1

    def chip_starts(self, cause: int) -> None:
        """Begin a boot."""
        self._cause = cause
        self._boots += 1
        self._buses.clear()
        self._random = self._seed * 1009 + self._boots
        self.flash.stop()
        self.reset_cause = None
        self.watchdog_us = None

    def picture(self) -> Image.Image:
        """Return what the panel shows."""
        return self._panel.picture()

    def time_left(self, left_us: int) -> None:
        """The message that follows happened this long before the grant's end."""
        self._clock.set_left(left_us)

    def pin(self, pin: int, level: int) -> None:
        """The chip drives a pin."""
        before = self._levels[pin]
        self._levels[pin] = level
        if isinstance(self.wiring.panel, SpiPanel) and pin == self.wiring.panel.reset and before and not level:
            self._panel = self._new_panel()
            self.panel_writes += 1
        elif pin in self._names and before != level:
            self._tell(EventKind.OUTPUT, self._names[pin], level)

    def wave(self, pin: int, *, duty: int | None = None, hz: int | None = None) -> None:
        """The chip changes a square wave."""
        if pin not in self._names:
            return
        if duty is not None:
            self._tell(EventKind.OUTPUT, self._names[pin], duty)
        if hz is not None:
            self._tell(EventKind.TONE, self._names[pin], hz)

    def bus_pins(self, bus: int, clock: int, data: int) -> None:
        """The chip sets a bus up on two pins."""
        self._buses[bus] = (clock, data)

    def bus(self, bus: int, data: bytes) -> None:
        """The chip writes to an SPI bus; the panel listens while its chip select is low."""
        panel = self.wiring.panel
        if not isinstance(panel, SpiPanel) or self._buses.get(bus) != (panel.clock, panel.data):
            return
        if not self._levels[panel.chip_select]:
            self._panel.feed(self._levels[panel.data_command], data)
            self.panel_writes += 1

    def i2c(self, bus: int, address: int, data: bytes) -> int:
        """The chip writes to an I2C device; return 0, or the number of the error that it gets."""
        panel = self.wiring.panel
        pins = self._buses[bus]
        if isinstance(panel, I2cPanel):
            if panel.shorted & set(pins):
                return _ETIMEDOUT
            if pins == (panel.clock, panel.data) and address == panel.address:
                self._panel.feed(1, data)
                self.panel_writes += 1
                return 0
        return _ENODEV

    def microvolts(self, pin: int) -> int:
        """Return the voltage of an ADC pin; one with nothing on it floats."""
        battery = self.wiring.battery
        if battery is not None and pin == battery.pin:
            return self.battery_mv * 1000 // battery.divider
        return self.random_byte() * 1000

    def rtc_us(self) -> int:
        """Return what the RTC shows, since 2000."""
        return self._clock.rtc_us

    def set_rtc(self, since_2000_us: int) -> None:
        """The firmware sets the RTC."""
        self._clock.set_rtc(since_2000_us)

    def dropped(self, pin: int) -> None:
        """An edge found the interrupt queue full."""
        self._tell(EventKind.DROPPED_EDGE, "", pin)

    def identity(self) -> tuple[int, bytes, int]:
        """Return why the chip started, its six bytes of MAC address, and what it is (wiring.Chip)."""
        return self._cause, self._device_id, self.wiring.chip.value

    def random_byte(self) -> int:
        """Return what the chip's random number generator gives: with a seed, the same in every run."""
        if not self._seed:
            return os.urandom(1)[0]
        # linear congruential generator with the constants of Numerical Recipes, reduced to 30 bits
        self._random = (self._random * 1_664_525 + 1_013_904_223) & 0x3FFFFFFF
        return self._random >> 20 & 255

    def watchdog(self, timeout_ms: int) -> None:
        """The watchdog bites in `timeout_ms` unless this is called again."""
        self.watchdog_us = self._clock.now_us + timeout_ms * 1000

    def put_off_watchdog(self, us: int) -> None:
        """So much time went by that the chip knows nothing of, if it is above 0."""
        if self.watchdog_us is not None and us > 0:
            self.watchdog_us += us

    def program(self, address: int, data: bytes) -> tuple[int, int]:
        """Begin to program the flash; return (microseconds, 0), or (0, error number)."""
        answer = self.flash.program(address, data, self._clock.now_us)
        self.flash.advance(self._clock.granted_until_us)
        return answer

    def erase(self, address: int) -> tuple[int, int]:
        """Begin to erase a sector of the flash; return as `program` does."""
        answer = self.flash.erase(address, self._clock.now_us)
        self._tell(EventKind.ERASE, "", answer[0] // 1000)
        self.flash.advance(self._clock.granted_until_us)
        return answer

    def asked_for_reset(self, cause: int) -> None:
        """The chip resets itself."""
        self.reset_cause = cause

    def ended(self, failed: bool) -> None:
        """main.py returned, or an exception escaped from it."""
        self.crashed = failed
        if not failed:
            self._tell(EventKind.APP_ENDED, "", 0)

    def _violation(self, text: str) -> None:
        self.violations += 1
        self._tell(EventKind.FLASH_VIOLATION, text, 0)
