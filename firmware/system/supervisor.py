"""Keeps the tasks running: restarts with a growing delay, the watchdog, and a reset where restarts do not help.

docs/reliability.md, "Recovery", has the policy; the decisions are in firmware.core.recovery.
"""

import asyncio
import sys

from firmware.core.portable import const
from firmware.core.recovery import GIVE_UP, Restarts

_CHECK_MS = const(2000)
WATCHDOG_MS = const(20_000)
_REPORT_AFTER = const(4)  # checks without a sign of life; the watchdog bites later
_FIVE_MINUTES_MS = const(300_000)
_ONE_MINUTE_MS = const(60_000)


class _Task:
    """A task, or other work, that is tried again when it fails. Marking stands still without an essential one."""

    def __init__(self, name, part, is_essential):
        self.name = name
        self.part = part
        self.is_essential = is_essential
        self.is_waiting = False  # for its restart
        self.restarts: Restarts = None  # once it has failed


class Supervisor:
    """Supervises the tasks that `start` starts.

    A part has `is_alive()`: whether its task has ended a good turn since the last call, or waits for something from
    outside.

    Args:
        report: `report(name, error)` shows and records a fault.
        reset: `reset(reason, is_urgent)` resets the chip; if it is not urgent it may return and is called again.
        watchdog: Has `feed()`.
        uptime_ms: Returns the milliseconds since boot.

    """

    def __init__(self, report, reset, watchdog, uptime_ms):
        self._report = report
        self._reset = reset
        self._watchdog = watchdog
        self._now_ms = uptime_ms
        self._tasks: list = []
        self._silent = 0  # checks in a row
        self._failed_ms = -_FIVE_MINUTES_MS  # when a task has failed last
        self._reset_reason = ""
        self._is_urgent = False

    def start(self, name, run, part=None, is_essential=False):
        """Start a task: `run()` returns its coroutine; `part` reports whether it is alive, each part for one task."""
        task = self.add(name, part, is_essential)
        asyncio.create_task(self._guard(task, run))  # noqa: RUF006  MicroPython's loop keeps its tasks

    def add(self, name, part=None, is_essential=False):
        """Supervise work that runs elsewhere; return what `failed` takes."""
        task = _Task(name, part, is_essential)
        self._tasks.append(task)
        return task

    def failed(self, task, error):
        """Report a fault; return after how many milliseconds to try again."""
        if not task.restarts:
            task.restarts = Restarts(5, _ONE_MINUTE_MS) if task.is_essential else Restarts(8, _FIVE_MINUTES_MS)
        self._failed_ms = self._now_ms()
        wait_ms = task.restarts.failed(self._failed_ms)
        try:
            self._report(task.name, error)
        except Exception as other:  # noqa: BLE001  a report that fails must not end the task for good
            sys.print_exception(other)
        if wait_ms != GIVE_UP:
            return wait_ms
        self._reset_reason = "%s: %s %s" % (task.name, type(error).__name__, error)
        self._is_urgent = self._is_urgent or task.is_essential
        return _ONE_MINUTE_MS

    def is_healthy(self):
        """Return whether nothing has failed for some minutes."""
        return not self._silent and self._now_ms() - self._failed_ms >= _FIVE_MINUTES_MS

    async def watch(self, idle_work):
        """Every two seconds, ask the parts, feed the watchdog if all are alive, and call `idle_work()`."""
        idle = self.add("idle")
        idle_ms = 0
        while True:
            await asyncio.sleep_ms(_CHECK_MS)
            silent = self._silent_part()
            if silent is None:
                self._silent = 0
                self._watchdog.feed()
            else:
                self._silent += 1
                if self._silent == _REPORT_AFTER:
                    self._report("watchdog", RuntimeError("no sign of " + silent.name))
            if self._now_ms() >= idle_ms:
                try:
                    idle_work()
                except Exception as error:  # noqa: BLE001  as in _guard
                    idle_ms = self._now_ms() + self.failed(idle, error)
            if self._reset_reason:
                self._reset(self._reset_reason, self._is_urgent)

    def _silent_part(self):
        """Return a part that has not reported that it is alive, or None. A task that waits for its restart may not."""
        silent = None
        for task in self._tasks:
            if task.part is not None and not task.part.is_alive() and not task.is_waiting:
                silent = task
        return silent

    async def _guard(self, task, run):
        while True:
            try:
                await run()
                return  # the link's, when a laptop asks for the prompt: else this would turn without a pause
            except Exception as error:  # noqa: BLE001  the one place that must survive every error
                wait_ms = self.failed(task, error)
            task.is_waiting = True
            await asyncio.sleep_ms(wait_ms)
            task.is_waiting = False
