"""asyncio's Task and TaskQueue on virtual time.

MicroPython's built-in ones take "now" from the machine that the unix port runs on (extmod/modasyncio.c, ticks). These
do the same with the virtual clock; start.py puts this module in their place.
"""

from time import ticks_diff, ticks_ms


class TaskQueue:
    """Tasks in the order of their `ph_key`, equal ones in the order of their coming."""

    def __init__(self):
        self._first = None

    def peek(self):
        """Return the task that is due first, or None."""
        return self._first

    def push(self, task, key=None):
        """Add a task that is due at `key` (ticks), or now."""
        task.data = None
        if key is None:
            key = ticks_ms()
        task.ph_key = key
        before = None
        after = self._first
        while after is not None and ticks_diff(after.ph_key, key) <= 0:
            before = after
            after = after.following
        task.following = after
        if before is None:
            self._first = task
        else:
            before.following = task

    def pop(self):
        """Remove the task that is due first, and return it."""
        task = self._first
        if task is None:
            raise IndexError("empty heap")
        self._first = task.following
        task.following = None
        return task

    def remove(self, task):
        """Remove a task that is in the queue."""
        if self._first is task:
            self._first = task.following
        else:
            before = self._first
            while before is not None and before.following is not task:
                before = before.following
            if before is not None:
                before.following = task.following
        task.following = None


_context = None  # asyncio.core's globals


class Task:
    """A coroutine that the loop runs. `state`: True running, a TaskQueue of those who wait, None or False when done."""

    def __init__(self, coro, context=None):
        global _context
        self.coro = coro
        self.data = None
        self.state = True
        self.ph_key = 0
        self.following = None
        if context is not None:
            _context = context

    def __iter__(self):
        if not self.state:
            self.state = False  # its end has been seen
        elif self.state is True:
            self.state = TaskQueue()
        elif type(self.state) is not TaskQueue:
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
        """Have CancelledError raised in the task, or in the one that it waits for; return False if it has ended."""
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
