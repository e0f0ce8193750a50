"""The few names that MicroPython has and CPython lacks, so that the core runs on both."""

try:
    from micropython import const
except ImportError:

    def const(value):  # type: ignore[misc]
        """Return `value`; on MicroPython the compiler folds the call away."""
        return value
