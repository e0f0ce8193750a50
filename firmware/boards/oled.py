"""Any ESP32 with an SSD1306 128x64 on I2C and two or three buttons; its pins stand in board.json (docs/new-board.md).

What cannot work is left out and told, and the rest is used. Source of what pins can do: ESP32 datasheet v4,
chapter 2, and ESP32 Hardware Design Guidelines.
"""

from machine import I2C, Pin
from micropython import const

from firmware.boards.base import Base
from firmware.drivers.buttons import Buttons
from firmware.drivers.ssd1306 import SSD1306

_KEYS = " board sda scl address buttons buzzer vibration led battery divider "
_ADDRESSES = (0x3C, 0x3D)
_BOOT_KEY = const(0)  # nearly every ESP32 board has one

_PINS = const(40)
_MISSING = bytes((20, 24, 28, 29, 30, 31))
_FLASH = bytes((6, 7, 8, 9, 10, 11))
_SERIAL = bytes((1, 3))
_FIRST_INPUT = const(34)  # from here on they can neither drive nor pull up
_FIRST_ADC = const(32)
_DISTURBED = (36, 39)  # the ADC's start pulls them down for 80 ns (ESP32 errata 3.11)
_NO_OUTPUT = "it can only be an input"
_NO_PULL = 'it has no pull-up; with a resistor say "pull": false'
_NO_ADC = "only 32 to 39 can measure"


class Board(Base):
    """`description` is what board.json says."""

    name = b"oled"

    def __init__(self, description):
        self.problems = []
        self._used: dict = {}  # by pin, what for
        self._disturbed: list[int] = []  # buttons that the battery's measurement disturbs
        for key in description:
            if " %s " % key not in _KEYS:
                self._tell('nothing here is called "%s"' % key)
        self.panel = self._panel(description)
        self.buttons = Buttons(self._button_pins(self.keys_of(description)))
        pins = [description[key] if self._has(description, key) else None for key in ("buzzer", "led", "vibration")]
        self.add_outputs(*pins)
        self._battery = None
        number = description.get("battery")
        has_battery = "battery" in description and self._take("battery", number, _FIRST_ADC, _PINS, _NO_ADC)
        if has_battery and not self.safe_hardware:
            from firmware.drivers.battery import Battery

            self._battery = Battery(number, description.get("divider", 2))
            if self.battery_percent() < 0:
                self.problems.append("battery, pin %d: nothing to measure" % number)

    @staticmethod
    def keys_of(description):
        """Return (GPIO number, pull) of each entry of "buttons": 25, or {"pin": 35, "pull": false}."""
        buttons = description.get("buttons")
        keys = []
        for button in buttons if isinstance(buttons, list) else ():
            number, pull = button, Pin.PULL_UP
            if isinstance(button, dict):
                number = button.get("pin")
                if not button.get("pull", True):
                    pull = None  # the pull-up is a resistor on the board
            keys.append((number, pull))
        return keys

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

    def _panel(self, description):
        lines = []
        for key, usual in (("sda", 21), ("scl", 22)):
            number = description.get(key, usual)
            if not self._take(key, number, 0, _FIRST_INPUT, _NO_OUTPUT):
                number = usual
            lines.append(Pin(number, Pin.IN, Pin.PULL_UP))
            if not lines[-1].value():
                self.problems.append("%s, pin %d, is held low: a short?" % (key, number))
        address = description.get("address", _ADDRESSES[0])
        if address not in _ADDRESSES:
            self._tell("an SSD1306 has the address 60 or 61, not %s" % address)
            address = _ADDRESSES[0]
        return SSD1306(I2C(0, sda=lines[0], scl=lines[1], freq=400_000), lines, address)

    def _button_pins(self, keys):
        pins: list[Pin] = []
        if not 2 <= len(keys) <= 3:
            self._tell('"buttons" must list two or three pins; the BOOT key marks')
            keys = ((_BOOT_KEY, Pin.PULL_UP),)
        for letter, (number, pull) in zip("ABC", keys):  # noqa: B905  MicroPython has no `strict`
            if self._take("button " + letter, number, 0, _FIRST_INPUT if pull else _PINS, _NO_PULL):
                if number in _DISTURBED:
                    self._disturbed.append(len(pins))
                pins.append(Pin(number, Pin.IN, pull))
            elif letter == "A" and self._take("BOOT", _BOOT_KEY, 0, _PINS, ""):
                self._tell("the BOOT key marks instead")
                pins.append(Pin(_BOOT_KEY, Pin.IN, Pin.PULL_UP))
        return pins

    def _tell(self, sentence):
        self.problems.append("board.json: " + sentence)

    def _has(self, description, key):
        return key in description and self._take(key, description[key], 0, _FIRST_INPUT, _NO_OUTPUT)

    def _take(self, what, number, first, end, lack):
        """Return whether a pin can be used, and keep it for `what`; say why not: `lack` if it is not in the range."""
        why = lack
        if not isinstance(number, int) or not 0 <= number < _PINS or number in _MISSING:
            why = "there is no such pin"
        elif number in _FLASH:
            why = "the flash is there"
        elif number in _SERIAL:
            why = "the serial line is there"
        elif number in self._used:
            why = "%s is there already" % self._used[number]
        elif first <= number < end:
            self._used[number] = what
            return True
        self._tell("%s on pin %s: %s" % (what, number, why))
        return False
