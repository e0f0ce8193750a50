"""Push buttons on pins: every interrupt is stamped with its time and level, and core.buttons decides in a task."""

import asyncio
from time import ticks_add, ticks_diff, ticks_ms

import micropython
from micropython import const

from firmware.core.buttons import NONE, PRESS, QUIET_MS, RELEASE, Button

_RING_ENTRIES = const(64)  # over a second of the fastest pressing, bounce included
_WATCH_MS = const(250)  # a lost interrupt makes a press late by at most this
_POLL_MS = const(10)
_LONGEST_QUIET_MS = const(1 << 28)  # three days: half of what `ticks_diff` can tell
_MOST_MARKS = const(2)  # of one button in the queue of 8, which is for interrupts

# what the ring keeps of an interrupt in addition to its time: _WAS_DOWN, the index of the button above it, and
_WAS_DOWN = const(1)
_INDEX_SHIFT = const(1)
_INDEX_MASK = const(3)
_IS_UP = const(8)
_IS_NEW = const(16)


class _Contact:
    """One pin: its newest interrupt, and the level read there. `on_edge` is the interrupt handler: integers only."""

    def __init__(self, buttons, index, pin):
        self.pin = pin
        self.last_ticks = ticks_ms()
        self.is_down = not pin.value()
        self.is_glitch_due = False
        self._buttons = buttons
        self._what = index << _INDEX_SHIFT
        self._is_queue_empty = False  # of interrupts of earlier presses
        self._marks = 0  # in the queue
        self._is_mark_valid = False  # the newest one
        self._mark = self._on_mark  # a bound method allocates

    def on_edge(self, _pin):
        now_ticks = ticks_ms()
        is_down = not self.pin.value()
        was_down = self.is_down
        quiet_ms = ticks_diff(now_ticks, self.last_ticks)
        self.last_ticks = now_ticks
        self.is_down = is_down
        if self.is_glitch_due:
            if is_down == was_down and 0 <= quiet_ms < QUIET_MS:
                return
            self.is_glitch_due = False
        # a stamp for each level and millisecond; bounce has more edges than that
        if is_down != was_down or self._is_queue_empty or quiet_ms:
            what = self._what
            if was_down:
                what |= _WAS_DOWN
            if not is_down:
                what |= _IS_UP
            if self._is_queue_empty:
                what |= _IS_NEW
                self.forget_mark()
            self._buttons.stamp(what, now_ticks)

    def quiet_ms(self, now_ticks):
        """Return the milliseconds since the newest interrupt, or some days; ask at least once in three days."""
        quiet_ms = ticks_diff(now_ticks, self.last_ticks)
        if not -_LONGEST_QUIET_MS < quiet_ms < _LONGEST_QUIET_MS:
            quiet_ms = _LONGEST_QUIET_MS // 2
            self.last_ticks = ticks_add(now_ticks, -quiet_ms)
        return quiet_ms

    def mark_queue(self):
        """Find out when the interrupts that wait now have been served: put a mark behind them.

        Pin interrupts and scheduled calls share one queue, first in, first out (MicroPython, py/scheduler.c).

        Returns:
            Whether to try again soon, because the queue is full.

        """
        if self._is_queue_empty or self._is_mark_valid or self._marks == _MOST_MARKS:
            return False
        self._marks += 1  # before the call, which may come at once
        self._is_mark_valid = True
        try:
            micropython.schedule(self._mark, 0)
        except RuntimeError:  # the queue is full
            self._marks -= 1
            self._is_mark_valid = False
            return True
        return False

    def forget_mark(self):
        """Note that edges of a press may wait in the queue from now on, behind a mark that was put there before."""
        self._is_queue_empty = self._is_mark_valid = False

    def _on_mark(self, _):
        self._marks -= 1
        self._is_queue_empty = self._is_mark_valid and not self._marks


