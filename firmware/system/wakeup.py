"""A sleep that can be ended early, without a task or an allocation for the timeout."""

import asyncio
from asyncio import core  # type: ignore[attr-defined]  # the stubs leave it out
from time import ticks_diff, ticks_ms


class Wakeup:
    """Lets one task sleep until a time or until somebody calls `wake`, whichever is first.

    The task that uses it must sleep through it alone, at the end of each good turn: that is its sign of life for the
    supervisor. `wake` is for other tasks, not for interrupt handlers.
    """

    def __init__(self):
        self._task = None
        self._wanted = False
        self._had_turn = True

    def is_alive(self):
        """Return whether the task has ended a good turn since the last call."""
        had_turn = self._had_turn
        self._had_turn = False
        return had_turn

    def sleep_ms(self, ms):
        """Await the result: returns after `ms`, or at once if `wake` was called since the last sleep."""
        self._had_turn = True
        self._task = asyncio.current_task()
        if self._wanted:
            self._wanted = False
            ms = 0
        return asyncio.sleep_ms(ms)

    def wake(self):
        """End the sleep now, or make the next one end at once."""
        task = self._task
        if task is not None and task is not asyncio.current_task() and ticks_diff(task.ph_key, ticks_ms()) > 0:
            # what Task.cancel does to bring a sleeping task forward (MicroPython 1.23 to 1.29), without the exception
            core._task_queue.remove(task)
            core._task_queue.push(task)
        else:
            self._wanted = True
