"""The reader of records for device tests: the same on MicroPython and CPython, without the package `clapmark`."""

from tests.support.device import record_text as record

__all__ = ["record"]
