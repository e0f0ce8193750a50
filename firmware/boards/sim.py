"""The simulated board: what the T-Display has, and a third key, a buzzer and an LED."""

from machine import Pin

from firmware.boards import tdisplay


class Board(tdisplay.Board):
    """Like any other board; that its chip is a model, only the model knows."""

    name = b"sim"
    keys = ((35, None), (0, Pin.PULL_UP), (14, Pin.PULL_UP))

    def __init__(self, description):
        super().__init__(description)
        self.add_outputs(25, 2)
