"""The chip between a button's contact and the firmware: when interrupts are served, and what they can read.

It runs the device's own driver (firmware/drivers/buttons.py) on CPython. The few names of MicroPython that the driver
needs are modelled here: a clock that the test moves, and the queue that pin interrupts and scheduled calls share.
"""

import asyncio
import importlib.util
import sys
import types
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.core.buttons import PRESS
from firmware.core.clock import Clock

QUEUE = 8  # MICROPY_SCHEDULER_DEPTH of the ESP32 port
DRIVER = Path(__file__).parents[2] / "firmware" / "drivers" / "buttons.py"


class _Flag:
    """MicroPython's ThreadSafeFlag, as the chip looks at it."""

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        self.is_set = True


class Pin:
    """A pin: its level is read when somebody asks, not when it changed."""

    IRQ_FALLING = 2
    IRQ_RISING = 1

    def __init__(self, level: int = 1) -> None:
        self.level = level
        self.handler: Callable[[Pin], None]

    def value(self) -> int:
        return self.level

    def irq(self, handler: Callable[["Pin"], None], trigger: int) -> None:
        assert trigger == self.IRQ_FALLING | self.IRQ_RISING
        self.handler = handler


class Chip:
    """One button on the device's driver. `reported` holds (event, stamp in ms) as the driver's user gets them."""

    def __init__(self, level: int = 1, now_us: int = 1_000_000) -> None:
        self.now_us = now_us
        self.queue: deque[Callable[[], None]] = deque()
        self.dropped = 0
        self.reported: list[tuple[int, int]] = []
        _current[0] = self
        self.pin = Pin(level)
        self.buttons = _driver.Buttons([self.pin])
        self.buttons._clock = Clock(self.now_us // 1000 & 0x3FFFFFFF)  # what `run` begins with
        self.buttons._clock._boot_ms = self.now_us // 1000
        self.buttons._handle = lambda _index, event, ms: self.reported.append((event, ms))

    @property
    def presses(self) -> int:
        """How many presses have been reported."""
        return sum(event == PRESS for event, _ in self.reported)

    @property
    def is_woken(self) -> bool:
        """Whether an interrupt wants the driver's task to run."""
        return bool(self.buttons._flag.is_set)

    def enter(self, call: Callable[[], None]) -> bool:
        """Put a call into the queue; return whether there was room."""
        if len(self.queue) == QUEUE:
            return False
        self.queue.append(call)
        return True

    def schedule(self, call: Callable[[], None]) -> bool:
        """Put a call of the driver's into the queue; return whether there was room."""
        return self.enter(call)

    def edge(self, level: int) -> None:
        """Change the level: the hardware notes an interrupt, which is lost where the queue is full."""
        self.pin.level = level
        if not self.enter(self.serve):
            self.dropped += 1

    def serve(self) -> None:
        """Serve one interrupt of the pin."""
        self.pin.handler(self.pin)

    def serve_next(self) -> None:
        """Serve what has waited longest."""
        self.queue.popleft()()

    def poll(self) -> int:
        """Give the driver's task a turn. Return the milliseconds until it wants another one, or -1."""
        self.buttons._flag.is_set = False
        self.buttons.drain()
        return int(self.buttons.poll())


_current: list[Chip] = []


def _ticks_ms() -> int:
    return _current[0].now_us // 1000 & 0x3FFFFFFF


def _ticks_diff(end: int, start: int) -> int:
    return (end - start + 0x20000000 & 0x3FFFFFFF) - 0x20000000


def _ticks_add(ticks: int, ms: int) -> int:
    return ticks + ms & 0x3FFFFFFF


def _schedule(call: Callable[[int], None], argument: int) -> None:
    if not _current[0].schedule(lambda: call(argument)):
        raise RuntimeError("schedule queue full")


def _load_driver() -> Any:
    """Return firmware.drivers.buttons with MicroPython's modules modelled."""
    models = {
        "micropython": types.SimpleNamespace(const=lambda value: value, schedule=_schedule),
        "time": types.SimpleNamespace(ticks_ms=_ticks_ms, ticks_diff=_ticks_diff, ticks_add=_ticks_add),
        "asyncio": types.SimpleNamespace(ThreadSafeFlag=_Flag, sleep_ms=asyncio.sleep),
    }
    spec = importlib.util.spec_from_file_location("buttons_driver", DRIVER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    kept = {name: sys.modules.get(name) for name in models}
    sys.modules.update(models)  # type: ignore[arg-type]
    try:
        spec.loader.exec_module(module)
    finally:
        for name, before in kept.items():
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
    return module


_current.append(None)  # type: ignore[arg-type]
_driver = _load_driver()
