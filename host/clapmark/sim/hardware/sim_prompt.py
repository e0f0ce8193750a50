"""Where a board without a program stands: at MicroPython's prompt. Only Enter and Ctrl-D (soft reset) do something."""

import select
import sys

import sim_world

_SOFT_RESET = 5


def run():
    """Answer what is typed, for ever."""
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    out = sys.stdout.buffer
    version = ".".join([str(part) for part in sys.implementation[1][:3]])
    out.write(("MicroPython v" + version + "; Clapmark's virtual ESP32\r\n>>> ").encode())
    while True:
        poll.poll()
        typed = sys.stdin.buffer.read(1)
        if typed == b"\x04":
            out.write(b"\r\nMPY: soft reboot\r\n")
            sim_world.reset(_SOFT_RESET)
        if typed == b"\r":
            out.write(b"\r\n>>> ")
