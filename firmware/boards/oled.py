"""Any ESP32 with an SSD1306 128x64 on I2C and two or three buttons, whose pins board.json names (docs/new-board.md).

What cannot work is left out and reported, and the rest is used: `core.board_pins` has the rules.
"""

from machine import I2C, Pin

from firmware.boards.base import Base
from firmware.core import board_pins
from firmware.drivers.buttons import Buttons
from firmware.drivers.ssd1306 import SSD1306

_DISTURBED = (36, 39)  # the ADC's start pulls them down for 80 ns (ESP32 errata 3.11)


class Board(Base):
    """`description` is what board.json says."""

    name = b"oled"

    def __init__(self, description):
        plan = board_pins.PinPlan(description)
        self.problems = plan.problems
        self._disturbed: list[int] = []  # buttons that the battery's measurement disturbs
        self.panel = self._panel(plan)
        self.buttons = Buttons(self._button_pins(plan))
        self.add_outputs(*plan.outputs)
        self._battery = None
        if plan.battery is not None and not self.safe_hardware:
            from firmware.drivers.battery import Battery

            self._battery = Battery(plan.battery, plan.divider)
            if self.battery_percent() < 0:
                self.problems.append("battery, pin %d: nothing to measure" % plan.battery)

    @staticmethod
    def keys_of(description):
        """Return (GPIO number, pull) of each entry of "buttons"."""
        return [(number, Pin.PULL_UP if has_pull else None) for number, has_pull in board_pins.keys_of(description)]

    def light(self, percent):
        """Set the brightness to 0 to 100 percent."""
        try:
            self.panel.light(percent)
        except OSError:
            pass  # the display finds out by itself that the panel does not answer

    def battery_percent(self):
        """Return how full the battery is, or -1 where that is not known."""
        if not self._battery:
            return -1
        for index in self._disturbed:
            self.buttons.expect_glitch(index)
        return self._battery.percent()

    def _panel(self, plan):
        lines = []
        for key, number in zip(("sda", "scl"), plan.lines):  # noqa: B905  MicroPython has no `strict`
            lines.append(Pin(number, Pin.IN, Pin.PULL_UP))
            if not lines[-1].value():
                self.problems.append("%s, pin %d, is held low: a short?" % (key, number))
        return SSD1306(I2C(0, sda=lines[0], scl=lines[1], freq=400_000), lines, plan.address)

    def _button_pins(self, plan):
        pins: list[Pin] = []
        for number, has_pull in plan.buttons:
            if number in _DISTURBED:
                self._disturbed.append(len(pins))
            pins.append(Pin(number, Pin.IN, Pin.PULL_UP if has_pull else None))
        return pins
