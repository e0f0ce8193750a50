"""The virtual device's time, with real MicroPython in it: sleeping costs nothing, and looking does not stop it."""

import time

import pytest

from clapmark.sim import EventKind
from tests.support.sim_run import Run


@pytest.mark.parametrize("bits", [32, 64])
def test_asyncio_sleeps_jump(tmp_path, bits) -> None:
    run = Run(
        tmp_path,
        """
import asyncio
async def tick(ms, count):
    for _ in range(count):
        await asyncio.sleep_ms(ms)
    say(ms, time.ticks_ms())
async def cancelled():
    task = asyncio.create_task(tick(1000, 99999))
    await asyncio.sleep(5)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("cancelled", time.ticks_ms())
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 2)
    except asyncio.TimeoutError:
        say("timeout", time.ticks_ms(), time.ticks_us(), time.ticks_add(0x3FFFFFFF, 2), time.ticks_diff(3, 0x3FFFFFFF))
asyncio.run(asyncio.gather(tick(50, 60000), tick(1000, 3000), cancelled()))
""",
        "4000 end",
        bits=bits,
    )
    began = time.monotonic()
    assert run.play() == 0
    assert time.monotonic() - began < 5
    assert run.said == ["cancelled 5500", "timeout 7500 7500000 1 4", "1000 3000500", "50 3000500"]


def test_a_device_that_is_behind_the_pace_goes_on(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import asyncio
async def naps():
    count = 0
    while time.ticks_ms() < 60_000:
        await asyncio.sleep_ms(1)
        count += 1
    say(count > 100)
asyncio.run(naps())
""",
        "70 end",
        speed=100.0,
    )
    assert run.play() == 0
    assert run.said == ["True"]


def test_a_slow_machine_is_no_watchdogs_bite(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import machine
dog = machine.WDT(timeout=1000)
for _ in range(5):
    for _ in range(100_000):
        pass
    time.sleep_ms(500)
    time.sleep_ms(1)
    dog.feed()
say(machine.reset_cause())
time.sleep(5)
""",
        "200 end",
        speed=1000.0,
    )
    assert run.play() == 0
    assert run.said[0] == "1", "it was fed in time, by the chip's own clock"
    assert EventKind.RESET in {event.kind for event in run.events}, "and bites when it is not fed"


def test_a_loop_that_only_looks_does_not_stop_the_time(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
while time.ticks_ms() < 100:
    pass
pin = Pin(0, Pin.IN, Pin.PULL_UP)
while pin.value():
    pass
say(time.ticks_ms() // 10)
""",
        "2 press B 1s\n4 end",
    )
    assert run.play() == 0
    assert run.said == ["200"]
