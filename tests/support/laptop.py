"""The laptop's reader of records, for device tests that run on MicroPython: it has no package `clapmark`."""

import sys

if sys.implementation.name == "micropython":
    sys.path.append("host/clapmark/archive")
    import record
else:
    from clapmark.archive import record

__all__ = ["record"]
