"""Runs in place of main.py: the app, and how many modules it loads in each part of a script. Writes figures.json.

The laptop in sys.modules["laptop"] (app_figures.BEFORE) counts them; it syncs in the middle of the part SYNC_PART.
"""

import asyncio
import json
import sys

from firmware import app

_PARTS = PARTS  # noqa: F821  name, seconds since the start to its end; the laptop writes them in
laptop = sys.modules.pop("laptop")
figures = {}


async def count(built):
    for name, until_s in _PARTS:
        before = laptop.imports
        if name == "sync":
            await laptop.sync(built.link, built.context.journal)
        while built.context.uptime_ms() < until_s * 1000:
            await asyncio.sleep_ms(20)
        figures[name] = laptop.imports - before
    with open("figures.json", "w") as file:
        json.dump(figures, file)


async def main():
    built = app.start()
    asyncio.create_task(count(built))  # noqa: RUF006  MicroPython's loop keeps its tasks
    await built.run()


asyncio.run(main())
