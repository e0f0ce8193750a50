"""MicroPython's `asyncio`, as much of it as the firmware uses, on a loop that the page steps."""

from .core import CancelledError, ThreadSafeFlag, create_task, current_task, run, sleep_ms  # noqa: F401
