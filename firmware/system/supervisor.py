"""Keeps the tasks running: one that dies is told and started anew, and the watchdog lives on a sign from each."""

import asyncio

from micropython import const

_RESTART_MS = const(1000)
_CHECK_MS = const(2000)
WATCHDOG_MS = const(20_000)
_TOLD_AFTER = const(4)  # checks without a sign, then it is written down, before the watchdog bites


class Supervisor:
    """`tell(name, error)` says on screen, journal and serial line what broke; `watchdog` has `feed()`.

    A part that runs tasks has `is_alive()`: whether all of them have had a turn since the last call (or wait for
    something from outside), which also asks them to have another one.
    """

    def __init__(self, tell, watchdog):
        self._tell = tell
        self._watchdog = watchdog
        self._silent = 0

    def start(self, name, run):
        """Start a task: `run()` returns its coroutine."""
        asyncio.create_task(self._guard(name, run))  # noqa: RUF006  MicroPython's loop keeps its tasks

    async def watch(self, parts, idle_work):
        """Every two seconds, ask the `parts`, feed the watchdog if all have answered, and do `idle_work()`."""
        while True:
            await asyncio.sleep_ms(_CHECK_MS)
            silent = None
            for part in parts:
                if not part.is_alive():
                    silent = part
            if silent is None:
                self._silent = 0
                self._watchdog.feed()
            else:
                self._silent += 1
                if self._silent == _TOLD_AFTER:
                    self._tell("watchdog", RuntimeError("no sign of %s" % type(silent).__name__))
            try:
                idle_work()
            except Exception as error:  # noqa: BLE001  as in _guard
                self._tell("idle", error)

    async def _guard(self, name, run):
        while True:
            try:
                await run()
                return  # the link's, when a laptop asks for the prompt: else this would turn without a pause
            except Exception as error:  # noqa: BLE001  the one place that must outlive whatever breaks
                self._tell(name, error)
                await asyncio.sleep_ms(_RESTART_MS)
