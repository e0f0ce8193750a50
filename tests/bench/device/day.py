# ruff: noqa: UP031  this runs on MicroPython
"""Stands in for main.py: runs the app, and writes down what it holds of the heap, every ten minutes."""

import asyncio
import gc

from firmware import app

_EVERY_MS = 600_000


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


asyncio.run(run(app.start()))
