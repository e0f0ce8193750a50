"""The simulated board: what the T-Display has, and a third key, a buzzer and an LED."""

import asyncio

from machine import Pin

from firmware.boards import tdisplay


class Board(tdisplay.Board):
    """Like any other board; that its chip is a model, only the model knows."""

    name = b"sim"
    keys = ((35, None), (0, Pin.PULL_UP), (14, Pin.PULL_UP))

    def __init__(self, description):
        super().__init__(description)
        self.add_outputs(25, 2)

    def press(self, index, ms):
        """Press the key `index` (0 to 2) for `ms`, for the verb `press` of the link."""
        asyncio.create_task(_hold(Pin(self.keys[index][0]), ms))  # noqa: RUF006  MicroPython's loop keeps its tasks


async def _hold(pin, ms):
    pin.drive(0)
    await asyncio.sleep_ms(ms)
    pin.drive(1)
