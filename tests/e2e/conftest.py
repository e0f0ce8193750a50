"""The fixtures of the whole way: a laptop and a virtual device (tests/support/desk.py)."""

from tests.support.desk import device, laptop, played

__all__ = ["device", "laptop", "played"]
