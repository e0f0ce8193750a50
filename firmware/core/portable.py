"""What MicroPython and CPython do differently, so that the core runs on both."""

from array import array

try:
    from micropython import const
except ImportError:

    def const(value):  # type: ignore[misc]
        """Return `value`; on MicroPython the compiler folds the call away."""
        return value


def small(value):
    """Return `value`, whose amount is below 2^30, as an integer that sums do not allocate for.

    The result of a calculation with a long integer stays a long one on a 32-bit MicroPython, even if it is small.
    """
    return array("i", (value,))[0]
