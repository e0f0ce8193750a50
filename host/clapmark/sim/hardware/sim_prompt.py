"""Where a board without a program stands: at MicroPython's prompt. Only Enter and Ctrl-D (soft reset) do something."""

import select
import sys

import micropython
from sim_world import ask

micropython.kbd_intr(-1)  # Ctrl-C has nothing to interrupt here, and must not end the chip

_watch = select.poll()
_watch.register(sys.stdin, select.POLLIN)
_out = sys.stdout.buffer
_out.write(b"MicroPython v%d.%d.%d; Clapmark's virtual ESP32\r\n>>> " % sys.implementation[1][:3])
while True:
    _watch.ipoll()
    _typed = sys.stdin.buffer.read(1)
    if _typed == b"\x04":
        ask(0x52, 5)  # R: a soft reset
    if _typed == b"\r":
        _out.write(b"\r\n>>> ")
