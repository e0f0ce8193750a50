"""Stands in for main.py: measures what a press, a tick and a turn in idle take of the heap, and what goes into flash.

The chip's clock is set, and a talk runs. The app runs from its sources, whose names are not shortened. Writes
figures.json.
"""

import gc
import json
import time

from machine import RTC
from micropython import heap_lock, heap_unlock

from firmware import app
from firmware.core import state
from firmware.system import module_unloader

_PRESSES = 50
_LOOKS = 20
_TICKS = 200  # of a countdown of 300 s: at 240 s it writes a record


class Counted:
    """The journal's block device, with its operations counted."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.programs = self.erases = self.most_bytes = 0

    def readblocks(self, block, buffer, offset=0):
        return self.blocks.readblocks(block, buffer, offset)

    def writeblocks(self, block, buffer, offset=None):
        self.programs += 1
        self.most_bytes = max(self.most_bytes, len(buffer))
        return self.blocks.writeblocks(block, buffer, offset)

    def ioctl(self, kind, block):
        if kind == 6:
            self.erases += 1
        return self.blocks.ioctl(kind, block)


def tick(built):
    """Do what the screen task does in one turn."""
    wait_ms = built.controller.tick(built.context.uptime_ms())
    built.display.refresh(built.context.state)
    return wait_ms


def ticks_without_heap(built, count):
    """Return how many of `count` turns of the screen task needed the heap, while it is locked.

    Turns in which the talk is looked up in the schedule's file, every five seconds, are left out.
    """
    talks = built.controller.talks
    failed = 0
    while count:
        if is_look_due(built, talks):
            wait_ms = tick(built)
        else:
            count -= 1
            heap_lock()
            try:
                wait_ms = tick(built)
            except MemoryError:
                failed += 1
                wait_ms = 1000
            finally:
                heap_unlock()
        time.sleep_ms(wait_ms)
    return failed


def is_look_due(built, talks):
    return built.controller.home == state.NOTE and built.context.uptime_ms() >= talks._next_look_ms


def bytes_of(work):
    """Return what the heap grew by while `work()` ran."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    work()
    grown = gc.mem_alloc() - before
    gc.enable()
    return grown


def measure():
    built = app.start()
    module_unloader.sweep()
    buttons = built.context.board.buttons
    buttons._clock = built.context.clock
    buttons._handle = built.controller.handle
    contact = buttons.contacts[0]
    ring = built.context.journal.ring
    counted = ring.blocks = Counted(ring.blocks)
    nothing = bytes_of(lambda: None)

    def press():
        contact.on_edge(contact.pin)
        buttons.drain()

    def let_go():
        buttons._buttons[0].pressed = False
        time.sleep_ms(3500)
        tick(built)
        built.context.journal.prepare()

    built.controller.next_talk(built.context.uptime_ms())
    press()  # the first of a talk makes room for its count
    let_go()
    counted.programs = counted.most_bytes = erases = 0
    pressed = []
    for _ in range(_PRESSES):
        counted.erases = 0
        pressed.append(bytes_of(press) - nothing)
        erases += counted.erases
        assert built.context.state.flash == 1, "not saved"
        programs = counted.programs
        let_go()
        counted.programs = programs
    found = {
        "alloc.press_bytes": max(pressed),
        "flash.programs_per_bookmark": programs / _PRESSES,
        "flash.program_bytes": counted.most_bytes,
        "flash.erases_in_press_path": erases,
        "presses": _PRESSES,
    }
    talks = built.controller.talks
    looks = []
    for _ in range(_LOOKS):
        while not is_look_due(built, talks):
            time.sleep_ms(100)
        looks.append(bytes_of(lambda: tick(built)) - nothing)
    assert built.context.state.talk, "no talk runs"
    found["alloc.look_bytes"] = max(looks)
    found["alloc.idle_bytes"] = bytes_of(lambda: tick(built)) - nothing + ticks_without_heap(built, _TICKS)
    built.controller.show(1)
    built.controller.load_runner().go_on(built.context.uptime_ms())
    time.sleep_ms(500)
    tick(built)
    found["alloc.tick_bytes"] = bytes_of(lambda: tick(built)) - nothing + ticks_without_heap(built, _TICKS)
    with open("figures.json", "w") as file:
        json.dump(found, file)


RTC().datetime((2019, 5, 3, 4, 9, 0, 0, 0))
measure()
