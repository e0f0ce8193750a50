"""What an ESP32's pins can do, and what a board.json makes of them: one set of rules for device and laptop.

Nothing here touches hardware. Source: ESP32 datasheet v4, chapter 2, and ESP32 Hardware Design Guidelines.
"""

from firmware.core.portable import const

ADDRESSES = (0x3C, 0x3D)
USUAL_SDA = const(21)
USUAL_SCL = const(22)
BOOT_KEY = const(0)  # nearly every ESP32 board has one

_KEYS = " board sda scl address buttons buzzer vibration led battery divider "
_OUTPUTS = ("buzzer", "led", "vibration")
_PINS = const(40)
_MISSING = bytes((20, 24, 28, 29, 30, 31))
_FLASH = bytes((6, 7, 8, 9, 10, 11))
_SERIAL = bytes((1, 3))
_FIRST_INPUT = const(34)  # from here on they can neither drive nor pull up
_FIRST_ADC = const(32)
_MOST_DIVIDER = const(100)
_NO_OUTPUT = "it can only be an input"
_NO_PULL = 'it has no pull-up; with a resistor say "pull": false'
_NO_ADC = "only 32 to 39 can measure"


def keys_of(description):
    """Return (GPIO number, has pull-up) of each entry of "buttons": 25, or {"pin": 35, "pull": false}."""
    buttons = description.get("buttons")
    keys = []
    for button in buttons if isinstance(buttons, list) else ():
        if isinstance(button, dict):
            keys.append((button.get("pin"), bool(button.get("pull", True))))
        else:
            keys.append((button, True))
    return keys


class PinPlan:
    """The pins of an oled board that can be used; `problems` are the sentences about all others.

    `lines` (SDA and SCL) and `address`; `buttons`, each (pin, has pull-up); `outputs`, a pin or None for "buzzer",
    "led" and "vibration"; `battery`, a pin or None, and its `divider`.
    """

    def __init__(self, description):
        """Read a board.json: `description` is a dictionary, with anything in it."""
        self.problems = []
        self._used: dict = {}  # by pin, what for
        for key in description:
            if " %s " % key not in _KEYS:
                self._tell('nothing here is called "%s"' % key)
        self.lines = [self._line("sda", description, USUAL_SDA), self._line("scl", description, USUAL_SCL)]
        self.address = description.get("address", ADDRESSES[0])
        if self.address not in ADDRESSES:
            self._tell("an SSD1306 has the address 60 or 61, not %s" % self.address)
            self.address = ADDRESSES[0]
        self.buttons = self._buttons(keys_of(description))
        self.outputs = [self._output(key, description) for key in _OUTPUTS]
        self.battery = description.get("battery")
        if "battery" in description and not self._take("battery", self.battery, _FIRST_ADC, _PINS, _NO_ADC):
            self.battery = None
        self.divider = description.get("divider", 2)
        if isinstance(self.divider, bool) or not isinstance(self.divider, (int, float)):
            self._tell("divider must be a number, not %s" % self.divider)
            self.divider = 2
        elif not 1 <= self.divider <= _MOST_DIVIDER:
            self._tell("divider must be 1 to %d, not %s" % (_MOST_DIVIDER, self.divider))
            self.divider = 2

    def _line(self, key, description, usual):
        number = description.get(key, usual)
        return number if self._take(key, number, 0, _FIRST_INPUT, _NO_OUTPUT) else usual

    def _buttons(self, keys):
        if not 2 <= len(keys) <= 3:
            self._tell('"buttons" must list two or three pins; the BOOT key marks')
            keys = ((BOOT_KEY, True),)
        usable = []
        for letter, (number, has_pull) in zip("ABC", keys):  # noqa: B905  MicroPython has no `strict`
            if self._take("button " + letter, number, 0, _FIRST_INPUT if has_pull else _PINS, _NO_PULL):
                usable.append((number, has_pull))
            elif letter == "A" and self._take("BOOT", BOOT_KEY, 0, _PINS, ""):
                self._tell("the BOOT key marks instead")
                usable.append((BOOT_KEY, True))
        return usable

    def _output(self, key, description):
        if key in description and self._take(key, description[key], 0, _FIRST_INPUT, _NO_OUTPUT):
            return description[key]
        return None

    def _tell(self, sentence):
        self.problems.append("board.json: " + sentence)

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
