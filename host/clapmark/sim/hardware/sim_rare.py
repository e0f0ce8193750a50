"""The parts of `machine` that a firmware uses once a boot: loaded when they are asked for, and then forgotten."""

from micropython import const
from sim_world import answer, ask, tell, wait

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

# messages to the world
_RESET = const(0x52)  # R: reset cause
_IDENTITY = const(0x49)  # I: answer: reset cause, six bytes of MAC address
_BUSY = const(0x42)
_WATCHDOG = const(0x47)  # G: value, and number above it: ms until it bites


def reset_cause():
    """Return why the chip started."""
    return ask(_IDENTITY)


def unique_id():
    """Return the six bytes of the chip's MAC address."""
    ask(_IDENTITY)
    return bytes(answer)[4:10]


def reset():
    """Reset the chip; RTC memory and the RTC's time go on."""
    ask(_RESET, HARD_RESET)


def soft_reset():
    """Restart the interpreter; the ticks continue."""
    ask(_RESET, SOFT_RESET)


class WDT:
    """The watchdog: not fed for `timeout` ms, it resets the chip."""

    def __init__(self, id=0, timeout=5000):  # noqa: A002  MicroPython's name for it
        if id != 0 or timeout < 1:
            raise ValueError
        self._timeout = timeout
        self.feed()
        wait(1, _BUSY, True)  # the world must know before the granted time is over

    def feed(self):
        """Restart the time."""
        tell(_WATCHDOG, self._timeout >> 16, self._timeout & 0xFFFF)
