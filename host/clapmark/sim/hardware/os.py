"""MicroPython's `os`, with random numbers that a scripted device draws alike in every run."""

import uos
from sim_world import ask


def __getattr__(name):
    return getattr(uos, name)


def urandom(count):
    """Return `count` random bytes."""
    return bytes([ask(0x59) for _ in range(count)])  # Y: answer: 0..255
