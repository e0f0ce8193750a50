"""A sleep that can be ended early: asyncio's own queue on the real MicroPython."""

import asyncio
from time import ticks_diff, ticks_ms

from firmware.system.wakeup import Wakeup


def elapsed_ms(sleep_ms, wake_after_ms):
    async def sleeper(wakeup):
        began = ticks_ms()
        await wakeup.sleep_ms(sleep_ms)
        return ticks_diff(ticks_ms(), began)

    async def main():
        wakeup = Wakeup()
        if wake_after_ms == 0:
            wakeup.wake()
        task = asyncio.create_task(sleeper(wakeup))
        if wake_after_ms > 0:
            await asyncio.sleep_ms(wake_after_ms)
            wakeup.wake()
        return await task

    return asyncio.run(main())


def test_an_untouched_sleep_lasts_its_time():
    assert 50 <= elapsed_ms(50, -1) < 200


def test_wake_ends_the_sleep_early():
    assert elapsed_ms(5000, 20) < 1000


def test_a_wake_before_the_sleep_is_not_lost():
    assert elapsed_ms(5000, 0) < 1000


def test_many_wakes_of_one_sleep_are_one():
    async def main():
        wakeup = Wakeup()
        turns = []

        async def sleeper():
            while True:
                await wakeup.sleep_ms(10_000)
                turns.append(1)

        task = asyncio.create_task(sleeper())
        await asyncio.sleep_ms(0)
        for _ in range(3):
            wakeup.wake()
        await asyncio.sleep_ms(20)
        first = len(turns)
        task.cancel()
        return first

    # the first wake brings the task forward, the others leave one more turn at most
    assert asyncio.run(main()) in (1, 2)


def test_a_task_that_wakes_itself_goes_round_once_more():
    async def main():
        wakeup = Wakeup()
        await wakeup.sleep_ms(0)
        wakeup.wake()
        began = ticks_ms()
        await wakeup.sleep_ms(5000)
        return ticks_diff(ticks_ms(), began)

    assert asyncio.run(main()) < 1000


def test_only_a_turn_that_ended_in_a_sleep_is_a_sign_of_life():
    async def main():
        wakeup = Wakeup()

        async def good():
            while True:
                await wakeup.sleep_ms(10)

        async def bad():
            await wakeup.sleep_ms(0)
            await asyncio.sleep_ms(1 << 20)  # hangs in its second turn

        task = asyncio.create_task(good())
        await asyncio.sleep_ms(50)
        signs = [wakeup.is_alive()]
        await asyncio.sleep_ms(50)
        signs.append(wakeup.is_alive())
        task.cancel()
        task = asyncio.create_task(bad())
        await asyncio.sleep_ms(50)
        wakeup.is_alive()
        for _ in range(3):
            wakeup.wake()
            await asyncio.sleep_ms(10)
        signs.append(wakeup.is_alive())
        task.cancel()
        return signs

    assert asyncio.run(main()) == [True, True, False]
