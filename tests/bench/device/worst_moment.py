"""Lets the app live through its worst moment, and reads the least heap that is free meanwhile.

It is loaded before the app, so that its own share of the heap can be left out; main.py runs `main`. A script presses
buttons until a countdown runs and the menu is open. Then the frames in requests.txt come in, one after the other,
through the app's own session, while a task collects the garbage and reads the heap at every turn of the loop, so that
buffers count that live within one request only. At an empty line, the script opens the menu again. Writes figures.json.
"""

import asyncio
import gc
import json
import sys
from array import array

_TURNS = 50
_STEPS = 64
_MENU = SCREEN_MENU  # noqa: F821  the laptop writes the number in: the compiled app has no names of constants
_RUNNING = COUNTDOWN_RUNNING  # noqa: F821  put in by the caller

least = array("i", [1 << 29] * _STEPS)  # free bytes: before the first request, during each of them, and afterwards
errors = []


class Out:
    """The serial line's sending side. Keeps the answers that are errors."""

    step = 0
    is_waiting = True  # for the script

    def write(self, data):
        if b" error " in bytes(data[:12]):
            errors.append(bytes(data).decode())
        return len(data)


out = Out()


def is_worst(state):
    return state.screen == _MENU and state.countdown.state == _RUNNING


async def watch_heap():
    while True:
        for _ in range(1 if out.is_waiting else _TURNS):
            gc.collect()
            least[out.step] = min(least[out.step], gc.mem_free())
            await asyncio.sleep_ms(0)
        await asyncio.sleep_ms(2 if out.is_waiting else 1)  # virtual time passes only while all tasks wait


async def work(built):
    session = built.link._session
    state = built.context.state
    while not is_worst(state):
        await asyncio.sleep_ms(20)
    watcher = asyncio.create_task(watch_heap())
    await asyncio.sleep_ms(500)
    with open("requests.txt", "rb") as file:
        while True:
            line = file.readline()
            if not line:
                break
            out.step += 1
            if line == b"\n":
                while not is_worst(state):
                    await asyncio.sleep_ms(20)
            else:
                out.is_waiting = False
                await asyncio.sleep_ms(3)  # until the heap is watched closely
                assert await session.serve(memoryview(line))
                out.is_waiting = True
            await asyncio.sleep_ms(10)
    watcher.cancel()
    found = {"least": list(least[: out.step + 1]), "errors": errors, "script": sys.modules["script_bytes"]}
    found["talks"] = built.controller.talks.schedule.count
    with open("figures.json", "w") as file:
        json.dump(found, file)


async def main():
    from firmware import app

    built = app.start()
    built.link.out = out
    asyncio.create_task(work(built))  # noqa: RUF006  MicroPython's loop keeps its tasks
    await built.run()


sys.modules["worst_moment"] = main
