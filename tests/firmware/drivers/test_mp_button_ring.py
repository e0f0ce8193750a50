"""An edge that finds the ring full is counted, and told on the info screen; what was kept is in order."""

import asyncio
import sys
import time

import micropython

sys.path.insert(0, ".")

from firmware.control import info
from firmware.core import state
from firmware.core.buttons import PRESS, RELEASE
from firmware.core.clock import Clock
from firmware.drivers.buttons import Buttons

RING = 64  # entries; one stays free
LOST = 7


class Pin:
    """A button that is never pressed."""

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


class Reports:
    """What was reported, without an allocation."""

    def __init__(self):
        self.events = bytearray(64)
        self.count = 0

    def handle(self, index, event, ms):
        self.events[self.count] = event
        self.count += 1


class Key(Pin):
    """A button whose level the test sets."""

    def __init__(self):
        self.level = 1

    def value(self):
        return self.level


def press(buttons, polls):
    """Serve the interrupt of the first button, and poll it every 10 ms."""
    contact = buttons.contacts[0]
    contact.on_edge(contact.pin)
    buttons.drain()
    while polls:
        buttons.poll()
        time.sleep_ms(10)
        polls -= 1


def test_a_press_allocates_nothing_from_the_interrupt_to_its_report():
    reports = Reports()
    key = Key()
    buttons = Buttons([key])
    contact = buttons.contacts[0]
    buttons._clock = Clock(time.ticks_ms())
    buttons._handle = reports.handle
    micropython.heap_lock()
    try:
        for _ in range(3):
            key.level = 0
            press(buttons, 5)
            key.level = 1
            press(buttons, 8)
    finally:
        micropython.heap_unlock()
    assert bytes(reports.events[: reports.count]) == bytes((PRESS, RELEASE) * 3), reports.events
    assert contact._is_queue_empty, "no mark has passed the queue"
