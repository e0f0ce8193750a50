"""The simulated board: what the T-Display has, and a third key, a buzzer and an LED."""

from machine import PWM, Pin

from firmware.boards import tdisplay
from firmware.drivers.buzzer import Buzzer


class Board(tdisplay.Board):
    """Like any other board; that its chip is a model, only the model knows."""

    name = b"sim"
    keys = ((35, None), (0, Pin.PULL_UP), (14, Pin.PULL_UP))

    def __init__(self, description):
        super().__init__(description)
        self.sounders = (Buzzer(PWM(Pin(25), duty_u16=0)),)
        self.lights = (Pin(2, Pin.OUT, value=0),)
