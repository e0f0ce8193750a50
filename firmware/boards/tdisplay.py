"""LilyGO T-Display: ESP32, ST7789 135x240, keys on GPIO 35 and 0 (LilyGO's schematic T-Display-TFT)."""

from machine import PWM, SPI, Pin

from firmware.boards.base import Base
from firmware.drivers.buttons import Buttons
from firmware.drivers.st7789 import ST7789


class Board(Base):
    """The bare T-Display has neither buzzer nor LED. Boards with the same panel differ in the numbers here."""

    name = b"tdisplay"
    # mark, action; GPIO 35 has no pull inside, the board has one of 10 kOhm
    keys: tuple = ((35, None), (0, Pin.PULL_UP))
    panel_pins = (18, 19, 5, 16, 23)  # clock, data, chip select, data/command, reset
    backlight = 4

    def __init__(self, _description):
        clock, data, chip_select, data_command, reset = self.panel_pins
        self._backlight = PWM(Pin(self.backlight), freq=1000, duty_u16=0)
        self.panel = ST7789(
            self._bus(Pin(clock), Pin(data)),
            cs=Pin(chip_select, Pin.OUT, value=1),
            dc=Pin(data_command, Pin.OUT),
            reset=Pin(reset, Pin.OUT, value=1),
        )
        self.buttons = Buttons([Pin(number, Pin.IN, pull) for number, pull in self.keys])

    def _bus(self, sck, mosi):
        # 26 MHz: the pins go through the GPIO matrix, where the ESP32 fails at 40 MHz
        if not self.safe_hardware:
            return SPI(1, baudrate=26_000_000, sck=sck, mosi=mosi)
        from machine import SoftSPI

        # as fast as it can, about 1 MHz; it wants a pin to read from too, and the mark key's is an input already
        return SoftSPI(baudrate=26_000_000, sck=sck, mosi=mosi, miso=Pin(self.keys[0][0]))

    def light(self, percent):
        """Set the backlight to 0 to 100 percent."""
        self._backlight.duty_u16(percent * 65535 // 100)
