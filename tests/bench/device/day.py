# ruff: noqa: UP031  this runs on MicroPython
"""Stands in for main.py: sets the chip's clock, runs the app, and writes down what it holds of the heap now and then.

How often, the laptop writes in.
"""

import asyncio
import gc

from machine import RTC

from firmware import app

_EVERY_MS = EVERY_MS  # noqa: F821  put in by the caller


async def log():
    while True:
        await asyncio.sleep_ms(_EVERY_MS)
        gc.collect()
        with open("heap.txt", "a") as file:
            file.write("%d\n" % gc.mem_alloc())


async def run(built):
    task = asyncio.create_task(log())
    await built.run()
    task.cancel()


RTC().datetime((2019, 5, 3, 4, 9, 0, 0, 0))
asyncio.run(run(app.start()))
