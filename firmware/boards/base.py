"""What all boards have: a module of its own, because it stays in memory and its neighbours do not."""

from machine import PWM, Pin

from firmware.boards import esp32_chip


class Base:
    """What a board has by default: nothing but its chip."""

    safe_hardware = False  # use no hardware that could keep the firmware waiting forever: safe mode, an emulated chip
    sounders: tuple = ()  # objects with on() and off() that a room hears
    lights: tuple = ()  # ... and those that it does not
    led: object = None  # the one of them that can fade
    problems: list = []  # sentences: what does not work; a board that finds something has a list of its own

    def add_outputs(self, buzzer, led, vibration=None):
        """Set up the pins of what a board has; None: it has not."""
        if buzzer is not None:
            from firmware.drivers.buzzer import Buzzer

            self.sounders = (Buzzer(PWM(Pin(buzzer), duty_u16=0)),)
        if led is not None:
            from firmware.drivers.led import Led

            self.led = Led(PWM(Pin(led), freq=1000, duty_u16=0))
            self.lights = (self.led,)
        if vibration is not None:
            self.lights += (Pin(vibration, Pin.OUT, value=0),)

    def battery_percent(self):
        """Return how full the battery is, or -1 where that is not known."""
        return -1

    def chip(self):
        """Return the module with the functions of the chip itself."""
        return esp32_chip

    def chip_at_start(self):
        """Return the module with those that only a start needs."""
        from firmware.boards import esp32_start

        return esp32_start
