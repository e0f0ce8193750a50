"""What asyncio rests upon, on virtual time: `select.poll`, Task and TaskQueue. This is `select` and `_asyncio`.

The unix port's own poll sleeps a real millisecond at every look as soon as it watches an object that is no descriptor
(extmod/modselect.c, MICROPY_PY_SELECT_IOCTL_CALL_PERIOD_MS), so it gets the descriptors only. The tasks of the unix
port take "now" from the machine that it runs on (extmod/modasyncio.c, ticks); these do the same with the virtual clock.
"""

import uselect
from micropython import const
from sim_world import look, ticks_diff, ticks_ms, wait
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT  # noqa: F401  the module's interface

_LONGEST_US = const(500_000_000)
_IOCTL_POLL = const(3)


class poll:  # noqa: N801  MicroPython's name
    """As MicroPython's: streams may be descriptors (the serial line) or objects with `ioctl` (asyncio's flags)."""

    def __init__(self):
        self._entries = []  # [stream, events that are ready]
        self._masks = []  # of each, or the unix port's poll that watches a descriptor
        self._found = []

    def register(self, stream, mask=POLLIN | POLLOUT):
        """Watch `stream` for the events in `mask`, which may be others than before; for none, watch it no longer."""
        if mask and hasattr(stream, "fileno"):
            watch = uselect.poll()
            watch.register(stream, mask)
            mask = watch
        for place in range(len(self._entries)):
            if self._entries[place][0] is stream:
                if mask:
                    self._masks[place] = mask
                else:
                    self._entries.pop(place)
                    self._masks.pop(place)
                return
        if mask:
            self._entries.append([stream, 0])
            self._masks.append(mask)

    modify = register

    def unregister(self, stream):
        """Watch `stream` no longer."""
        self.register(stream, 0)

    def ipoll(self, timeout_ms=-1):
        """Return the [stream, events] as soon as there are some, or nothing after `timeout_ms`; one list serves all."""
        look()
        while not self._find() and timeout_ms:
            left_us = _LONGEST_US
            if 0 <= timeout_ms < _LONGEST_US // 1000:
                left_us = timeout_ms * 1000
                timeout_ms = 0
            elif timeout_ms > 0:
                timeout_ms -= _LONGEST_US // 1000
            while left_us > 0:  # at a pace, more may pass than was asked for
                left_us -= wait(left_us)
                if left_us > 0 and self._find():
                    return self._found
        return self._found

    poll = ipoll

    def _find(self):
        found = self._found
        while found:
            found.pop()  # clear() asks the heap for a smaller piece, even if it need not
        for place in range(len(self._masks)):  # enumerate would allocate a tuple for each
            entry = self._entries[place]
            mask = self._masks[place]
            if isinstance(mask, int):
                entry[1] = entry[0].ioctl(_IOCTL_POLL, mask)
            else:
                entry[1] = 0
                for _, entry[1] in mask.ipoll(0):
                    pass
            if entry[1]:
                found.append(entry)
        return found


class TaskQueue:
    """Tasks in the order of their `ph_key`, equal ones in the order of their coming, chained by `following`."""

    following = None

    def peek(self):
        """Return the task that is due first, or None."""
        return self.following

    def push(self, task, key=None):
        """Add a task that is due at `key` (ticks), or now."""
        task.data = None
        if key is None:
            key = ticks_ms()
        task.ph_key = key
        before = self
        while before.following and ticks_diff(before.following.ph_key, key) <= 0:
            before = before.following
        task.following = before.following
        before.following = task

    def pop(self):
        """Remove the task that is due first, and return it."""
        task = self.following
        self.remove(task)
        return task

    def remove(self, task):
        """Remove a task that is in the queue."""
        before = self
        while before.following is not task:
            before = before.following
        before.following = task.following


class Task:
    """A coroutine that the loop runs. `state`: True running, a TaskQueue of those who wait, None or False when done."""

    def __init__(self, coro, context=None):
        global _context
        self.coro = coro
        self.data = None
        self.state = True
        if context:
            _context = context  # asyncio.core's globals

    def __iter__(self):
        if not self.state:
            self.state = False  # its end has been seen
        elif self.state is True:
            self.state = TaskQueue()
        elif not isinstance(self.state, TaskQueue):
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        task = _context["cur_task"]
        self.state.push(task)
        task.data = self

    def done(self):
        """Return whether the coroutine has ended."""
        return not self.state

    def cancel(self):
        """Raise CancelledError in the task, or in the one that it waits for; return False if it has ended."""
        if not self.state:
            return False
        if self is _context["cur_task"]:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        queue = _context["_task_queue"]
        if hasattr(task.data, "remove"):  # it waits for an event, a lock or a stream
            task.data.remove(task)
            queue.push(task)
        elif ticks_diff(task.ph_key, ticks_ms()) > 0:
            queue.remove(task)
            queue.push(task)
        task.data = _context["CancelledError"]
        return True
