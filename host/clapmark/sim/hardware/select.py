"""`select.poll` whose waiting takes virtual time.

The unix port's own poll sleeps a real millisecond at every look as soon as it watches an object that is no descriptor
(extmod/modselect.c, MICROPY_PY_SELECT_IOCTL_CALL_PERIOD_MS), so it gets the descriptors only.
"""

import sim_world
import uselect
from micropython import const
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT  # noqa: F401  the module's interface

_LONGEST_MS = const(1_000_000)
_IOCTL_POLL = const(3)


class poll:  # noqa: N801  MicroPython's name
    """As MicroPython's: streams may be descriptors (the serial line) or objects with `ioctl` (asyncio's flags)."""

    def __init__(self):
        self._descriptors = uselect.poll()
        self._entries = []  # [stream, events that are ready]
        self._masks = []  # 0: a descriptor
        self._found = []

    def register(self, stream, mask=POLLIN | POLLOUT):
        """Watch `stream` for the events in `mask`, which may be others than before."""
        if hasattr(stream, "fileno"):
            self._descriptors.register(stream, mask)
            mask = 0
        for place in range(len(self._entries)):
            if self._entries[place][0] is stream:
                self._masks[place] = mask
                return
        self._entries.append([stream, 0])
        self._masks.append(mask)

    modify = register

    def unregister(self, stream):
        """Watch `stream` no longer."""
        for place in range(len(self._entries)):
            if self._entries[place][0] is stream:
                if not self._masks[place]:
                    self._descriptors.unregister(stream)
                self._entries.pop(place)
                self._masks.pop(place)
                return

    def poll(self, timeout_ms=-1):
        """Return a list of (stream, events) as soon as there are some, or an empty one after `timeout_ms`."""
        return [(entry[0], entry[1]) for entry in self.ipoll(timeout_ms)]

    def ipoll(self, timeout_ms=-1):
        """Return something to iterate over as `poll` returns a list; it is used again and again."""
        sim_world.spin()
        while not self._look() and timeout_ms:
            step_ms = timeout_ms if 0 < timeout_ms < _LONGEST_MS else _LONGEST_MS
            if timeout_ms > 0:
                timeout_ms -= step_ms
            left_us = step_ms * 1000
            while left_us > 0:
                left_us -= sim_world.wait(left_us)
                if left_us > 0 and self._look():
                    return self._found
        return self._found

    def _look(self):
        found = self._found
        while found:
            found.pop()  # clear() asks the heap for a smaller piece, even if it need not
        masks = self._masks
        descriptors = False
        for place in range(len(masks)):  # enumerate would allocate a tuple for each
            entry = self._entries[place]
            mask = masks[place]
            if mask:
                entry[1] = entry[0].ioctl(_IOCTL_POLL, mask)
                if entry[1]:
                    found.append(entry)
            else:
                descriptors = True
        if descriptors:
            for stream, events in self._descriptors.ipoll(0):
                for entry in self._entries:
                    if entry[0] is stream:
                        entry[1] = events
                        found.append(entry)
        return found
