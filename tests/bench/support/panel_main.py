"""Stands in for main.py in the virtual device: runs the app, and counts what its tasks send to the panel.

Leaves `figures.json`: bytes of a second of countdown, of a frame, of a refresh that draws everything, and for each task
the longest time that the bus was busy between two of its awaits, and that the chip waited for bus and flash, in
microseconds.
"""

import asyncio
import json
import time

import machine

from firmware import app
from firmware.system import supervisor

WATCHED_S = 320  # five minutes, and twenty seconds of overtime
REDRAWS = 20

bus = {"bytes": 0, "busy_us": 0}
turn = {"begin": time.ticks_us()}
longest_us = {}
longest_waits_us = {}  # the virtual chip's time passes while it waits for its hardware, and only then
names = {}


class CountingSPI(machine.SPI):
    def write(self, data):
        bus["bytes"] += len(data)
        bus["busy_us"] += len(data) * 8 * 1000 // 26_000  # 26 MHz
        super().write(data)


class CountingI2C(machine.I2C):
    def writeto(self, address, data):
        bus["bytes"] += 1 + len(data)
        bus["busy_us"] += (9 * (1 + len(data)) + 2) * 1000 // 400  # 400 kHz; each byte is acknowledged; start and stop
        return super().writeto(address, data)


machine.SPI = CountingSPI
machine.I2C = CountingI2C

usual_wait = asyncio.core._io_queue.wait_io_event
usual_guard = supervisor.Supervisor._guard


def wait_io_event(dt):
    """The loop comes by here before each turn of a task."""
    name = names.get(id(asyncio.core.cur_task), "idle work")
    longest_us[name] = max(longest_us.get(name, 0), bus["busy_us"])
    bus["busy_us"] = 0
    waited_us = time.ticks_diff(time.ticks_us(), turn["begin"])
    longest_waits_us[name] = max(longest_waits_us.get(name, 0), waited_us)
    usual_wait(dt)
    turn["begin"] = time.ticks_us()


async def guard(self, name, run):
    names[id(asyncio.current_task())] = name
    await usual_guard(self, name, run)


asyncio.core._io_queue.wait_io_event = wait_io_event
supervisor.Supervisor._guard = guard


async def observe(built):
    from firmware.core.countdown import RUNNING

    names[id(asyncio.current_task())] = "this measurement"
    while built.context.state.countdown.state != RUNNING:
        await asyncio.sleep_ms(50)
    before = bus["bytes"]
    await asyncio.sleep(WATCHED_S)
    figures = {"bytes_per_s": (bus["bytes"] - before) / WATCHED_S}
    canvas = built.display._canvas
    panel = built.context.board.panel
    # the canvas of a panel of one colour has the panel's own form, else a pixel is a number of 16 bits there
    figures["frame_bytes"] = len(canvas.buffer) if canvas._page_px > 1 else panel.width * panel.height * 2
    before = bus["bytes"]
    for _ in range(REDRAWS):
        canvas.shown[0] = ...  # forget its content
        built.display.refresh(built.context.state)
        await asyncio.sleep_ms(0)
    figures["redraw_bytes"] = (bus["bytes"] - before) / REDRAWS
    await asyncio.sleep(20)
    figures["longest_us"] = {name: us for name, us in longest_us.items() if name != "this measurement"}
    figures["longest_waits_us"] = longest_waits_us
    figures["redraw_us"] = longest_us["this measurement"]
    with open("figures.json", "w") as file:
        json.dump(figures, file)


async def main():
    built = app.start()
    bus["busy_us"] = 0  # nothing waits for what happens before the first task runs
    turn["begin"] = time.ticks_us()
    asyncio.create_task(observe(built))  # noqa: RUF006  MicroPython's loop keeps its tasks
    await built.run()


asyncio.run(main())
