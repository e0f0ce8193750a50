"""Runs on MicroPython by itself, with its own asyncio: what it takes of the heap when a flag wakes a task."""

import asyncio
import gc

_WAKES = 100

flag = asyncio.ThreadSafeFlag()
wakes = 0


async def wait():
    global wakes  # noqa: PLW0603  no closure, no object: only asyncio's own is counted
    while True:
        await flag.wait()
        wakes += 1


async def measure():
    task = asyncio.create_task(wait())
    await asyncio.sleep_ms(20)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    count = 0
    while count < _WAKES:
        count += 1
        flag.set()
        while wakes < count:
            await asyncio.sleep_ms(1)
    print((gc.mem_alloc() - before) // _WAKES)
    task.cancel()


asyncio.run(measure())
