"""Moments, calculated once for all readers: a value is served while one reader at a time has it calculated again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")
_MOST = 20_000


@dataclass
class _Entry(Generic[Value]):
    value: Value | None = None
    until_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Cache(Generic[Value]):
    """Values by key that are `fresh_s` seconds old at most, or a little older while a new one is on the way."""

    def __init__(self, fresh_s: float) -> None:
        self._fresh_s = fresh_s
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of `key`; `make` calculates it, and what it raises is raised."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            if len(self._entries) > _MOST:
                self._entries.popitem(last=False)
        if entry.value is not None and time.monotonic() < entry.until_s:
            return entry.value
        if not entry.lock.acquire(blocking=entry.value is None):
            assert entry.value is not None  # noqa: S101  # nosec B101 # for the type checker: see `blocking`
            return entry.value  # somebody else calculates it
        try:
            if entry.value is None or time.monotonic() >= entry.until_s:
                entry.value = make()
                entry.until_s = time.monotonic() + self._fresh_s
            return entry.value
        finally:
            entry.lock.release()
