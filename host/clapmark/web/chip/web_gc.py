"""MicroPython's `gc` on the memory that an ESP32 has: a page has much more, and would hide that something grows."""

import gc as _gc

from micropython import const

_HEAP_BYTES = const(140 * 1024)  # clapmark.sim.world.HEAP_BYTES


def __getattr__(name):
    return getattr(_gc, name)


def mem_free():
    """Return how much an ESP32 would have left, in bytes: what is used here includes the models of the hardware."""
    return max(0, _HEAP_BYTES - _gc.mem_alloc())
