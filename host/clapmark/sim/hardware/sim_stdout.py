"""MicroPython's `sys`, with a `stdout` whose `buffer` is another way into the world than its text.

The ESP32 turns LF into CRLF in what is printed, not in the bytes of `sys.stdout.buffer`; so the world must know which
is which (clapmark/sim/serial_out.py).
"""

import sys as _sys


def __getattr__(name):
    return getattr(_sys, name)


class stdout:  # noqa: N801  MicroPython's name
    """As MicroPython's."""

    buffer = open(int(_sys.argv[3]), "wb")  # noqa: SIM115  open as long as the chip has power
    write = _sys.stdout.write
