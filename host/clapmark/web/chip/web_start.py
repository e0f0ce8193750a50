"""The virtual chip in a page, from power-up on: sim_start.py for MicroPython's WebAssembly port, which cannot block.

The page sets `sys.argv` as the world of the unix port does, runs this module, and then calls `step` whenever time may
pass. The device's file system is the current directory.
"""

import gc
import io
import select
import sys

import machine  # the models come first on the path, and shadow what is built in
import sim_scheduler
import sim_stdout
import sim_world
import uos
import web_gc
import web_help
from micropython import const

_ENDED = const(0x45)  # E: 0 main.py returned, 1 an exception escaped
_RESET = const(0x52)  # R: reset cause
_READ = const(0x72)  # r: answer: the next byte of the serial line, or -1
_READABLE = const(0x6E)  # n: answer: how many bytes the serial line has
_IDLE = const(0x5A)  # Z: asyncio/core.py
_SOFT_RESET = const(5)
_STREAM_POLL = const(3)


class _SerialIn(io.IOBase):
    """The receiving end of the serial line; `buffer` is itself."""

    def ioctl(self, request, flags):
        """Answer select.poll."""
        if request == _STREAM_POLL:
            return select.POLLIN & flags if sim_world.ask(_READABLE) else 0
        return -1

    def readinto(self, buffer):
        """Fill `buffer` with bytes that are there; return how many they were."""
        for place in range(len(buffer)):
            byte = sim_world.ask(_READ)
            if byte < 0:
                return place
            buffer[place] = byte
        return len(buffer)

    def read(self, count):
        """Return up to `count` bytes that are there."""
        data = bytearray(count)
        return bytes(data[: self.readinto(data)])


def _run_programs():
    for name in ("/boot.py", "/main.py"):
        for folder in sys.path:
            try:
                uos.stat((folder or ".") + name)
            except OSError:
                continue
            execfile((folder or ".") + name, {"__name__": "__main__"})  # noqa: F821  MicroPython's
            break
        if name == "/boot.py":
            web_help.watch()


def _fail_with(error):
    """Let the firmware treat an exception that ended its main task, as if `asyncio.run` had raised it."""

    def main():
        raise error

    from firmware.start import launcher

    if launcher.reason:  # safe mode: there is nothing below it
        raise error
    from firmware import app

    app.main = main
    launcher.start()


def _prompt():
    """Be at MicroPython's prompt, where only Enter and Ctrl-D (soft reset) do something."""
    sim_world.tell(_ENDED, 0, 0)
    out = sim_stdout.stdout.buffer
    out.write(b"MicroPython v%d.%d.%d; Clapmark's virtual ESP32\r\n>>> " % sys.implementation[1][:3])
    while True:
        while sim_world.ask(_READABLE):
            typed = sim_world.ask(_READ)
            if typed == 4:
                sim_world.ask(_RESET, _SOFT_RESET)
            if typed == 13:
                out.write(b"\r\n>>> ")
        allowed_us = sim_world.ask(_IDLE, 0, 500_000_000)
        if allowed_us:
            sim_world.wait(allowed_us)
        else:
            yield


def _life():
    import asyncio.core

    try:
        try:
            _run_programs()
        except asyncio.core.Suspended:
            try:
                yield from asyncio.core.loop()
            except asyncio.core.CancelledError:
                pass  # the firmware was left for the prompt
            except Exception as error:  # noqa: BLE001  the firmware decides what becomes of it
                _fail_with(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it goes to the serial line
        sys.print_exception(error)
        sim_world.ask(_ENDED, 1)
    yield from _prompt()


def step():
    """Let the chip go on until it waits for time that has not come yet."""
    next(_chip)


sim_stdout.stdin = _SerialIn()
sim_stdout.stdin.buffer = sim_stdout.stdin
sys.modules["sys"] = sim_stdout
sys.modules["micropython"] = sim_scheduler
sys.modules["time"] = sim_world
sys.modules["_asyncio"] = select
sys.modules["esp32"] = machine
sys.modules["gc"] = web_gc
gc.collect()
_chip = _life()
