"""MicroPython's `os`, with the ESP32's random numbers and `sync`."""

import sim_world
import uos
from uos import *  # noqa: F403

_random = sim_world.seed


def urandom(count):
    """Return `count` random bytes; a scripted device draws the same ones in every run."""
    global _random
    if not sim_world.seed:
        return uos.urandom(count)
    out = bytearray(count)
    for place in range(count):
        # 30-bit linear congruential generator in two small steps (Numerical Recipes' constants, reduced)
        _random = (_random * 1_664_525 + 1_013_904_223) & 0x3FFFFFFF
        out[place] = _random >> 20 & 255
    return bytes(out)


def sync():
    """Write files through; the laptop's own file system does that."""
