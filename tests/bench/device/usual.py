# ruff: noqa: UP031, PLW0603, RUF006  this runs on MicroPython
"""Stands in for main.py: the usual way. Polls the button every 50 ms, appends to a file, redraws the whole screen."""

import asyncio
import json
import os
import time

from esp32 import Partition
from machine import Pin

from firmware import boards
from firmware.ui.canvas import Canvas

_POLL_MS = 50


class Counted:
    """The partition under LittleFS, with its operations counted."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.programs = self.erases = 0

    def readblocks(self, block, buffer, offset=0):
        return self.blocks.readblocks(block, buffer, offset)

    def writeblocks(self, block, buffer, offset=0):
        self.programs += 1
        return self.blocks.writeblocks(block, buffer, offset)

    def ioctl(self, kind, block):
        if kind == 6:
            self.erases += 1
        return self.blocks.ioctl(kind, block)


board = boards.load()
canvas = Canvas(board.panel)
board.panel.init(canvas.frame)
flash = Counted(Partition.find(0x40, label="journal")[0])
os.VfsLfs2.mkfs(flash)
os.mount(os.VfsLfs2(flash), "/flash")
flash.programs = flash.erases = 0
pin = Pin(35, Pin.IN)
longest_ms = 0
presses = 0


async def poll():
    global longest_ms, presses
    was_down = False
    while True:
        is_down = not pin.value()
        if is_down and not was_down:
            began = time.ticks_ms()
            with open("/flash/log.txt", "a") as file:
                file.write("%d bookmark tag=note\n" % began)
            presses += 1
            longest_ms = max(longest_ms, time.ticks_diff(time.ticks_ms(), began))
            with open("stamps.txt", "a") as file:
                file.write("%d\n" % began)
            found = {"programs": flash.programs / presses, "erases": flash.erases / presses, "longest_ms": longest_ms}
            with open("figures.json", "w") as file:
                json.dump(found, file)
        was_down = is_down
        await asyncio.sleep_ms(_POLL_MS)


async def redraw():
    while True:
        canvas.frame.fill(0)
        board.panel.show(canvas.frame, 0, 0, canvas.width, canvas.height)
        await asyncio.sleep_ms(1000)


async def run():
    asyncio.create_task(redraw())
    await poll()


asyncio.run(run())
