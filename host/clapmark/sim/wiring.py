"""What is wired to the virtual chip, one table per board."""

from dataclasses import dataclass

from clapmark.errors import UsageError


@dataclass(frozen=True)
class PanelWiring:
    """An ST7789 on an SPI bus; GPIO numbers."""

    bus: int
    chip_select: int
    data_command: int
    reset: int


@dataclass(frozen=True)
class Wiring:
    """A board. `buttons` pull their pins to ground; `outputs` are lights and sounders by name."""

    name: str
    panel: PanelWiring
    buttons: dict[str, int]
    outputs: dict[str, int]

    def levels(self) -> bytearray:
        """Return the level of each of the 40 pins with no button pressed: pulled up where a button is."""
        levels = bytearray(40)
        for pin in self.buttons.values():
            levels[pin] = 1
        return levels


_PANEL = PanelWiring(bus=1, chip_select=5, data_command=16, reset=23)

BOARDS = {
    wiring.name: wiring
    for wiring in (
        Wiring("sim", _PANEL, {"A": 35, "B": 0, "C": 14}, {"backlight": 4, "buzzer": 25, "led": 2}),
        Wiring("tdisplay", _PANEL, {"A": 35, "B": 0}, {"backlight": 4}),
    )
}


def wiring_of(board: str) -> Wiring:
    """Return the wiring of a board. Raises UsageError if there is none of that name."""
    wiring = BOARDS.get(board)
    if wiring is None:
        raise UsageError(f"There is no virtual board {board}; there are {', '.join(BOARDS)}.")
    return wiring
