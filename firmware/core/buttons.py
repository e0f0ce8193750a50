"""From stamped edges to presses: contact bounce, holds and lost interrupts are settled here, without hardware.

A press counts at its first edge, at once: waiting for the contact to settle would make the moment late, and a press
that begins and ends while the chip cannot answer would be missed. Only a release is checked against the level.
"""

from .portable import const

# which button, by what it does
MARK = const(0)
ACTION = const(1)
NEXT = const(2)

# what happened to it
NONE = const(0)
PRESS = const(1)  # at the first edge
HELD = const(2)  # still down at the hold threshold
RELEASE = const(3)

QUIET_MS = const(30)  # contacts of the usual tactile switches bounce for less than 10 ms, worn ones for up to 20
HOLD_MS = const(700)


class Button:
    """One button. All times are milliseconds of uptime.

    `pressed_ms` is when the current or last press began, `released_ms` when it ended, `was_held` whether it lasted to
    the hold threshold.
    """

    def __init__(self, pressed_at_boot):
        self.pressed = False
        self.pressed_ms = 0
        self.released_ms = 0
        self.was_held = False
        self._release_ms = -1  # an edge that may be the release, not yet checked
        self._ignored = pressed_at_boot

    def edge(self, edge_ms, was_down=False):
        """Take an edge that came after at least QUIET_MS without one. Return PRESS, RELEASE or NONE.

        `was_down` is the level after the edges before it. Bounce that was served late, because the chip stood still,
        looks like an edge of its own; but it leaves the button down.

        On RELEASE the edge itself has not been looked at: call again with it. (That release waited for its check,
        and this later edge proves that the contact had moved on.)
        """
        if self._ignored:
            return NONE
        if self.pressed:
            if self._release_ms >= 0 and not was_down:
                return self._release(self._release_ms)
            self._release_ms = edge_ms
            return NONE
        return self._press(edge_ms)

    def settle(self, is_down, last_edge_ms, now_ms):
        """Compare with the level of the pin. Return PRESS (an edge was lost), HELD, RELEASE or NONE.

        `last_edge_ms` is the time of the pin's newest edge, bounce included; until QUIET_MS after it nothing is sure.
        """
        if now_ms - last_edge_ms < QUIET_MS:
            return NONE
        if self._ignored:
            self._ignored = is_down
            return NONE
        if not self.pressed:
            return self._press(now_ms) if is_down else NONE
        if not is_down:
            release_ms = self._release_ms if self._release_ms >= 0 else last_edge_ms
            return self._release(release_ms if release_ms > self.pressed_ms else now_ms)
        self._release_ms = -1  # a spike while the button was down
        if not self.was_held and now_ms - self.pressed_ms >= HOLD_MS:
            self.was_held = True
            return HELD
        return NONE

    def wait_ms(self, last_edge_ms, now_ms):
        """Return after how many milliseconds `settle` has something to decide, or -1 when only an edge can matter."""
        quiet_ms = last_edge_ms + QUIET_MS - now_ms
        if quiet_ms > 0:
            return quiet_ms
        if self.pressed and not self.was_held:
            hold_ms = self.pressed_ms + HOLD_MS - now_ms
            return hold_ms if hold_ms > 0 else 0
        return -1

    def _press(self, ms):
        self.pressed = True
        self.pressed_ms = ms
        self.was_held = False
        self._release_ms = -1
        return PRESS

    def _release(self, ms):
        self.pressed = False
        self.released_ms = ms
        self._release_ms = -1
        return RELEASE
