"""Runs in place of main.py: the app at its worst moment, and the least heap that is free meanwhile.

A script presses buttons until a countdown runs and the menu is open. Then the requests in requests.txt come in, one
after the other, through the app's own session, while a task collects the garbage and reads the heap at every turn of
the loop, so that buffers count that live within one request only. Writes figures.json.
"""

import asyncio
import gc
import json

from firmware import app
from firmware.core.lines.line import LineWriter

_TURNS = 50
_MENU = SCREEN_MENU  # noqa: F821  the laptop writes the number in: the compiled app has no names of constants
_RUNNING = COUNTDOWN_RUNNING  # noqa: F821

least = {}  # free bytes, by what went on
doing = ["boot"]


class Out:
    """The serial line's sending side. Keeps whether the last answer was an error."""

    def __init__(self):
        self.errors = []

    def write(self, data):
        if b" error " in bytes(data[:12]):
            self.errors.append(doing[0] + ": " + bytes(data).decode())
        return len(data)


def is_worst(state):
    return state.screen == _MENU and state.countdown.state == _RUNNING


async def watch_heap():
    while True:
        for _ in range(_TURNS):
            gc.collect()
            least[doing[0]] = min(least.get(doing[0], 1 << 30), gc.mem_free())
            await asyncio.sleep_ms(0)
        await asyncio.sleep_ms(1)  # virtual time passes only while all tasks wait


async def work(built, out):
    session = built.link._session
    writer = LineWriter(256)
    state = built.context.state
    while not is_worst(state):
        await asyncio.sleep_ms(20)
    watcher = asyncio.create_task(watch_heap())
    doing[0] = "menu, countdown"
    await asyncio.sleep_ms(500)
    with open("requests.txt", "rb") as file:
        while True:
            line = file.readline().strip()
            if not line:
                break
            doing[0] = line.decode()[:40]
            writer.clear()
            writer.raw(b"?1 ")
            writer.raw(line)
            assert await session.serve(memoryview(writer.line)[: writer.seal()])
            await asyncio.sleep_ms(10)
    doing[0] = "afterwards"
    await asyncio.sleep_ms(50)
    watcher.cancel()
    assert is_worst(state) and session._upload, "it was not the worst"
    with open("figures.json", "w") as file:
        json.dump({"least": least, "errors": out.errors, "talks": built.controller.talks.schedule.count}, file)


async def main():
    built = app.start()
    out = built.link.out = Out()
    asyncio.create_task(work(built, out))  # noqa: RUF006  MicroPython's loop keeps its tasks
    await built.run()


asyncio.run(main())
