"""Push buttons on pins: every edge is stamped in the interrupt, and decided on in a task."""

import asyncio
from time import ticks_diff, ticks_ms

from micropython import const

from firmware.core.buttons import NONE, QUIET_MS, RELEASE, Button

_RING_ENTRIES = const(64)  # edges with a quiet time before them: over a second of the fastest pressing
_POLL_MS = const(250)  # a lost interrupt makes a press late by at most this
_SETTLE_MS = const(10)


class _Contact:
    """One pin: knows its newest edge, and the level after it. `on_edge` is the interrupt handler: integers only."""

    def __init__(self, buttons, index, pin):
        self.pin = pin
        self.last_ticks = ticks_ms()
        self._buttons = buttons
        self._index = index
        self.is_down = not pin.value()

    def on_edge(self, _pin):
        now_ticks = ticks_ms()
        quiet_ms = ticks_diff(now_ticks, self.last_ticks)
        self.last_ticks = now_ticks
        was_down = self.is_down
        self.is_down = not self.pin.value()
        # below zero: no edge for over six days, and the counter has gone half round
        if quiet_ms >= QUIET_MS or quiet_ms < 0:
            self._buttons.stamp(self._index << 1 | was_down, now_ticks)


class Buttons:
    """Two or three push buttons that pull their pins to ground, in the order mark, action, next."""

    def __init__(self, pins):
        self.lost_edges = 0  # the ring was full: counted, shown on the info screen
        self._stamps = [0] * _RING_ENTRIES
        self._indexes = bytearray(_RING_ENTRIES)
        self._head = 0
        self._tail = 0
        self._flag = asyncio.ThreadSafeFlag()
        self.contacts = tuple(_Contact(self, index, pin) for index, pin in enumerate(pins))
        self._buttons = tuple(Button(not pin.value()) for pin in pins)
        self._clock = None
        self._handle = None
        self._run_heard = self._watch_heard = True
        for contact in self.contacts:
            pin = contact.pin
            pin.irq(handler=contact.on_edge, trigger=pin.IRQ_FALLING | pin.IRQ_RISING)

    def expect_glitch(self, index):
        """Take the next edges of a button for bounce: something on the board is about to disturb its pin.

        A real press meanwhile comes late by as much as the safety poll.
        """
        self.contacts[index].last_ticks = ticks_ms()

    def stamp(self, what, ticks):
        """Put an edge into the ring; for the interrupt handler. `what` is twice the index, and 1 if it was down."""
        head = self._head
        following = (head + 1) % _RING_ENTRIES
        if following == self._tail:
            self.lost_edges += 1
        else:
            self._stamps[head] = ticks
            self._indexes[head] = what
            self._head = following
        self._flag.set()

    def is_alive(self):
        """Return whether both tasks have ended a good turn since the last call, and ask for another."""
        heard = self._run_heard and self._watch_heard
        self._run_heard = self._watch_heard = False
        self._flag.set()
        return heard

    async def run(self, clock, handle):
        """Call `handle(index, event, ms)` for every event of core.buttons, in the order of the edges, forever.

        `ms` is the uptime of the first edge for PRESS and HELD, of the release for RELEASE.
        """
        self._clock = clock
        self._handle = handle
        while True:
            await self._flag.wait()
            wait_ms = 0
            while wait_ms >= 0:
                self._drain()
                wait_ms = self._settle()
                self._run_heard = True
                if wait_ms >= 0:
                    await asyncio.sleep_ms(wait_ms if wait_ms < _SETTLE_MS else _SETTLE_MS)

    async def watch(self):
        """Look at the levels now and then, forever: a lost interrupt becomes a late press, never a missed one."""
        while True:
            await asyncio.sleep_ms(_POLL_MS)
            for index in range(len(self.contacts)):
                contact = self.contacts[index]
                if self._buttons[index].pressed == bool(contact.pin.value()):
                    self._flag.set()
            self._watch_heard = True

    def _drain(self):
        while self._tail != self._head:
            tail = self._tail
            was_down = self._indexes[tail] & 1
            index = self._indexes[tail] >> 1
            edge_ms = self._clock.uptime_ms(self._stamps[tail])
            self._tail = (tail + 1) % _RING_ENTRIES
            event = self._buttons[index].edge(edge_ms, was_down)
            if event == RELEASE:  # an earlier release, proved by this edge
                self._tell(index, event)
                event = self._buttons[index].edge(edge_ms)
            self._tell(index, event)

    def _settle(self):
        uptime_ms = self._clock.uptime_ms
        now_ms = uptime_ms(ticks_ms())
        soonest_ms = -1
        for index in range(len(self.contacts)):  # enumerate would allocate a tuple for each
            contact = self.contacts[index]
            button = self._buttons[index]
            last_edge_ms = uptime_ms(contact.last_ticks)
            self._tell(index, button.settle(not contact.pin.value(), last_edge_ms, now_ms))
            wait_ms = button.wait_ms(last_edge_ms, now_ms)
            if wait_ms >= 0 and (soonest_ms < 0 or wait_ms < soonest_ms):
                soonest_ms = wait_ms
        return soonest_ms

    def _tell(self, index, event):
        if event != NONE:
            button = self._buttons[index]
            self._handle(index, event, button.released_ms if event == RELEASE else button.pressed_ms)