class Buttons:
    """Two or three push buttons that pull their pins to ground, in the order mark, action, next."""

    def __init__(self, pins):
        self.lost_edges = 0  # the ring was full: counted, shown on the info screen
        self._stamps = [0] * _RING_ENTRIES
        self._whats = bytearray(_RING_ENTRIES)
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
        """Ignore the next interrupts of a button that read an unchanged level: the board is about to disturb its pin.

        A press meanwhile is late by as much as the safety poll, if it is so short that no interrupt reads it as down.
        """
        contact = self.contacts[index]
        contact.last_ticks = ticks_ms()
        contact.is_glitch_due = True

    def stamp(self, what, ticks):
        """Put an interrupt into the ring; for the interrupt handler. `what` holds the index and the levels."""
        head = self._head
        following = (head + 1) % _RING_ENTRIES
        if following == self._tail:
            self.lost_edges += 1
        else:
            self._stamps[head] = ticks
            self._whats[head] = what
            self._head = following
        self._flag.set()

    def is_alive(self):
        """Return whether both tasks have ended a good turn since the last call, and ask for another."""
        heard = self._run_heard and self._watch_heard
        self._run_heard = self._watch_heard = False
        self._flag.set()
        return heard

    async def run(self, clock, handle):
        """Call `handle(index, event, ms)` for every event of core.buttons, in the order of the evidence, forever.

        `ms` is the uptime of the first edge for PRESS and HELD, of the release for RELEASE.
        """
        self._clock = clock
        self._handle = handle
        while True:
            await self._flag.wait()
            wait_ms = 0
            while wait_ms >= 0:
                self.drain()
                wait_ms = self.poll()
                self._run_heard = True
                if wait_ms >= 0:
                    await asyncio.sleep_ms(wait_ms if wait_ms < _POLL_MS else _POLL_MS)

    async def watch(self):
        """Read the levels now and then, forever: a lost interrupt becomes a late press, never a missed one."""
        while True:
            await asyncio.sleep_ms(_WATCH_MS)
            for index in range(len(self.contacts)):
                contact = self.contacts[index]
                if self._buttons[index].pressed == bool(contact.pin.value()):
                    self._flag.set()
            self._watch_heard = True

    def drain(self):
        """Decide on the interrupts in the ring."""
        while self._tail != self._head:
            tail = self._tail
            what = self._whats[tail]
            edge_ms = self._clock.uptime_ms(self._stamps[tail])
            self._tail = (tail + 1) % _RING_ENTRIES
            index = what >> _INDEX_SHIFT & _INDEX_MASK
            button = self._buttons[index]
            event = RELEASE
            while event == RELEASE:  # of an earlier press, proved by this edge; then once more
                event = button.edge(edge_ms, what & _WAS_DOWN, not what & _IS_UP, what & _IS_NEW)
                self._tell(index, event)

    def poll(self):
        """Poll the levels. Return the milliseconds until the next poll, or -1 when only an interrupt can matter."""
        clock = self._clock  # a bound method would be allocated
        soonest_ms = -1
        for index in range(len(self.contacts)):  # enumerate would allocate a tuple for each
            contact = self.contacts[index]
            button = self._buttons[index]
            event = RELEASE
            while event == RELEASE:  # then the same level may prove a press
                now_ticks = ticks_ms()
                is_down = not contact.pin.value()
                if self._tail != self._head:  # served before the level was read
                    self.drain()
                    continue
                now_ms = clock.uptime_ms(now_ticks)
                last_edge_ms = now_ms - contact.quiet_ms(now_ticks)
                event = button.settle(is_down, last_edge_ms, now_ms)
                self._tell(index, event)
            wait_ms = button.wait_ms(last_edge_ms, now_ms)
            if button.is_at_rest(now_ms) and contact.mark_queue():
                wait_ms = 0
            elif wait_ms < 0 and button.needs_polls(now_ms):
                wait_ms = _POLL_MS
            if wait_ms >= 0 and (soonest_ms < 0 or wait_ms < soonest_ms):
                soonest_ms = wait_ms
        return soonest_ms

    def _tell(self, index, event):
        if event != NONE:
            button = self._buttons[index]
            if event == PRESS:
                self.contacts[index].forget_mark()
            self._handle(index, event, button.released_ms if event == RELEASE else button.pressed_ms)
