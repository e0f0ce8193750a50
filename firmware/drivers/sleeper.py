"""The ESP32's light sleep: nothing runs, no interrupt is served, and what comes over the serial line is lost.

Two of the buttons end it. Source: ESP-IDF, "Sleep Modes"; ports/esp32/modesp32.c and machine_pin.c. What was not tried
on a board yet is listed in docs/hardware-facts.md.
"""

import esp32
from machine import Pin, lightsleep


class Sleeper:
    """Lets the chip sleep between presses of `buttons` (firmware.drivers.buttons).

    Raises ValueError if one of the first two buttons is on a pin that cannot wake the chip: only 0, 2, 4, 12 to 15,
    25 to 27 and 32 to 39 can.
    """

    def __init__(self, buttons):
        self._contacts = buttons.contacts[:2]
        pins = [contact.pin for contact in self._contacts]
        # EXT0 has one pin. EXT1 of this chip wakes when all of its pins are low: so it has one, too
        esp32.wake_on_ext0(pins[0], esp32.WAKEUP_ALL_LOW)
        esp32.wake_on_ext1(pins[1:], esp32.WAKEUP_ALL_LOW)

    def sleep(self, longest_ms):
        """Sleep until one of the two is pressed, at most `longest_ms`; the chip wakes at the press and stamps it."""
        contacts = self._contacts
        for contact in contacts:
            if contact.is_down:
                return
        lightsleep(longest_ms)
        for contact in contacts:
            contact.pin.init(Pin.IN)  # takes it back from the RTC, which the sleep gave it to
            if not contact.pin.value():
                contact.on_edge(None)
