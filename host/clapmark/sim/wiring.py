"""What is wired to the virtual chip, one table per board."""

from dataclasses import dataclass, field
from enum import Enum

from clapmark.base.errors import UsageError


class Chip(Enum):
    """What the chip is. Each pin of an emulator (Espressif's QEMU) reads 0; its SPI and ADC never end."""

    ESP32 = 0
    EMULATOR = 1
    DEAD_SPI = 2


@dataclass(frozen=True)
class SpiPanel:
    """An ST7789 on an SPI bus; GPIO numbers."""

    bus: int
    clock: int
    data: int
    chip_select: int
    data_command: int
    reset: int


@dataclass(frozen=True)
class I2cPanel:
    """An SSD1306 on an I2C bus; GPIO numbers. `shorted` are those of its lines that are shorted to ground."""

    bus: int
    clock: int
    data: int
    address: int = 0x3C
    shorted: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Battery:
    """A lithium cell behind a voltage divider, on an ADC pin."""

    pin: int
    divider: int


@dataclass(frozen=True)
class Wiring:
    """A board. `buttons` pull their pins to ground; `outputs` are lights and sounders by name.

    `description` is what a maker writes into board.json besides the board's name.
    """

    name: str
    panel: SpiPanel | I2cPanel
    buttons: dict[str, int]
    outputs: dict[str, int]
    battery: Battery | None = None
    description: dict[str, object] = field(default_factory=dict)
    chip: Chip = Chip.ESP32

    def levels(self) -> bytearray:
        """Return the level of each of the 40 pins with no button pressed: pulled up where a button or I2C is."""
        levels = bytearray(40)
        if self.chip is Chip.EMULATOR:
            return levels
        for pin in self.buttons.values():
            levels[pin] = 1
        if isinstance(self.panel, I2cPanel):
            for pin in {self.panel.clock, self.panel.data} - self.panel.shorted:
                levels[pin] = 1
        return levels


_TDISPLAY_PANEL = SpiPanel(bus=1, clock=18, data=19, chip_select=5, data_command=16, reset=23)

BOARDS = {
    wiring.name: wiring
    for wiring in (
        Wiring("sim", _TDISPLAY_PANEL, {"A": 35, "B": 0, "C": 14}, {"backlight": 4, "buzzer": 25, "led": 2}),
        Wiring("tdisplay", _TDISPLAY_PANEL, {"A": 35, "B": 0}, {"backlight": 4}),
        Wiring(
            "m5stickc-plus2",
            SpiPanel(bus=1, clock=13, data=15, chip_select=5, data_command=14, reset=12),
            {"A": 37, "B": 39, "C": 35},
            {"backlight": 27, "buzzer": 2, "led": 19, "hold": 4},
            Battery(pin=38, divider=2),
        ),
        Wiring(
            "oled",
            I2cPanel(bus=0, clock=22, data=21),
            {"A": 25, "B": 26, "C": 27},
            {"buzzer": 33, "vibration": 32, "led": 2},
            Battery(pin=35, divider=2),
            {
                "sda": 21,
                "scl": 22,
                "address": 0x3C,
                "buttons": [25, 26, 27],
                "buzzer": 33,
                "vibration": 32,
                "led": 2,
                "battery": 35,
                "divider": 2,
            },
        ),
    )
}


def wiring_of(board: str) -> Wiring:
    """Return the wiring of a board. Raises UsageError if there is none of that name."""
    wiring = BOARDS.get(board)
    if wiring is None:
        raise UsageError(f"There is no virtual board {board}; there are {', '.join(BOARDS)}.")
    return wiring
