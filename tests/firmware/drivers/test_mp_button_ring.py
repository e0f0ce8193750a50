"""An edge that finds the ring full is counted, and told on the info screen; what was kept is in order."""

import asyncio
import sys

sys.path.insert(0, ".")

from firmware.control import info
from firmware.core import state
from firmware.core.buttons import PRESS
from firmware.core.clock import Clock
from firmware.drivers.buttons import Buttons

RING = 64  # entries; one stays free
LOST = 7


class Pin:
    """A button that nobody presses."""

    IRQ_FALLING = IRQ_RISING = 1

    def value(self):
        return 1

    def irq(self, handler, trigger):
        pass


class Ring:
    blocks = None


class Journal:
    """A sound one, as the info screen looks at it."""

    ring = Ring()
    percent = damaged = 0
    boot = 1
    problem = b""


def test_a_full_ring_counts_what_it_loses_and_keeps_the_rest_in_order():
    buttons = Buttons([Pin(), Pin()])
    for number in range(RING - 1 + LOST):
        buttons.stamp(number % 2 << 1, 1000 + number)
    assert buttons.lost_edges == LOST
    found = []

    async def read():
        task = asyncio.create_task(buttons.run(Clock(0), lambda *event: found.append(event)))
        await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(read())
    pressed = [ms for _, event, ms in found if event == PRESS]
    assert pressed[:2] == [1000, 1001]
    assert pressed == sorted(pressed)


def test_the_info_screen_says_so():
    shown = state.State(b"sim")
    assert b"Lost button edges" not in b" ".join(info.lines(shown, Journal()))
    shown.lost_edges = LOST
    assert b"Lost button edges: 7" in info.lines(shown, Journal())
