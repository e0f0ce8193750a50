"""`select.poll` whose waiting takes virtual time."""

import sim_world
import uselect
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT  # noqa: F401  the module's interface

_LONGEST_MS = 1_000_000


class poll:  # noqa: N801  MicroPython's name
    """As MicroPython's: streams may be descriptors (the serial line) or objects with `ioctl` (asyncio's flags)."""

    def __init__(self):
        self._real = uselect.poll()

    def register(self, stream, mask=POLLIN | POLLOUT):
        """Watch `stream` for the events in `mask`."""
        self._real.register(stream, mask)

    def unregister(self, stream):
        """Watch `stream` no longer."""
        self._real.unregister(stream)

    def modify(self, stream, mask):
        """Watch `stream` for other events."""
        self._real.modify(stream, mask)

    def poll(self, timeout_ms=-1, flags=0):
        """Return a list of (stream, events) as soon as there are some, or an empty one after `timeout_ms`."""
        return [entry[:2] for entry in self.ipoll(timeout_ms, flags)]

    def ipoll(self, timeout_ms=-1, flags=0):
        """Return an iterator as `poll` returns a list; its tuple is used again and again."""
        real = self._real
        sim_world.spin()
        while True:
            for _ in real.ipoll(0):
                return real.ipoll(0, flags)
            if not timeout_ms:
                return real.ipoll(0, flags)
            step_ms = timeout_ms if 0 < timeout_ms < _LONGEST_MS else _LONGEST_MS
            if timeout_ms > 0:
                timeout_ms -= step_ms
            left_us = step_ms * 1000
            while left_us > 0:
                left_us -= sim_world.wait(left_us)
                if left_us > 0:
                    for _ in real.ipoll(0):
                        return real.ipoll(0, flags)
