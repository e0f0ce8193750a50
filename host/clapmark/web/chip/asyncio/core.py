"""The loop: the order of events is that of extmod/asyncio/core.py of MicroPython 1.23 to 1.29.

In a page nothing can block, so `run` leaves the program by raising Suspended, and `loop` is a generator: it yields
wherever the chip waits for time that has not come yet, and is continued by web_start.step.
"""

import io
import select
from select import Task, TaskQueue

from micropython import const
from sim_world import ask, ticks_add, ticks_diff, wait
from sim_world import ticks_ms as ticks

_IDLE = const(0x5A)  # Z: word: us that the loop wants to wait; answer: how many of them may pass now
_STREAM_POLL = const(3)
_LONGEST_US = const(500_000_000)

cur_task = None
main_task = None


class CancelledError(BaseException):
    """Raised in a task that is cancelled."""


class Suspended(BaseException):
    """Leaves the program from inside `run`; `loop` continues with its tasks."""


class _Sleep:
    """What sleep_ms returns: one for all, because a task uses it at once."""

    def __init__(self):
        self.at = None
        self._end = StopIteration()

    def __iter__(self):
        return self

    def __next__(self):
        if self.at is None:
            self._end.__traceback__ = None
            raise self._end
        _task_queue.push(cur_task, self.at)
        self.at = None


_sleep = _Sleep()


def sleep_ms(ms):
    """Await the result: returns after `ms`."""
    _sleep.at = ticks_add(ticks(), max(0, ms))
    return _sleep


class IOQueue:
    """The tasks that wait for a stream to be readable."""

    def __init__(self):
        self.poller = select.poll()
        self._waiting = {}  # id of the stream to [task, stream]

    def queue_read(self, stream):
        """Let the current task wait until `stream` is readable."""
        self._waiting[id(stream)] = [cur_task, stream]
        self.poller.register(stream, select.POLLIN)
        cur_task.data = self

    def remove(self, task):
        """Forget a task that is cancelled."""
        for key in list(self._waiting):
            waiting, stream = self._waiting[key]
            if waiting is task:
                del self._waiting[key]
                self.poller.unregister(stream)

    def wake(self):
        """Queue the tasks whose streams are readable; return whether there were any."""
        found = self.poller.ipoll(0)
        for stream, _ in list(found):
            task, _ = self._waiting.pop(id(stream))
            _task_queue.push(task)
            self.poller.unregister(stream)
        return bool(found)


class ThreadSafeFlag(io.IOBase):
    """A flag that an interrupt handler sets and one task waits for."""

    def __init__(self):
        self._is_set = 0

    def ioctl(self, request, flags):
        """Answer select.poll."""
        return self._is_set * flags if request == _STREAM_POLL else -1

    def set(self):
        """Let the task that waits go on."""
        self._is_set = 1

    def clear(self):
        """Withdraw a `set` that nobody has waited for."""
        self._is_set = 0

    async def wait(self):
        """Return once the flag is set, and clear it."""
        if not self._is_set:
            yield _io_queue.queue_read(self)
        self._is_set = 0


def create_task(coroutine):
    """Start a coroutine; return its Task."""
    task = Task(coroutine, globals())
    _task_queue.push(task)
    return task


def current_task():
    """Return the task that runs. Raises RuntimeError outside of one."""
    if cur_task is None:
        raise RuntimeError("no running event loop")
    return cur_task


def run(coroutine):
    """Make `coroutine` the main task, and leave the program: `loop` runs it."""
    global main_task
    main_task = create_task(coroutine)
    raise Suspended


def loop():
    """Run the tasks until the main one ends; yield wherever the time has to come first.

    Returns what the main task returns, as the value of StopIteration. Raises its exception.
    """
    global cur_task
    while True:
        wait_ms = 1
        while wait_ms > 0:
            task = _task_queue.peek()
            wait_ms = max(0, ticks_diff(task.ph_key, ticks())) if task else -1
            left_us = 0
            if not _io_queue.wake() and wait_ms:
                left_us = wait_ms * 1000 if 0 < wait_ms < _LONGEST_US // 1000 else _LONGEST_US
            while left_us > 0:
                allowed_us = ask(_IDLE, 0, left_us)
                if allowed_us:
                    left_us -= wait(allowed_us)
                else:
                    yield
                if left_us > 0 and _io_queue.wake():
                    break
        if not _task_queue.peek():
            continue
        cur_task = task = _task_queue.pop()
        try:
            error = task.data
            if error:
                task.data = None
                task.coro.throw(error)
            else:
                task.coro.send(None)
        except (CancelledError, Exception) as error:
            if task is main_task:
                cur_task = None
                if isinstance(error, StopIteration):
                    return error.value
                raise
            _end(task, error)


def _end(task, error):
    if not task.state:
        return
    if isinstance(task.state, TaskQueue):
        while task.state.peek():
            _task_queue.push(task.state.pop())
        task.state = False
    else:
        task.state = None
        if not isinstance(error, (CancelledError, StopIteration)):
            import sys

            sys.print_exception(error)
    task.data = error


_task_queue = TaskQueue()
_io_queue = IOQueue()
