"""MicroPython's `micropython`, with a `schedule` that puts calls into the queue of the virtual chip's interrupts."""

import micropython as _micropython
from sim_world import schedule  # noqa: F401  the module's interface


def __getattr__(name):
    return getattr(_micropython, name)
