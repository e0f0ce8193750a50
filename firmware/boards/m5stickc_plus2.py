"""M5StickC Plus2: ESP32-PICO-V3-02, ST7789 135x240, three keys, buzzer, LED, battery.

Source of the pins: M5Stack's page of the StickC PLUS2 (docs.m5stack.com/en/core/M5StickC PLUS2, "PinMap"); its panel
has clock 13, data 15, data/command 14, reset 12, chip select 5 and backlight 27. The keys have resistors on the board.
"""

from machine import Pin
from micropython import const

from firmware.boards import tdisplay
from firmware.drivers.battery import Battery

_ACTION = const(1)  # the key on GPIO 39


class Board(tdisplay.Board):
    """Front key marks, side key acts, power key is the third."""

    name = b"m5stickc-plus2"
    keys = ((37, None), (39, None), (35, None))
    panel_pins = (13, 15, 5, 14, 12)
    backlight = 27
    hold = 4  # without it the power goes when the power key is released; boards.mark_is_held sets it first

    def __init__(self, description):
        self._hold = Pin(self.hold, Pin.OUT, value=1)
        super().__init__(description)
        self.add_outputs(2, 19)
        self._battery = Battery(38, 2)

    def battery_percent(self):
        """Return how full the battery is, or -1 where that is not known."""
        if self.safe_hardware:
            return -1
        # the ADC's start pulls GPIO 39 down for 80 ns (ESP32 errata 3.11)
        self.buttons.expect_glitch(_ACTION)
        return self._battery.percent()
