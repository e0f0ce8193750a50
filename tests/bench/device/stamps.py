"""Runs in place of main.py: the app, on a serial line that keeps the chip while it sends. Writes figures.json.

boot.py (stamps_boot.py) counts the modules that are loaded after the start.
"""

import asyncio
import json
import sys

import sim_world

from firmware import app

_FIFO_BYTES = 128  # of the UART
_US_PER_BYTE = 87  # at 115,200 baud
_EVERY_MS = 2000
loading = sys.modules["loading"]


class Line:
    """The UART as the ESP32 port drives it: a write waits in C until the FIFO has all; no interrupt is served then."""

    def __init__(self, out):
        self._out = out
        self._empty_us = sim_world._us

    def write(self, data):
        now_us = sim_world._us
        queued_us = max(0, sim_world.ticks_diff(self._empty_us, now_us)) + len(data) * _US_PER_BYTE
        self._empty_us = sim_world.ticks_add(now_us, queued_us)
        sim_world.busy(queued_us - _FIFO_BYTES * _US_PER_BYTE)
        return self._out.write(data)


async def write_figures():
    started = loading.modules
    while True:
        with open("figures.json", "w") as file:
            json.dump({"modules": loading.modules - started}, file)
        await asyncio.sleep_ms(_EVERY_MS)


async def main():
    built = app.start()
    built.link.out = Line(built.link.out)
    asyncio.create_task(write_figures())  # noqa: RUF006  MicroPython's loop keeps its tasks
    await built.run()


asyncio.run(main())
